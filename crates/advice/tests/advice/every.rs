//! All 4,032 combinations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use admit_advice::{
    Answer, Assurance, Check, Checks, Client, Credential, Logout, Question, Requirements, TABLE, Then, advise, json,
    report, toml,
};
use admit_words::Language;

const SOURCES: [&str; 5] = ["RFC ", "draft-ietf-", "OWASP ", "NIST SP ", "OpenID "];

fn is_a_sentence(text: &str, lang: Language) -> bool {
    let ends = text.ends_with(['.', ')']);
    let hangul = text.chars().any(|c| ('가'..='힣').contains(&c));
    text.chars().count() > 20 && ends && hangul == (lang == Language::Ko) && !text.contains("  ")
}

#[test]
fn every_combination_gives_advice_or_names_the_answers_that_contradict() {
    let (mut advised, mut contradicted) = (0, 0);
    for requirements in Requirements::every() {
        match advise(&requirements) {
            Ok(advice) => {
                advised += 1;
                assert!(!advice.pattern.holders.is_empty() && !advice.flow.is_empty(), "{requirements:?}");
                assert!(
                    advice.flow.iter().any(|stop| stop.remembers),
                    "somebody remembers the state: {requirements:?}"
                );
            }
            Err(contradiction) => {
                contradicted += 1;
                assert!(contradiction.between.len() >= 2, "{requirements:?}");
                assert!(contradiction.between.iter().all(|answer| requirements.has(*answer)), "{requirements:?}");
                assert!(!contradiction.ways_out.is_empty(), "one changed answer resolves it: {requirements:?}");
            }
        }
    }
    // Of 576 for each kind of client: half of three kinds without a network, 256 of shared devices, half of pages elsewhere.
    assert_eq!((advised + contradicted, contradicted), (4032, 3 * 288 + 256 + 288));
}

#[test]
fn every_way_out_of_a_contradiction_is_one() {
    for requirements in Requirements::every() {
        for flip in advise(&requirements).err().into_iter().flat_map(|it| it.ways_out) {
            let advice = advise(&requirements.with(flip.answer)).unwrap();
            assert_eq!((advice.row, advice.check), (flip.row, flip.check), "{requirements:?}");
        }
    }
}

#[test]
fn the_one_changed_answer_that_is_named_does_change_who_holds_what() {
    for requirements in Requirements::every() {
        let Ok(advice) = advise(&requirements) else { continue };
        assert!(!requirements.has(advice.flip.answer), "{requirements:?}");
        let other = advise(&requirements.with(advice.flip.answer)).unwrap();
        assert_eq!((other.row, other.pattern.headline), (advice.flip.row, advice.flip.headline), "{requirements:?}");
        assert_ne!(other.row, advice.row, "{requirements:?}");
        for also in &advice.also {
            let other = advise(&requirements.with(also.answer)).unwrap();
            assert_eq!((other.row, other.check), (also.row, also.check), "{requirements:?}");
            assert_ne!((other.row, other.check), (advice.row, advice.check), "{requirements:?}");
        }
    }
}

#[test]
fn every_sentence_is_one_in_both_languages_and_every_reason_has_its_source() {
    for requirements in Requirements::every() {
        let (reasons, sentences) = match advise(&requirements) {
            Ok(it) => {
                let stories = it.otherwise.iter().map(|story| story.then);
                (it.reasons.clone(), stories.chain(it.missing).chain(it.promises).chain([it.check.says()]).collect())
            }
            Err(it) => (vec![it.because], Vec::new()),
        };
        assert!(!reasons.is_empty(), "{requirements:?}");
        let mut seen = HashSet::new();
        for reason in &reasons {
            assert!(SOURCES.iter().any(|source| reason.source.starts_with(source)), "{}", reason.source);
            let place =
                reason.source.contains(" section ") || reason.source.contains(" V") || reason.source.contains(", ");
            assert!(place, "{} names no section", reason.source);
            assert!(seen.insert(reason.says.en), "said twice: {} {requirements:?}", reason.says.en);
        }
        for words in reasons.iter().map(|reason| reason.says).chain(sentences) {
            for lang in Language::ALL {
                assert!(is_a_sentence(words.say(lang), lang), "{:?}: {}", lang, words.say(lang));
            }
        }
    }
}

