//! I1c, broken and kept: what heartbeats claim. By hand, and of the model's histories with a feed that is honest or is not.

use std::collections::BTreeMap;

use admit_testkit::Seeded;
use admit_torture::history::{Credential, Deed, FeedEvent, Form, Heard, History, Nanos, Outcome, Route, TokenName};
use admit_torture::judge::{Rule, judge};
use proptest::prelude::*;

use super::model::run;
use super::told::Told;

fn hears(told: &mut Told, at: Nanos, event: FeedEvent) {
    told.0.heard.push(Heard { verifier: 0, at, event });
}

fn claim(moment: Nanos) -> FeedEvent {
    FeedEvent::KnownAsOf { moment }
}

/// Somebody with an access token, called `t` and of generation 3, that is revoked with everything at 30.
fn revoked() -> Told {
    let mut told = Told::new();
    let (access, _) = told.app((2, 3));
    told.0.tokens.insert(access, TokenName { id: "t".to_owned(), generation: 3 });
    told.end_all((20, 30), Outcome::Ok);
    told
}

#[test]
fn a_heartbeat_that_claims_a_moment_after_what_was_not_told_is_found() {
    let mut told = revoked();
    hears(&mut told, 35, claim(30));
    assert_eq!(told.broken(), [], "it was acknowledged at that very moment");
    hears(&mut told, 40, claim(31));
    assert_eq!(told.broken(), [Rule::I1c]);
}

#[test]
fn a_heartbeat_after_the_news_by_whichever_name_is_right() {
    let subject = |generation| FeedEvent::Subject { subject: 0, generation };
    let sign_in = FeedEvent::SignIn { name: "s0".to_owned() };
    for news in [subject(4), sign_in, FeedEvent::Token { id: "t".to_owned() }] {
        let mut told = revoked();
        hears(&mut told, 33, news);
        hears(&mut told, 35, claim(34));
        assert_eq!(told.broken(), []);
    }
    for other in [subject(3), FeedEvent::Subject { subject: 1, generation: 9 }, FeedEvent::Token { id: "u".to_owned() }]
    {
        let mut told = revoked();
        hears(&mut told, 33, other);
        hears(&mut told, 35, claim(34));
        assert_eq!(told.broken(), [Rule::I1c]);
    }
}

#[test]
fn what_one_verifier_was_told_is_no_news_to_another() {
    let mut told = revoked();
    hears(&mut told, 33, FeedEvent::SignIn { name: "s0".to_owned() });
    told.0.heard.push(Heard { verifier: 1, at: 35, event: claim(34) });
    assert_eq!(told.broken(), [Rule::I1c]);
}

#[test]
fn a_verifier_may_take_a_revoked_token_within_its_bound_and_not_after_it() {
    let mut told = revoked();
    let at = |within| Deed::Check { route: Route::Verifier, saw: None, renewed: None, within };
    told.add((35, 36), Some(0), at(10), Outcome::Ok);
    told.add((90, 91), Some(0), at(10), Outcome::Error(503));
    assert_eq!(told.broken(), []);
    told.add((41, 42), Some(0), at(10), Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1]);
}

/// Gives a history a feed. Each end of tokens is told some time after it began; a heartbeat now and then claims what is
/// proved, or, by a node that lies, the present.
fn with_feed(mut history: History, seed: u64, lies: bool) -> History {
    let mut random = Seeded::new(seed);
    let mut news: Vec<(Nanos, Nanos, FeedEvent)> = Vec::new();
    for operation in history.operations.iter().filter(|operation| operation.outcome.may_have_happened()) {
        let event = match &operation.deed {
            Deed::EndAll { subject, .. }
            | Deed::Disable { subject }
            | Deed::Password { subject, .. }
            | Deed::SetRoles { subject, .. } => FeedEvent::Subject { subject: *subject, generation: operation.start },
            Deed::End { sign_in, .. } => FeedEvent::SignIn { name: history.sign_ins[*sign_in].name.clone() },
            _ => continue,
        };
        news.push((operation.start + random.below(250) as Nanos, operation.end, event));
    }
    news.sort_by_key(|(at, ..)| *at);
    // A token's generation is the moment at which its sign-in was there: whatever began later ends it.
    let mut begun: BTreeMap<usize, Nanos> = BTreeMap::new();
    let mut by_start: Vec<_> = history.operations.iter().filter(|operation| operation.outcome == Outcome::Ok).collect();
    by_start.sort_by_key(|operation| operation.start);
    for operation in by_start {
        for gave in operation.deed.gave() {
            let Credential { sign_in, form } = history.credentials[*gave];
            let generation = *begun.entry(sign_in).or_insert(operation.end);
            if form == Form::Access {
                history.tokens.insert(*gave, TokenName { id: gave.to_string(), generation });
            }
        }
    }
    let last = history.operations.iter().map(|operation| operation.end).max().unwrap_or_default() + 300;
    let mut waiting = news.into_iter().peekable();
    let mut rest: Vec<Nanos> = waiting.clone().map(|(_, end, _)| end).collect();
    for at in (0..last).step_by(40) {
        while let Some((_, _, event)) = waiting.next_if(|(told, ..)| *told <= at) {
            history.heard.push(Heard { verifier: 0, at, event });
            rest.remove(0);
        }
        let proved = rest.iter().min().map_or(at, |end| at.min(*end));
        history.heard.push(Heard { verifier: 0, at, event: claim(if lies { at } else { proved }) });
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_honest_feed_is_never_accused_and_one_that_claims_the_present_is_found(seed: u64) {
        let history = run(seed, 1200, None);
        let honest: Vec<_> = judge(&with_feed(history.clone(), seed, false), None);
        prop_assert_eq!(honest, vec![]);
        let found = judge(&with_feed(history, seed, true), None);
        prop_assert!(found.iter().any(|violation| violation.rule == Rule::I1c));
    }
}
