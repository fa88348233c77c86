//! I1c: a heartbeat claims a moment as of which everything is known. Whatever was acknowledged before it has been told.

use std::collections::BTreeSet;

use super::index::Index;
use super::{Rule, Violation};
use crate::history::{FeedEvent, Form, Heard, Nanos};

/// An access token and its end.
struct Dead {
    credential: usize,
    /// When its end was acknowledged.
    at: Nanos,
    /// The operation that ended it.
    by: usize,
}

/// What one verifier has been told so far, on whichever connection: one that comes back is told the rest.
#[derive(Default)]
struct Told<'a> {
    sign_ins: BTreeSet<&'a str>,
    /// The first good generation of each subject.
    subjects: Vec<(usize, u64)>,
    tokens: BTreeSet<&'a str>,
}

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    let history = index.history;
    if history.heard.is_empty() {
        return;
    }
    let mut dead: Vec<Dead> = (0..history.credentials.len())
        .filter(|credential| history.credentials[*credential].form == Form::Access)
        .filter_map(|credential| {
            let first = index.deaths(credential).min();
            first.map(|(at, by)| Dead { credential, at, by })
        })
        .collect();
    dead.sort_by_key(|dead| dead.at);
    let verifiers: BTreeSet<usize> = history.heard.iter().map(|heard| heard.verifier).collect();
    for verifier in verifiers {
        of_one(index, &dead, history.heard.iter().filter(|heard| heard.verifier == verifier), found);
    }
}

fn of_one<'a>(index: &Index<'a>, dead: &[Dead], heard: impl Iterator<Item = &'a Heard>, found: &mut Vec<Violation>) {
    let (mut told, mut next) = (Told::default(), 0);
    for heard in heard {
        match &heard.event {
            FeedEvent::SignIn { name } => drop(told.sign_ins.insert(name)),
            FeedEvent::Subject { subject, generation } => told.subjects.push((*subject, *generation)),
            FeedEvent::Token { id } => drop(told.tokens.insert(id)),
            FeedEvent::KnownAsOf { moment } => {
                // Once looked for is enough: what has been told stays told.
                while let Some(one) = dead.get(next).filter(|one| one.at < *moment) {
                    next += 1;
                    if told.names(index, one.credential) {
                        continue;
                    }
                    let early = (moment - one.at) / 1000;
                    let what = format!(
                        "verifier {} was told at {:.3} ms that it knows everything as of {:.3} ms; {early} µs before that the end of \
                         access token {} had been acknowledged, and it had not been told",
                        heard.verifier,
                        heard.at as f64 / 1e6,
                        *moment as f64 / 1e6,
                        one.credential
                    );
                    found.push(Violation::new(
                        Rule::I1c,
                        what,
                        index.birth(one.credential).into_iter().chain([one.by]),
                    ));
                }
            }
        }
    }
}

impl Told<'_> {
    /// Whether a verifier that has been told this refuses the token. Of one whose names are not known nobody can say.
    fn names(&self, index: &Index<'_>, credential: usize) -> bool {
        let Some(token) = index.history.tokens.get(&credential) else { return true };
        let sign_in = &index.history.sign_ins[index.history.credentials[credential].sign_in];
        let of_subject =
            |(subject, generation): &(usize, u64)| *subject == sign_in.subject && token.generation < *generation;
        self.sign_ins.contains(sign_in.name.as_str())
            || self.tokens.contains(token.id.as_str())
            || self.subjects.iter().any(of_subject)
    }
}
