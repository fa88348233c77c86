//! The advice as plain text, 100 columns.

use admit_words::Language;

use super::label::{csrf, heading, lives};
use super::words::Words;
use super::{Advice, Answer, Contradiction, Flip, toml};

const WIDTH: usize = 100;

/// The advice, or the contradiction, as text with a newline at its end.
#[must_use]
pub fn report(outcome: &Result<Advice, Box<Contradiction>>, lang: Language) -> String {
    let mut out = Out { text: String::new(), lang };
    match outcome {
        Ok(advice) => out.advice(advice),
        Err(contradiction) => out.contradiction(contradiction),
    }
    out.text
}

struct Out {
    text: String,
    lang: Language,
}

impl Out {
    fn heading(&mut self, heading: Words) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(heading.say(self.lang));
        self.text.push('\n');
    }

    /// A paragraph, wrapped: `first` before its first line, as many blanks before the others.
    fn wrapped(&mut self, first: &str, text: &str) {
        let indent = columns(first);
        let mut line = first.to_owned();
        let mut empty = true;
        for word in text.split_whitespace() {
            if !empty && columns(&line) + 1 + columns(word) > WIDTH {
                self.text.push_str(&line);
                self.text.push('\n');
                line = " ".repeat(indent);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn advice(&mut self, advice: &Advice) {
        let lang = self.lang;
        self.heading(heading::ADVICE);
        self.wrapped("  ", advice.pattern.headline.say(lang));
        self.heading(heading::YOU_SAID);
        for question in Answer::QUESTIONS {
            let answer = advice.requirements.answer(*question);
            self.wrapped("  ", &format!("{} {}", question.asks().say(lang), answer.says().say(lang)));
        }
        self.heading(heading::WHO_HOLDS_WHAT);
        for holder in advice.pattern.holders {
            self.wrapped("  ", &format!("{}: {}", holder.who.say(lang), holder.credential.says().say(lang)));
            for (label, text) in [
                (heading::KEPT, holder.kept.say(lang).to_owned()),
                (heading::LIVES, lives(holder.credential, &advice.lifetimes, lang)),
                (heading::CSRF, csrf(holder.credential).1.say(lang).to_owned()),
            ] {
                self.wrapped(&format!("    {} – ", label.say(lang)), &text);
            }
        }
        self.flow(advice);
        self.heading(heading::CHECKED);
        self.wrapped("  ", advice.check.says().say(lang));
        self.list(heading::PROMISES, &advice.promises);
        self.list(heading::MISSING, &advice.missing);
        self.heading(heading::WHY);
        for reason in &advice.reasons {
            self.wrapped("  - ", &format!("{} ({})", reason.says.say(lang), reason.source));
        }
        self.heading(heading::OTHERWISE);
        for story in &advice.otherwise {
            self.wrapped("  ", &format!("{}:", story.instead.say(lang)));
            self.wrapped("    ", story.then.say(lang));
        }
        self.heading(heading::FLIP);
        self.flip(&advice.flip);
        if !advice.also.is_empty() {
            self.heading(heading::ALSO);
            advice.also.iter().for_each(|flip| self.flip(flip));
        }
        self.heading(heading::PASTE);
        if advice.sections.is_empty() {
            self.wrapped("  ", heading::NOTHING_TO_PASTE.say(lang));
        } else {
            self.text.push('\n');
            self.text.push_str(&toml(&advice.sections));
        }
    }

    fn list(&mut self, heading: Words, sentences: &[Words]) {
        if sentences.is_empty() {
            return;
        }
        self.heading(heading);
        for sentence in sentences {
            self.wrapped("  - ", sentence.say(self.lang));
        }
    }

    fn flow(&mut self, advice: &Advice) {
        let lang = self.lang;
        self.heading(heading::FLOW);
        for stop in &advice.flow {
            let mark = if stop.remembers { "* " } else { "  " };
            self.wrapped(&format!("  {mark}"), &format!("[{}] {}", stop.who.say(lang), stop.has.say(lang)));
            if let Some(sends) = stop.sends {
                self.wrapped("      ↓ ", sends.say(lang));
            }
        }
    }

    fn flip(&mut self, flip: &Flip) {
        let lang = self.lang;
        let question = flip.answer.question();
        self.wrapped(
            "  - ",
            &format!(
                "{} {} (--{} {})",
                question.asks().say(lang),
                flip.answer.says().say(lang),
                question.key(),
                flip.answer.name()
            ),
        );
        self.wrapped("    → ", flip.headline.say(lang));
        self.wrapped("      ", flip.check.says().say(lang));
    }

    fn contradiction(&mut self, it: &Contradiction) {
        let lang = self.lang;
        self.heading(heading::CONTRADICTION);
        for answer in &it.between {
            let question = answer.question();
            self.wrapped(
                "  - ",
                &format!(
                    "{} {} (--{} {})",
                    question.asks().say(lang),
                    answer.says().say(lang),
                    question.key(),
                    answer.name()
                ),
            );
        }
        self.heading(heading::WHY);
        self.wrapped("  ", &format!("{} ({})", it.because.says.say(lang), it.because.source));
        self.heading(heading::WAYS_OUT);
        it.ways_out.iter().for_each(|flip| self.flip(flip));
    }
}

/// How many columns of a terminal a text takes: Hangul and other wide characters take two.
fn columns(text: &str) -> usize {
    let wide = |c: char| matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xff60);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}
