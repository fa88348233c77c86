//! The page that says session or token: a GET form, and the answer below it.

use admit_advice::{Advice, Answer, Contradiction, Flip, Question, Requirements, csrf, lives, toml};
use admit_words::Language;
use askama::Template;

use super::Chrome;

/// The page. Without an outcome nothing has been asked yet.
#[derive(Clone, Debug, Template)]
#[template(path = "choose.html")]
pub struct Choose {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The first question, what the client is.
    pub client: ChooseQuestion,
    /// The others.
    pub more: Vec<ChooseQuestion>,
    /// What is advised.
    pub advice: Option<ChosenAdvice>,
    /// Or why nothing can be.
    pub contradiction: Option<ChosenContradiction>,
    /// Whether the address held an answer that does not exist.
    pub unknown: bool,
}

/// A question with its answers.
#[derive(Clone, Debug)]
pub struct ChooseQuestion {
    /// The name of the field.
    pub key: &'static str,
    /// The question.
    pub asks: &'static str,
    /// The answers.
    pub answers: Vec<ChooseAnswer>,
}

/// An answer that may be chosen.
#[derive(Clone, Debug)]
pub struct ChooseAnswer {
    /// The value of the field.
    pub name: &'static str,
    /// The answer.
    pub says: &'static str,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// What is advised, in one language.
#[derive(Clone, Debug)]
pub struct ChosenAdvice {
    /// In one line.
    pub headline: &'static str,
    /// Question and answer: what it follows from.
    pub follows_from: Vec<(&'static str, &'static str)>,
    /// The way of a request.
    pub flow: Vec<ChosenStop>,
    /// Who holds what.
    pub holders: Vec<ChosenHolder>,
    /// How it is checked.
    pub check: &'static str,
    /// Claims with their sources.
    pub reasons: Vec<(&'static str, &'static str)>,
    /// Alternatives with what goes wrong.
    pub otherwise: Vec<(&'static str, &'static str)>,
    /// What can be promised and what cannot.
    pub promises: Vec<&'static str>,
    /// What admit lacks.
    pub missing: Vec<&'static str>,
    /// What would change it, the most first.
    pub flips: Vec<ChosenFlip>,
    /// The configuration.
    pub configuration: String,
    /// The same in a terminal.
    pub command: String,
}

/// A stop of a request.
#[derive(Clone, Debug)]
pub struct ChosenStop {
    /// Who it is.
    pub who: &'static str,
    /// What it has.
    pub has: &'static str,
    /// Whether the state is remembered here.
    pub remembers: bool,
    /// What goes on from here.
    pub sends: Option<&'static str>,
}

/// Who holds what.
#[derive(Clone, Debug)]
pub struct ChosenHolder {
    /// The program.
    pub who: &'static str,
    /// What it holds.
    pub credential: &'static str,
    /// Where.
    pub kept: &'static str,
    /// For how long.
    pub lives: String,
    /// Whether it needs a CSRF token.
    pub csrf: &'static str,
}

/// A changed answer and what follows from it.
#[derive(Clone, Debug)]
pub struct ChosenFlip {
    /// The page with the changed answer.
    pub href: String,
    /// The question.
    pub asks: &'static str,
    /// The other answer.
    pub says: &'static str,
    /// What is advised then.
    pub headline: &'static str,
    /// How it is checked then.
    pub check: &'static str,
}

/// Answers that cannot be had together.
#[derive(Clone, Debug)]
pub struct ChosenContradiction {
    /// Question and answer.
    pub between: Vec<(&'static str, &'static str)>,
    /// Why.
    pub because: &'static str,
    /// Where that can be looked up.
    pub source: &'static str,
    /// What resolves it.
    pub ways_out: Vec<ChosenFlip>,
}

impl ChooseQuestion {
    /// A question in one language, with the answer that was given.
    #[must_use]
    pub fn new(question: Question, given: Option<Answer>, lang: Language) -> Self {
        let answers = question.answers().into_iter();
        let answers = answers.map(|answer| ChooseAnswer {
            name: answer.name(),
            says: answer.says().say(lang),
            chosen: given == Some(answer),
        });
        Self { key: question.key(), asks: question.asks().say(lang), answers: answers.collect() }
    }
}

fn pair(answer: Answer, lang: Language) -> (&'static str, &'static str) {
    (answer.question().asks().say(lang), answer.says().say(lang))
}

impl ChosenFlip {
    fn new(requirements: &Requirements, flip: &Flip, lang: Language) -> Self {
        let changed = requirements.with(flip.answer);
        let mut query = form_urlencoded::Serializer::new(String::new());
        for question in Answer::QUESTIONS {
            query.append_pair(question.key(), changed.answer(*question).name());
        }
        let (asks, says) = pair(flip.answer, lang);
        Self {
            href: format!("/docs/choose?{}#answer", query.finish()),
            asks,
            says,
            headline: flip.headline.say(lang),
            check: flip.check.says().say(lang),
        }
    }
}

impl ChosenAdvice {
    /// The advice in one language.
    #[must_use]
    pub fn new(advice: &Advice, command: String, lang: Language) -> Self {
        let requirements = &advice.requirements;
        let flips = [advice.flip].into_iter().chain(advice.also.iter().copied());
        Self {
            headline: advice.pattern.headline.say(lang),
            follows_from: Answer::QUESTIONS.iter().map(|it| pair(requirements.answer(*it), lang)).collect(),
            flow: advice
                .flow
                .iter()
                .map(|stop| ChosenStop {
                    who: stop.who.say(lang),
                    has: stop.has.say(lang),
                    remembers: stop.remembers,
                    sends: stop.sends.map(|sends| sends.say(lang)),
                })
                .collect(),
            holders: advice
                .pattern
                .holders
                .iter()
                .map(|holder| ChosenHolder {
                    who: holder.who.say(lang),
                    credential: holder.credential.says().say(lang),
                    kept: holder.kept.say(lang),
                    lives: lives(holder.credential, &advice.lifetimes, lang),
                    csrf: csrf(holder.credential).1.say(lang),
                })
                .collect(),
            check: advice.check.says().say(lang),
            reasons: advice.reasons.iter().map(|reason| (reason.says.say(lang), reason.source)).collect(),
            otherwise: advice.otherwise.iter().map(|it| (it.instead.say(lang), it.then.say(lang))).collect(),
            promises: advice.promises.iter().map(|words| words.say(lang)).collect(),
            missing: advice.missing.iter().map(|words| words.say(lang)).collect(),
            flips: flips.map(|flip| ChosenFlip::new(requirements, &flip, lang)).collect(),
            configuration: toml(&advice.sections),
            command,
        }
    }
}

impl ChosenContradiction {
    /// The contradiction in one language.
    #[must_use]
    pub fn new(it: &Contradiction, lang: Language) -> Self {
        Self {
            between: it.between.iter().map(|answer| pair(*answer, lang)).collect(),
            because: it.because.says.say(lang),
            source: it.because.source,
            ways_out: it.ways_out.iter().map(|flip| ChosenFlip::new(&it.requirements, flip, lang)).collect(),
        }
    }
}
