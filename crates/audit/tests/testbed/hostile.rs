//! Sites that are slow, broken, lead in circles, or shut the auditor out: the report says so and claims nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admit_audit::{Options, Recipe, Report, State, Trouble};

use crate::flawed::{audit, options, recipe, told};
use crate::site::{Site, Stack, Wanted};

/// A server of one's own words: what it answers to the head of a request, given how many came before.
pub(crate) fn server(answer: impl Fn(usize, &str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let answer = Arc::new(answer);
    let count = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
            std::thread::spawn(move || serve(stream, &*answer, &count));
        }
    });
    url
}

fn serve(mut stream: TcpStream, answer: &(impl Fn(usize, &str, &mut TcpStream) + ?Sized), count: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().expect("the stream"));
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    drop(reader.read_exact(&mut body));
    answer(count.fetch_add(1, Ordering::SeqCst), &head, &mut stream);
    drop(stream.shutdown(Shutdown::Both));
}

pub(crate) fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let text =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len());
    drop(stream.write_all(text.as_bytes()));
}

/// What was asked and not answered is never counted as a pass.
#[track_caller]
pub(crate) fn nothing_is_claimed(report: &Report) {
    assert_eq!(report.count(State::Pass), 0, "{}", told(report));
    assert!(report.found().is_empty(), "{}", told(report));
}

pub(crate) fn quick() -> Options {
    let mut options = options();
    options.bounds.timeout = Duration::from_millis(400);
    options.bounds.patience = Duration::ZERO;
    options
}

#[test]
fn a_site_that_nobody_answers_for_is_said_to_be_unreachable() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let report = audit(&format!("http://{closed}"), recipe(), &quick());
    assert!(matches!(report.ended, Some(Trouble::Unreachable(_))), "{:?}", report.ended);
    nothing_is_claimed(&report);
}

#[test]
fn a_site_that_never_answers_is_given_up_in_time() {
    let url = server(|_, _, _| std::thread::sleep(Duration::from_secs(30)));
    let begun = Instant::now();
    let report = audit(&url, recipe(), &quick());
    assert!(matches!(report.ended, Some(Trouble::TooSlow(_))), "{:?}", report.ended);
    assert!(begun.elapsed() < Duration::from_secs(10));
    nothing_is_claimed(&report);
}

