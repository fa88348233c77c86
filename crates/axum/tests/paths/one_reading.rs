//! A corpus of spellings of guarded paths, as bytes on a socket, with many methods, from three callers.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use admit::witness::{Seen, Witness};
use admit_testkit::paths::{path_of, spellings};
use admit_testkit::{Response, Wire};

use crate::paths::site::{Caller, Due, GUARDED, HANDLER, PUBLIC, Table, callers, gate, routes};
use crate::support::Bench;

/// Every target of the corpus.
fn targets() -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let all = GUARDED.iter().flat_map(|path| spellings(path, &PUBLIC));
    all.filter(|target| seen.insert(target.clone())).collect()
}

/// Bytes of which every reader makes one path: such a target is never refused for its form alone.
fn is_plain(target: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.-_~;=%:@!*+,".contains(byte);
    target.starts_with(b"/") && target.iter().all(plain)
}

fn ask(wire: &mut Wire, method: &str, target: &[u8], caller: &Caller) -> Option<Response> {
    // A login in JSON needs no form's token.
    let json = "content-type: application/json\r\ncontent-length: 0\r\n";
    let head = format!(" HTTP/1.1\r\nhost: shop.example\r\n{json}{}\r\n", caller.headers);
    wire.exchange(&[method.as_bytes(), b" ", target, head.as_bytes()].concat())
}

/// Holds an answer against the table.
fn judge(table: &Table, method: &str, target: &[u8], caller: &Caller, answer: Option<Response>) {
    let asked = format!("{} sends {method} {:.200}", caller.name, target.escape_ascii().to_string());
    let due = table.due(method, path_of(target));
    let Some(answer) = answer else {
        assert!(!is_plain(target), "{asked}: no answer");
        return;
    };
    let said = format!("{asked}: {} {}; by the table {due:?}", answer.status, answer.text());
    if let Some(name) = answer.header(HANDLER) {
        let Due::Handler(handler, rule) = &due else { panic!("{said}: {name} has answered") };
        assert_eq!(name, handler, "{said}");
        assert!(caller.may(rule), "{said}: {name} has answered against its own rule");
        assert_eq!(answer.status, 200, "{said}");
        return;
    }
    // What is not HTTP is refused by the parser; everything else as the table says.
    if !is_plain(target) && matches!(answer.status, 400 | 414) {
        return;
    }
    let refused = match &due {
        Due::Handler(_, rule) if caller.may(rule) => 200,
        Due::Handler(..) if caller.name == "anonymous" => 401,
        Due::Handler(..) => 403,
        Due::OtherMethod => 405,
        Due::Nothing => 404,
    };
    assert_eq!(answer.status, refused, "{said}");
}

/// Serves the site, and does something to it from another thread.
async fn against(site: axum::Router, work: impl FnOnce(SocketAddr) + Send + 'static) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, site).await });
    tokio::task::spawn_blocking(move || work(address)).await.unwrap();
    serving.abort();
}

async fn all_callers_with(methods: &'static [&'static str], one_in: usize) {
    let bench = Bench::new();
    let gate = gate(&bench).build();
    let callers = callers(&bench, &gate).await;
    let site = routes().mount(&gate).unwrap();
    against(site, move |address| {
        let (table, mut wire, mut answered, mut sent) = (Table::new(), Wire::new(address), BTreeSet::new(), 0);
        for (number, target) in targets().iter().enumerate() {
            for (place, method) in methods.iter().enumerate() {
                // The path as it is goes out with every method, in whatever share the others do.
                let written = GUARDED.iter().any(|path| path.as_bytes() == target.as_slice());
                if !written && (number + place) % one_in != 0 {
                    continue;
                }
                for caller in &callers {
                    let answer = ask(&mut wire, method, target, caller);
                    sent += 1;
                    if let Some(name) = answer.as_ref().and_then(|answer| answer.header(HANDLER)) {
                        answered.insert((caller.name, name.to_owned()));
                    }
                    judge(&table, method, target, caller, answer);
                }
            }
        }
        println!("{sent} requests; these have answered: {answered:#?}");
        let has = |caller, name: &str| answered.contains(&(caller, name.to_owned()));
        assert!(!methods.contains(&"GET") || has("anonymous", "GET /assets/{*rest}"), "the corpus gets somewhere");
        assert!(!methods.contains(&"PUT") || has("editor", "PUT /files/{*rest}"), "the corpus gets somewhere");
    })
    .await;
}

#[tokio::test]
async fn cve_2026_33494_whichever_handler_answers_its_own_rule_has_let_the_caller_pass() {
    all_callers_with(&["GET"], 1).await;
}

#[tokio::test]
async fn cve_2022_22978_and_cve_2023_34034_no_method_makes_rule_and_router_read_two_paths() {
    all_callers_with(&["HEAD", "POST", "PUT", "DELETE"], 4).await;
}

#[tokio::test]
async fn cve_2026_33494_a_method_that_no_route_has_reaches_none_in_whatever_case_it_is_written() {
    all_callers_with(&["get", "Get", "put", "delete", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "GETS", "X-GET"], 10)
        .await;
}

/// Remembers what the gate has judged.
#[derive(Default)]
struct Watching(Mutex<Vec<Seen>>);

impl Witness for Watching {
    fn saw(&self, seen: Seen) {
        self.0.lock().unwrap().push(seen);
    }
}

#[tokio::test]
async fn cve_2026_107334_the_route_that_was_judged_is_the_one_whose_handler_answers_an_editor() {
    let (bench, watching) = (Bench::new(), Arc::new(Watching::default()));
    let gate = gate(&bench).witness(Arc::clone(&watching) as _).build();
    let editor = callers(&bench, &gate).await.remove(2);
    let site = routes().mount(&gate).unwrap();
    against(site, move |address| {
        let (table, mut wire, mut judged) = (Table::new(), Wire::new(address), 0);
        for target in targets() {
            let answer = ask(&mut wire, "GET", &target, &editor);
            let seen = std::mem::take(&mut *watching.0.lock().unwrap());
            if let Some(answer) = &answer {
                let handler = answer.header(HANDLER).map(str::to_owned);
                let due = match table.due("GET", path_of(&target)) {
                    Due::Handler(name, _) => Some(name),
                    Due::OtherMethod | Due::Nothing => None,
                };
                let judged_as: Vec<_> = seen.iter().map(|seen| format!("GET {}", seen.route)).collect();
                assert!(judged_as.len() <= 1, "one request, one judgement: {judged_as:?}");
                judged += judged_as.len();
                let judged_as = judged_as.into_iter().next();
                let said = target.escape_ascii().to_string();
                assert!(handler.is_none() || handler == judged_as, "{said}: {handler:?}, judged as {judged_as:?}");
                assert!(judged_as.is_none() || judged_as == due, "{said}: judged as {judged_as:?}, sent as {due:?}");
            }
            judge(&table, "GET", &target, &editor, answer);
        }
        assert!(judged > 200, "{judged}");
    })
    .await;
}
