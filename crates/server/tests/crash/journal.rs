//! The audit log as it is read through the API, page by page.

use std::collections::BTreeMap;

use admit_testkit::{Request, Wire};
use serde_json::Value;

use super::model::Logged;

/// What was read so far: by subject, and the whole as a list of places in the log.
#[derive(Default)]
pub(crate) struct Journal {
    by_subject: BTreeMap<String, Vec<Logged>>,
    all: Vec<(u64, Value)>,
}

impl Journal {
    /// The events about a subject, oldest first.
    pub(crate) fn about(&self, subject: &str) -> Vec<Logged> {
        self.by_subject.get(subject).cloned().unwrap_or_default()
    }

    /// How many events were read.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Reads what is new. The places rise strictly within a page, and from each page to the one before.
    pub(crate) fn read_on(&mut self, wire: &mut Wire, admin_cookie: &str) {
        let known = self.all.last().map_or(0, |(seq, _)| *seq);
        for (seq, event) in read_back_to(wire, admin_cookie, known) {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            if let Some(subject) = text(&event["subject"]) {
                self.by_subject.entry(subject).or_default().push(Logged {
                    seq,
                    kind: text(&event["kind"]).unwrap_or_default(),
                    request: text(&event["request"]),
                    session: text(&event["detail"]["session"]),
                });
            }
            self.all.push((seq, event));
        }
    }

    /// Reads the log from its beginning: what was read in the course of the rounds is all there, unchanged.
    pub(crate) fn assert_unchanged(&self, wire: &mut Wire, admin_cookie: &str) {
        let again = read_back_to(wire, admin_cookie, 0);
        assert_eq!(again.len(), self.all.len(), "events have gone or come since they were first read");
        for (first, now) in self.all.iter().zip(&again) {
            assert_eq!(first, now, "an event was changed after it was written");
        }
    }
}

/// Events after the place `known`, oldest first.
fn read_back_to(wire: &mut Wire, admin_cookie: &str, known: u64) -> Vec<(u64, Value)> {
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let request = Request::new("GET", &format!("/admin/api/audit{before}")).header("cookie", admin_cookie);
        let answer = wire.ask(&request).expect("an answer from the audit log");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page = answer.json();
        let events = page["events"].as_array().expect("events").clone();
        for event in events {
            let seq = event["seq"].as_u64().expect("a place in the log");
            assert!(found.last().is_none_or(|(later, _)| seq < *later), "the places in the log do not rise at {seq}");
            if seq <= known {
                found.reverse();
                return found;
            }
            found.push((seq, event));
        }
        match page["next"].as_u64() {
            Some(next) => before = format!("?before={next}"),
            None => {
                found.reverse();
                return found;
            }
        }
    }
}