#[test]
fn a_site_that_breaks_off_in_the_middle_of_an_answer_is_said_to() {
    let url = server(|_, _, stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<html>")));
    let report = audit(&url, recipe(), &quick());
    assert!(matches!(report.ended, Some(Trouble::Broken(_))), "{:?}", report.ended);
    nothing_is_claimed(&report);
}

#[test]
fn a_site_that_speaks_no_http_is_said_to() {
    let url = server(|_, _, stream| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")));
    let report = audit(&url, recipe(), &quick());
    assert!(report.ended.is_some());
    nothing_is_claimed(&report);
}

#[test]
fn a_site_that_shuts_the_auditor_out_halfway_ends_the_audit_with_a_partial_report() {
    let page = "<form method=post action=/login><input name=csrf type=hidden value=0123456789abcdef><input name=username>\
                <input name=password type=password></form>";
    let url = server(move |count, _, stream| {
        if count < 20 {
            reply(stream, "200 OK", "Content-Type: text/html\r\nX-Frame-Options: DENY\r\n", page);
        } else {
            reply(stream, "403 Forbidden", "Content-Type: text/html\r\n", "Blocked.");
        }
    });
    let report = audit(&url, recipe(), &quick());
    assert_eq!(report.ended, Some(Trouble::Refused(403)));
    // What was answered before stands; what came with or after the refusal does not.
    assert!(report.count(State::Untested) > 20, "{}", told(&report));
    let last = report.answers.last().expect("answers");
    assert_eq!(last.outcome.state, State::Untested);
    assert!(last.outcome.told.en.contains("403"), "{}", last.outcome.told.en);
    assert!(!report.answers.iter().any(|answered| {
        answered.outcome.state == State::Pass && answered.outcome.evidence.iter().any(|seen| seen.status() == 403)
    }));
}

#[test]
fn the_requests_that_may_be_sent_are_never_more_than_was_said() {
    let site = Site::flawed(Stack::Axum, &Wanted::default());
    let mut options = options();
    options.bounds.requests = 40;
    let report = audit(&site.url, recipe(), &options);
    assert_eq!(report.ended, Some(Trouble::Spent(40)));
    assert!(report.requests <= 40, "{}", report.requests);
}

#[test]
fn a_rate_is_kept() {
    let url = server(|_, _, stream| reply(stream, "200 OK", "Content-Type: text/html\r\n", "<p>Hello"));
    let mut options = Options::default();
    options.bounds.rate = 20;
    let begun = Instant::now();
    let report = audit(&url, Recipe::default(), &options);
    let least = Duration::from_millis(u64::from(report.requests.saturating_sub(1)) * 50);
    assert!(begun.elapsed() >= least, "{} requests in {:?}", report.requests, begun.elapsed());
}

#[test]
fn a_site_that_leads_in_circles_or_away_is_not_followed() {
    let circle = server(|_, _, stream| reply(stream, "302 Found", "Location: /again\r\n", ""));
    assert!(audit(&circle, recipe(), &quick()).requests < 200);
    let (attacker, caught) = elsewhere();
    // By another name: another port of the same host would be the site itself.
    let headers = format!("Location: {}/\r\n", attacker.replace("127.0.0.1", "localhost"));
    let away = server(move |_, _, stream| reply(stream, "302 Found", &headers, ""));
    audit(&away, recipe(), &quick());
    assert_eq!(caught.load(Ordering::SeqCst), 0, "it was asked there");
}

/// Another site, and how often it was asked for something.
fn elsewhere() -> (String, Arc<AtomicUsize>) {
    let caught = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&caught);
    let url = server(move |_, _, stream| {
        count.fetch_add(1, Ordering::SeqCst);
        reply(stream, "200 OK", "Content-Type: text/html\r\n", "Thanks.");
    });
    (url, caught)
}

#[test]
fn a_login_form_that_leads_to_another_host_gets_no_password() {
    let (thief, caught) = elsewhere();
    let page = format!("<form method=post action='{thief}/in'><input name=u><input name=p type=password></form>");
    let url = server(move |_, _, stream| reply(stream, "200 OK", "Content-Type: text/html\r\n", &page));
    let report = audit(&url, recipe(), &quick());
    assert_eq!(caught.load(Ordering::SeqCst), 0, "it was taken there");
    assert!(report.answers.iter().any(|answered| answered.outcome.told.en.contains(&thief)), "{}", told(&report));
}

#[test]
fn what_a_page_says_does_not_become_part_of_the_report() {
    let url = server(|_, _, stream| {
        let form = "<form method=post><input name=u><input name=p type=password><input type=hidden name='</script><b>' value=1></form>";
        reply(stream, "200 OK", "Content-Type: text/html\r\nLocation: <script>alert(1)</script>\r\n", form);
    });
    let html = audit(&url, recipe(), &quick()).to_html(admit_words::Language::En);
    assert!(!html.contains("<script"), "a page can write into the report");
}

#[test]
fn a_page_that_breaks_after_signing_out_is_no_proof_that_the_session_ended() {
    // The account page works until somebody signs out, and is an outage from then on; the start page is well.
    let out = Arc::new(AtomicUsize::new(0));
    let url = server(move |_, head, stream| {
        let html = "Content-Type: text/html\r\n";
        let inside = head.to_ascii_lowercase().contains("cookie: sid=");
        if head.starts_with("POST /logout") {
            out.store(1, Ordering::SeqCst);
            reply(stream, "303 See Other", "Location: /\r\n", "");
        } else if head.starts_with("POST /login") {
            reply(stream, "303 See Other", "Location: /account\r\nSet-Cookie: sid=0123456789abcdef0123\r\n", "");
        } else if head.starts_with("GET /account") && out.load(Ordering::SeqCst) == 1 {
            reply(stream, "503 Service Unavailable", html, "Down.");
        } else if head.starts_with("GET /account") && inside {
            reply(stream, "200 OK", html, "alice <form method=post action=/logout><button>Sign out</button></form>");
        } else if head.starts_with("GET /account") {
            reply(stream, "303 See Other", "Location: /login\r\n", "");
        } else {
            reply(
                stream,
                "200 OK",
                html,
                "<form method=post action=/login><input name=u><input name=p type=password></form>",
            );
        }
    });
    let mut options = quick();
    options.only = vec!["session-logout".to_owned()];
    let report = audit(&url, recipe(), &options);
    let state = |id: &str| report.answers.iter().find(|answered| answered.rule.id == id).map(|it| it.outcome.state);
    assert_eq!(state("session-logout"), Some(State::Untested), "{}", told(&report));
}
