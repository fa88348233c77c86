//! `admit advise`: session or token, by options, by file, or by a few questions at the terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use admit_advice::{Answer, Client, Question, Requirements, Words, advise, json, report};
use admit_words::Language;

use super::{Ended, language, print};
use crate::cli::{Advise, Common};

const BEGIN: Words = Words {
    en: "Nine questions. Enter takes the answer with the star; a number or a name takes another.",
    ko: "질문은 아홉 가지입니다. Enter를 누르면 별표가 있는 답을, 번호나 이름을 쓰면 다른 답을 고릅니다.",
};
const AGAIN: Words =
    Words { en: "A number from 1 to {}, please.", ko: "1부터 {}까지의 번호를 입력하십시오." };
const AS_OPTIONS: Words = Words { en: "The same without questions:", ko: "질문 없이 같은 결과를 보려면:" };

pub(super) fn run(common: &Common, options: &Advise) -> Result<(), Ended> {
    let lang = language(options.lang);
    let mut given = match &options.file {
        Some(file) => read(file)?,
        None => Vec::new(),
    };
    // What is said on the command line is laid over the file.
    given.extend(Answer::QUESTIONS.iter().filter_map(|question| question.parse(options.given(*question)?)));
    let requirements = if given.is_empty() { asked(lang)? } else { filled(&given)? };
    let outcome = advise(&requirements);
    print(&match common.json {
        true => format!("{:#}\n", json(&outcome, lang)),
        false => report(&outcome, lang),
    })?;
    // The answer is the exit code too; it has been said in full.
    outcome.map(|_| ()).map_err(|_| Ended::Negative(String::new()))
}

/// The answers, and what is usual for the client where none was given.
fn filled(given: &[Answer]) -> Result<Requirements, Ended> {
    let client = given.iter().rev().find_map(|answer| match answer {
        Answer::Client(client) => Some(*client),
        _ => None,
    });
    let client = client
        .ok_or_else(|| Ended::Usage(format!("Say what the client is: --client {}.", joined(Question::Client))))?;
    Ok(given.iter().fold(Requirements::usual(client), |requirements, answer| requirements.with(*answer)))
}

fn joined(question: Question) -> String {
    question.answers().into_iter().map(Answer::name).collect::<Vec<_>>().join("|")
}

/// Reads a file of answers.
fn read(file: &Path) -> Result<Vec<Answer>, Ended> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| Ended::Incomplete(format!("{name} cannot be read: {error}.")))?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| Ended::Usage(format!("{name}: {error}")))?;
    if table.is_empty() {
        return Err(Ended::Usage(format!("{name} holds no answers. Begin with client = \"native-app\".")));
    }
    let answer = |(key, value): (&String, &toml::Value)| {
        let question = Answer::QUESTIONS.iter().find(|question| question.key() == key).ok_or_else(|| {
            let known: Vec<&str> = Answer::QUESTIONS.iter().map(|question| question.key()).collect();
            Ended::Usage(format!("{name}: \"{key}\" is no question. There are: {}.", known.join(", ")))
        })?;
        value.as_str().and_then(|value| question.parse(value)).ok_or_else(|| {
            Ended::Usage(format!("{name}: {key} = {value} is no answer. There are: {}.", joined(*question)))
        })
    };
    table.iter().map(answer).collect()
}

/// Asks at the terminal. Questions go to standard error, so that standard output is the advice alone.
fn asked(lang: Language) -> Result<Requirements, Ended> {
    if !std::io::stdin().is_terminal() {
        let options: Vec<String> =
            Answer::QUESTIONS.iter().map(|question| format!("--{} {}", question.key(), joined(*question))).collect();
        return Err(Ended::Usage(format!(
            "There is nobody to ask: this is no terminal. Answer by options or with --file FILE; only --client is needed.\n  {}",
            options.join("\n  ")
        )));
    }
    let requirements = questionnaire(&mut std::io::stdin().lock(), &mut std::io::stderr().lock(), lang)
        .map_err(|error| Ended::Incomplete(format!("The terminal went away: {error}.")))?;
    requirements.ok_or_else(|| Ended::Usage("The questions were broken off; nothing was advised.".to_owned()))
}

