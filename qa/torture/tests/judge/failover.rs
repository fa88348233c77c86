//! A standby took over that lacked what was acknowledged from 100 to 200: that may be lost, and nothing else.

use admit_torture::history::{Deed, Failover, FeedEvent, Form, Heard, Outcome, Route, TokenName};
use admit_torture::judge::Rule;

use super::told::Told;

const GONE: Outcome = Outcome::Refused(401);

/// Replication stops at 100, the primary dies at 200, and the new one is reached at 250.
fn failed_over() -> Told {
    let mut told = Told::new();
    told.0.failovers.push(Failover { stopped: 100, killed: 200, over: 250 });
    told
}

#[test]
fn what_was_acknowledged_while_nothing_was_replicated_may_be_lost_or_not() {
    for outcome in [Outcome::Ok, GONE] {
        let mut told = failed_over();
        let (secret, begun) = (told.session((2, 3)), told.session((120, 130)));
        told.end_all((140, 150), Outcome::Ok);
        told.set_roles((160, 210), "admin", Outcome::Ok);
        told.check((260, 261), secret, outcome);
        told.check((260, 261), begun, outcome);
        let later = told.session((270, 271));
        told.saw((280, 281), later, if outcome == GONE { "admin" } else { "editor" });
        assert_eq!(told.broken(), []);
    }
}

#[test]
fn what_was_acknowledged_before_replication_stopped_holds_on_the_new_primary() {
    let mut told = failed_over();
    let (ended, alive) = (told.session((2, 3)), told.session((4, 5)));
    told.logout((90, 99), ended, Outcome::Ok);
    told.check((260, 261), ended, GONE);
    told.check((260, 261), alive, Outcome::Ok);
    assert_eq!(told.broken(), []);
    told.check((270, 271), ended, Outcome::Ok);
    told.check((270, 271), alive, GONE);
    assert!(told.broken().contains(&Rule::I1) && told.broken().contains(&Rule::I3), "{:?}", told.broken());
}

#[test]
fn what_was_sent_when_the_old_primary_was_dead_holds_on_the_new_one() {
    let mut told = failed_over();
    let (before, during) = (told.session((2, 3)), told.session((120, 130)));
    told.end_all((201, 260), Outcome::Ok);
    told.set_roles((201, 260), "reader", Outcome::Ok);
    let after = told.session((262, 263));
    told.saw((270, 271), after, "reader");
    told.check((270, 271), before, GONE);
    assert_eq!(told.broken(), []);
    told.check((280, 281), during, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1], "even if the new primary has never heard of it");
    told.saw((280, 281), after, "editor");
    assert_eq!(told.broken(), [Rule::I1, Rule::I5]);
}

#[test]
fn what_the_new_primary_has_refused_is_refused_ever_after() {
    let mut told = failed_over();
    let secret = told.session((2, 3));
    told.logout((140, 150), secret, Outcome::Ok);
    told.check((155, 156), secret, GONE);
    told.check((205, 240), secret, GONE);
    told.check((255, 256), secret, Outcome::Ok);
    assert_eq!(told.broken(), [], "the logout was lost");
    told.check((260, 261), secret, GONE);
    assert_eq!(told.broken(), [], "it may still come to be known");
    told.check((262, 263), secret, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1], "and then it is");
}

#[test]
fn a_refresh_token_whose_redemption_may_be_lost_may_be_redeemed_once_more() {
    let mut told = failed_over();
    let (_, first) = told.app((2, 3));
    told.redeem((150, 160), first, Outcome::Ok);
    let second = told.redeem((260, 261), first, Outcome::Ok)[1];
    told.redeem((270, 271), second, Outcome::Ok);
    assert_eq!(told.broken(), []);
    told.redeem((280, 281), second, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I2]);
}

