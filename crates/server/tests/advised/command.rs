//! `admit advise`: options, files, languages, exit codes.

use std::fs;

use admit_advice::{Answer, Requirements, advise, report};
use admit_testkit::{Output, run};
use admit_words::Language;

use crate::advised::BINARY;

fn advised(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = run(BINARY, folder.path(), &[&["advise"], arguments].concat(), environment, "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it writes nothing");
    output
}

/// With the answers in a file.
fn by_file(text: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("answers.toml"), text).unwrap();
    run(BINARY, folder.path(), &[&["advise", "--file", "answers.toml"], arguments].concat(), &[], "")
}

#[test]
fn advice_by_options_is_printed_in_full_with_exit_code_0() {
    let output = advised(&["--client", "native-app", "--checks", "our-services", "--logout", "seconds"], &[]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    let requirements = [("client", "native-app"), ("checks", "our-services"), ("logout", "seconds")].iter().fold(
        Requirements::usual(admit_advice::Client::NativeApp),
        |it, (key, name)| {
            let question = Answer::QUESTIONS.iter().find(|question| question.key() == *key).unwrap();
            it.with(question.parse(name).unwrap())
        },
    );
    assert_eq!(output.stdout, report(&advise(&requirements), Language::En));
}

#[test]
fn answers_that_contradict_are_named_with_exit_code_1() {
    let arguments = ["--client", "kiosk", "--logout", "next-request"];
    let output = advised(&arguments, &[]);
    assert_eq!((output.code, output.stderr.as_str()), (1, ""), "{output:?}");
    assert!(output.stdout.starts_with("These answers contradict each other\n"), "{output:?}");
    assert!(output.stdout.contains("--client kiosk") && output.stdout.contains("--logout next-request"), "{output:?}");
    let output = advised(&[&["--json"], &arguments[..]].concat(), &[]);
    let value = output.json();
    assert_eq!((output.code, &value["result"]), (1, &"contradiction".into()));
    assert_eq!(value["between"][1], serde_json::json!({ "question": "logout", "answer": "next-request" }));
}

#[test]
fn without_a_terminal_and_without_answers_it_is_2_and_the_options_are_told() {
    let output = advised(&[], &[]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
    for question in Answer::QUESTIONS {
        assert!(output.stderr.contains(&format!("--{} ", question.key())), "{output:?}");
        for answer in question.answers() {
            assert!(output.stderr.contains(answer.name()), "{output:?}");
        }
    }
    for (arguments, words) in [
        (&["--logout", "seconds"][..], "--client server-rendered|"),
        (&["--client", "robot"], "possible values: server-rendered"),
        (&["--client", "kiosk", "--lang", "fr"], "possible values: en, ko"),
    ] {
        let output = advised(arguments, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{arguments:?}: {output:?}");
        assert!(output.stderr.contains(words), "{arguments:?}: {output:?}");
    }
}

#[test]
fn a_file_gives_the_answers_and_an_option_lies_over_it() {
    let file = "client = \"server-rendered\"\nchecks = \"our-services\"\n";
    let value = by_file(file, &["--json"]).json();
    assert_eq!(
        (&value["row"], &value["holders"][1]["credential"]),
        (&"page-with-services".into(), &"exchanged-token".into())
    );
    assert!(value["configuration"].as_str().unwrap().contains("session_exchange = true"));
    let value = by_file(file, &["--json", "--checks", "here"]).json();
    assert_eq!(value["row"], "rendered-pages");
}

#[test]
fn a_file_that_cannot_be_understood_is_2_and_the_place_is_named() {
    for (text, words) in [
        ("", "holds no answers"),
        ("klient = \"kiosk\"", "\"klient\" is no question. There are: client, checks"),
        ("client = \"robot\"", "client = \"robot\" is no answer. There are: server-rendered|"),
        ("client = 3", "client = 3 is no answer"),
        ("client = ", "line 1"),
        ("checks = \"here\"", "Say what the client is"),
    ] {
        let output = by_file(text, &[]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{text}: {output:?}");
        assert!(output.stderr.contains(words), "{text}: {output:?}");
    }
    let missing = advised(&["--file", "nowhere.toml"], &[]);
    assert_eq!(missing.code, 3, "{missing:?}");
    assert!(missing.stderr.contains("nowhere.toml cannot be read"), "{missing:?}");
}

#[test]
fn the_language_is_that_of_the_option_or_else_of_the_environment() {
    let first = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["--client", "service"], arguments].concat();
        advised(&arguments, environment).stdout.lines().next().unwrap().to_owned()
    };
    assert_eq!(first(&[], &[]), "Advice");
    assert_eq!(first(&["--lang", "ko"], &[("LANG", "en_GB.UTF-8")]), "조언");
    assert_eq!(first(&[], &[("LANG", "ko_KR.UTF-8")]), "조언");
    assert_eq!(first(&[], &[("LANG", "ko_KR.UTF-8"), ("LC_ALL", "C.UTF-8")]), "Advice", "LC_ALL comes before LANG");
    assert_eq!(first(&[], &[("LANG", "fr_FR.UTF-8")]), "Advice");
}