/// Puts every question. `None` when the input ends before the last answer.
fn questionnaire(
    input: &mut impl BufRead,
    out: &mut impl Write,
    lang: Language,
) -> std::io::Result<Option<Requirements>> {
    let say = |words: Words| words.say(lang);
    writeln!(out, "{}\n", say(BEGIN))?;
    let mut requirements = Requirements::usual(Client::ServerRendered);
    for (number, question) in Answer::QUESTIONS.iter().enumerate() {
        let answers = question.answers();
        let usual = requirements.answer(*question);
        writeln!(out, "{}/{}  {}", number + 1, Answer::QUESTIONS.len(), say(question.asks()))?;
        for (at, answer) in answers.iter().enumerate() {
            let mark = if *answer == usual { "*" } else { " " };
            writeln!(out, "   {mark} {}) {}", at + 1, say(answer.says()))?;
        }
        let answer = loop {
            write!(out, "   > ")?;
            out.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                writeln!(out)?;
                return Ok(None);
            }
            let line = line.trim();
            let chosen = match line.parse::<usize>() {
                _ if line.is_empty() => Some(usual),
                Ok(number) => number.checked_sub(1).and_then(|at| answers.get(at)).copied(),
                Err(_) => question.parse(line),
            };
            match chosen {
                Some(answer) => break answer,
                None => writeln!(out, "   {}", say(AGAIN).replace("{}", &answers.len().to_string()))?,
            }
        };
        requirements = match answer {
            Answer::Client(client) => Requirements::usual(client),
            other => requirements.with(other),
        };
        writeln!(out, "     {}\n", say(answer.says()))?;
    }
    writeln!(out, "{}\n  {}\n", say(AS_OPTIONS), Advise::line(&requirements))?;
    Ok(Some(requirements))
}

#[cfg(test)]
mod tests {
    use admit_advice::{Checks, Logout};

    use super::*;

    fn answered(lines: &str, lang: Language) -> (Option<Requirements>, String) {
        let mut out = Vec::new();
        let requirements = questionnaire(&mut lines.as_bytes(), &mut out, lang).unwrap();
        (requirements, String::from_utf8(out).unwrap())
    }

    #[test]
    fn enter_takes_what_is_usual_for_the_client_that_was_chosen() {
        let (requirements, shown) = answered(&"\n".repeat(9), Language::En);
        assert_eq!(requirements, Some(Requirements::usual(Client::ServerRendered)));
        assert!(shown.contains("1/9  What is the client?") && shown.contains("   * 1) Pages that a server renders"));
        assert!(shown.ends_with("  admit advise --client server-rendered\n\n"), "{shown}");
        let (requirements, _) = answered(&format!("7{}", "\n".repeat(9)), Language::En);
        assert_eq!(requirements, Some(Requirements::usual(Client::Kiosk)));
    }

    #[test]
    fn an_answer_is_a_number_or_a_name_and_anything_else_is_asked_again() {
        let (requirements, shown) = answered("9\n0\nnative-app\n2\nseconds\n\n\n\n\n\n\n", Language::Ko);
        let expected = Requirements::usual(Client::NativeApp)
            .with(Answer::Checks(Checks::OurServices))
            .with(Answer::Logout(Logout::Seconds));
        assert_eq!(requirements, Some(expected));
        assert_eq!(shown.matches("1부터 7까지").count(), 2, "{shown}");
        assert!(shown.ends_with("admit advise --client native-app --checks our-services --logout seconds\n\n"));
    }

    #[test]
    fn an_end_of_the_input_breaks_off() {
        assert_eq!(answered("1\n", Language::En).0, None);
    }

    #[test]
    fn the_options_that_are_shown_give_the_same_answers() {
        use clap::Parser;

        use crate::cli::{Cli, Command};
        for requirements in Requirements::every() {
            let line = Advise::line(&requirements);
            let Command::Advise(options) = Cli::try_parse_from(line.split(' ')).unwrap().command else { panic!() };
            let given: Vec<Answer> =
                Answer::QUESTIONS.iter().filter_map(|question| question.parse(options.given(*question)?)).collect();
            assert_eq!(filled(&given).unwrap(), requirements);
        }
    }
}
