//! `/docs/choose`: the same advice as a page and as JSON.

use admit_advice::{Answer, Client, Requirements, advise, json};
use admit_testkit::{Client as Http, Request, Response, Server};
use admit_words::Language;

use crate::advised::BINARY;

fn demo() -> Server {
    Server::demo(BINARY).start()
}

fn page(client: &mut Http, query: &str, lang: &str) -> Response {
    client.send(&Request::new("GET", &format!("/docs/choose?{query}")).page().header("accept-language", lang))
}

#[test]
fn an_anonymous_reader_gets_the_questions_and_with_an_answer_the_advice_in_either_language_without_a_script() {
    let server = demo();
    let mut client = server.client();
    for (lang, tag, question, advice) in [
        (Language::En, "en", "What is the client?", "A session outside, an exchanged token inside"),
        (Language::Ko, "ko", "클라이언트는 무엇입니까?", "밖에서는 세션, 안에서는 교환한 토큰"),
    ] {
        let empty = page(&mut client, "", tag);
        assert_eq!(empty.status, 200);
        assert!(
            empty.text().contains(question) && !empty.text().contains("id=\"answer\""),
            "nothing asked, nothing said"
        );
        for question in Answer::QUESTIONS {
            assert!(empty.text().contains(&format!("name=\"{}\"", question.key())));
            assert!(empty.text().replace("&#39;", "'").contains(question.asks().say(lang)));
        }
        let told = page(&mut client, "client=server-rendered&checks=our-services&logout=", tag).text();
        assert!(told.contains(advice) && !told.contains("<script"), "{told}");
        assert!(told.contains("value=\"server-rendered\" required checked"), "what was answered stays chosen");
        assert!(told.contains("session_exchange = true") && told.contains("RFC 8693 section 1"));
        assert!(told.contains("admit advise --client server-rendered --checks our-services"));
        assert_eq!(told.matches("class=\"stop remembers\"").count(), 1, "one place remembers the state");
    }
}

#[test]
fn the_link_to_what_would_change_the_advice_leads_to_the_changed_advice() {
    let server = demo();
    let mut client = server.client();
    let told = page(&mut client, "client=kiosk", "en").text();
    let (_, rest) = told.split_once("id=\"flip\"").unwrap();
    let href = rest.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let query = href.strip_prefix("/docs/choose?").unwrap().trim_end_matches("#answer");
    assert!(query.contains("network=always"), "{query}");
    assert!(page(&mut client, query, "en").text().contains("A session outside, an exchanged token inside"));
}

#[test]
fn a_contradiction_is_named_with_what_resolves_it() {
    let server = demo();
    let told = page(&mut server.client(), "client=other-site-spa&sites=one", "en");
    assert_eq!(told.status, 200);
    assert!(told.text().contains("These answers contradict each other"));
    assert!(told.text().contains("sites=several"), "and a link that resolves it");
}

#[test]
fn a_program_gets_json_the_questions_first_and_then_what_the_command_line_prints_too() {
    let server = demo();
    let mut client = server.client();
    let questions = client.get("/docs/choose").json();
    assert_eq!(questions["questions"].as_array().unwrap().len(), Answer::QUESTIONS.len());
    for client_kind in Client::ALL {
        let requirements = Requirements::usual(*client_kind);
        let told = client.get(&format!("/docs/choose?client={}", client_kind.name())).json();
        assert_eq!(told, json(&advise(&requirements), Language::En));
    }
    let told = client.get("/docs/choose?client=kiosk&logout=seconds&lang=ko").json();
    assert_eq!(told["row"], "offline-device-that-must-hear");
    assert!(told["because"]["says"].as_str().unwrap().contains("네트워크"));
}

#[test]
fn an_answer_that_does_not_exist_is_422_and_never_runs() {
    let server = demo();
    let mut client = server.client();
    for query in ["client=robot", "client=kiosk&logout=%3Cscript%3E", "checks=everybody"] {
        let as_page = page(&mut client, query, "en");
        assert_eq!(as_page.status, 422, "{query}");
        assert!(as_page.text().contains("role=\"alert\"") && !as_page.text().contains("<script"), "{query}");
        let as_json = client.get(&format!("/docs/choose?{query}"));
        assert_eq!(as_json.status, 422, "{query}");
        assert!(as_json.text().contains("There are:"), "{}", as_json.text());
    }
}