#[test]
fn every_row_decides_something_and_each_names_what_would_change_it() {
    let mut decided: BTreeMap<&str, usize> = BTreeMap::new();
    for requirements in Requirements::every() {
        let row = advise(&requirements).map_or_else(|it| it.row, |it| it.row);
        *decided.entry(row).or_default() += 1;
    }
    let ids: Vec<&str> = TABLE.iter().map(|row| row.id).collect();
    assert_eq!(decided.keys().copied().collect::<BTreeSet<_>>(), ids.iter().copied().collect(), "{decided:?}");
    assert_eq!(ids.len(), decided.len(), "no id twice");
    let impossible = TABLE.iter().filter(|row| matches!(row.then, Then::Contradict(_))).count();
    assert_eq!((impossible, TABLE.len()), (4, 15));
}

#[test]
fn no_browser_ever_holds_a_token_and_what_is_stricter_is_never_checked_more_loosely() {
    let browser = [Client::ServerRendered, Client::SameSiteSpa, Client::OtherSiteSpa];
    let looseness = |check| match check {
        Check::Here | Check::Asked | Check::AtIssuer => 0,
        Check::Followed => 1,
        Check::ByKeys => 2,
        Check::OnDevice => 3,
    };
    for requirements in Requirements::every() {
        let Ok(advice) = advise(&requirements) else { continue };
        if browser.contains(&requirements.client) {
            assert_eq!(advice.pattern.holders[0].credential, Credential::Session, "{requirements:?}");
        }
        let allowed = match requirements.logout {
            Logout::NextRequest => 0,
            Logout::Seconds => 1,
            Logout::Minutes => 3,
        };
        assert!(looseness(advice.check) <= allowed, "{requirements:?}: {:?}", advice.check);
        if requirements.checks == Checks::TheirServices {
            assert_ne!(advice.check, Check::Followed, "others do not hear of everybody: {requirements:?}");
        }
    }
}

#[test]
fn high_assurance_says_that_there_is_no_second_factor_wherever_a_person_signs_in() {
    for requirements in Requirements::every().filter(|it| it.assurance == Assurance::High) {
        let Ok(advice) = advise(&requirements) else { continue };
        let person = !matches!(requirements.client, Client::Service | Client::ThirdParty);
        let told = advice.missing.iter().any(|words| words.en.contains("second factor"));
        assert_eq!(person, told, "{requirements:?}");
    }
}

#[test]
fn every_configuration_is_toml_and_the_distinct_ones_are_few() {
    let mut distinct = HashSet::new();
    for requirements in Requirements::every() {
        let Ok(advice) = advise(&requirements) else { continue };
        let text = toml(&advice.sections);
        let table: toml::Table = text.parse().unwrap();
        assert!(!text.contains("danger") && !text.contains("localStorage"), "{text}");
        assert_eq!(table.contains_key("accounts"), !advice.sections.is_empty() && text.contains("postgres"), "{text}");
        distinct.insert(text);
    }
    assert!((40..=120).contains(&distinct.len()), "{}", distinct.len());
}

#[test]
fn the_report_and_the_json_say_the_same_in_either_language() {
    // One in five, and five divides the number of answers of no question: each answer comes with each other.
    for requirements in Requirements::every().step_by(5) {
        let outcome = advise(&requirements);
        for lang in Language::ALL {
            let (text, value) = (report(&outcome, lang), json(&outcome, lang));
            let flat: String = text.split_whitespace().collect();
            let says = |sentence: &str| flat.contains(&sentence.split_whitespace().collect::<String>());
            for question in Answer::QUESTIONS {
                assert_eq!(value["requirements"][question.key()], requirements.answer(*question).name());
            }
            match &outcome {
                Ok(advice) => {
                    assert_eq!((&value["result"], &value["row"]), (&"advice".into(), &advice.row.into()));
                    assert!(
                        says(value["headline"].as_str().unwrap()) && says(value["configuration"].as_str().unwrap())
                    );
                    for reason in value["reasons"].as_array().unwrap() {
                        assert!(says(reason["says"].as_str().unwrap()) && says(reason["source"].as_str().unwrap()));
                    }
                    for gap in value["missing"].as_array().unwrap() {
                        assert!(says(gap.as_str().unwrap()));
                    }
                }
                Err(it) => {
                    assert_eq!(value["result"], "contradiction");
                    assert!(it.between.iter().all(|answer| says(answer.says().say(lang))));
                }
            }
            assert!(text.lines().all(|line| line.trim_end() == line) && text.ends_with('\n'), "{text}");
        }
    }
    assert_eq!(Answer::QUESTIONS.len(), 9);
    assert_eq!(Question::Client.key(), "client");
}