#[test]
fn an_assertion_whose_use_may_be_lost_may_be_accepted_once_more_and_no_other() {
    let mut told = failed_over();
    for (assertion, used) in [(0, 90), (1, 150)] {
        told.add((used, used + 5), None, Deed::Call { assertion }, Outcome::Ok);
    }
    told.add((260, 261), None, Deed::Call { assertion: 1 }, Outcome::Ok);
    told.add((260, 261), None, Deed::Call { assertion: 0 }, GONE);
    assert_eq!(told.broken(), []);
    told.add((262, 263), None, Deed::Call { assertion: 0 }, Outcome::Ok);
    told.add((262, 263), None, Deed::Call { assertion: 1 }, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I2b, Rule::I2b]);
}

#[test]
fn a_family_whose_redemption_may_be_lost_may_end_by_the_token_that_it_gave() {
    let mut told = failed_over();
    let (access, first) = told.app((2, 3));
    let lost = told.redeem((150, 160), first, Outcome::Ok)[1];
    told.redeem((260, 261), lost, Outcome::Refused(400));
    told.check((270, 271), access, GONE);
    told.redeem((270, 271), first, Outcome::Refused(400));
    assert_eq!(told.broken(), []);
}

#[test]
fn a_heartbeat_after_a_failover_claims_what_the_new_primary_has() {
    let mut told = failed_over();
    let (lost, _) = told.app((2, 3));
    told.0.tokens.insert(lost, TokenName { id: "lost".to_owned(), generation: 1 });
    told.end_all((150, 160), Outcome::Ok);
    told.0.heard.push(Heard { verifier: 0, at: 300, event: FeedEvent::KnownAsOf { moment: 299 } });
    assert_eq!(told.broken(), []);
    told.end_all((310, 320), Outcome::Ok);
    told.0.heard.push(Heard { verifier: 0, at: 330, event: FeedEvent::KnownAsOf { moment: 329 } });
    assert_eq!(told.broken(), [Rule::I1c]);
}

#[test]
fn the_audit_log_may_lack_what_was_lost_and_nothing_else() {
    let mut told = failed_over();
    told.end_all((50, 60), Outcome::Ok);
    told.end_all((150, 160), Outcome::Ok);
    told.end_all((250, 260), Outcome::Ok);
    told.logged();
    let lacks = |told: &mut Told, request: &str| {
        let log = told.0.log.as_mut().expect("a log");
        log.retain(|event| event.request.as_deref() != Some(request));
    };
    lacks(&mut told, "r2");
    assert_eq!(told.broken(), []);
    lacks(&mut told, "r3");
    assert_eq!(told.broken(), [Rule::I6]);
}

#[test]
fn a_credential_that_a_node_has_refused_is_good_at_no_node_and_no_verifier_later() {
    let at_verifier = Deed::Check { route: Route::Verifier, saw: None, renewed: None, within: 10 };
    let mut told = Told::new();
    let secret = told.session((2, 3));
    let (access, _) = told.app((4, 5));
    told.end_all((10, 20), Outcome::Lost);
    told.check((30, 31), access, GONE);
    told.add((35, 36), Some(access), at_verifier.clone(), Outcome::Ok);
    told.check((30, 40), secret, GONE);
    told.check((35, 45), secret, Outcome::Ok);
    assert_eq!(told.broken(), [], "within its bound, and at the same time");
    assert_eq!(told.0.credentials[access].form, Form::Access);
    told.add((50, 51), Some(access), at_verifier, Outcome::Ok);
    told.check((50, 51), secret, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1, Rule::I1]);
}

#[test]
fn the_first_change_since_a_failover_may_end_everything_and_the_next_does_not() {
    let mut told = failed_over();
    let before = told.session((2, 3));
    let between = told.session((260, 265));
    told.add((266, 267), None, Deed::Enable { subject: 0 }, Outcome::Ok);
    told.set_roles((270, 280), "editor", Outcome::Ok);
    told.check((290, 291), before, GONE);
    told.check((290, 291), between, GONE);
    let after = told.session((300, 301));
    told.set_roles((310, 320), "reader", Outcome::Ok);
    assert_eq!(told.broken(), []);
    told.check((330, 331), after, GONE);
    assert_eq!(told.broken(), [Rule::I3]);
}
