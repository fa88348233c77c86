//! I1 to I5, each broken and each kept.

use admit_torture::history::{AllEndedBy, Calm, Credential, Deed, Fault, Form, Outcome, Route};
use admit_torture::judge::{Bounds, Rule, judge};

use super::told::{Told, roles};

const GONE: Outcome = Outcome::Refused(401);

#[test]
fn a_session_that_is_good_after_its_logout_was_acknowledged_is_found() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.logout((10, 20), secret, Outcome::Ok);
    told.check((15, 30), secret, Outcome::Ok);
    told.check((21, 22), secret, GONE);
    assert_eq!(told.broken(), []);
    told.check((21, 22), secret, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1]);
}

#[test]
fn logging_out_everywhere_ends_what_was_there_before_and_nothing_later() {
    let mut told = Told::new();
    let (before, during) = (told.session((2, 3)), told.session((8, 15)));
    told.end_all((10, 20), Outcome::Ok);
    let after = told.session((21, 25));
    for secret in [during, after] {
        told.check((30, 31), secret, Outcome::Ok);
    }
    told.check((30, 31), during, GONE);
    assert_eq!(told.broken(), []);
    told.check((30, 31), before, Outcome::Ok);
    told.check((30, 31), after, GONE);
    assert_eq!(told.broken(), [Rule::I1, Rule::I3]);
}

#[test]
fn a_revocation_without_an_answer_proves_nothing_until_it_was_calm() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.end_all((10, 20), Outcome::Lost);
    told.check((30, 31), secret, Outcome::Ok);
    told.check((32, 37), secret, GONE);
    told.check((34, 35), secret, Outcome::Ok);
    assert_eq!(told.broken(), [], "it may be in force at any time, and never");
    // A session from after the calm cannot have been ended by what came before.
    told.0.calms.push(Calm { mended: 30, start: 40, end: 50 });
    let later = told.session((60, 61));
    told.check((70, 71), later, GONE);
    assert_eq!(told.broken(), [Rule::I3]);
}

#[test]
fn a_replaced_secret_is_dead_after_some_seconds_and_its_successor_lives() {
    let mut told = Told::new();
    let old = told.session((2, 3));
    let new = told.credential(0, Form::Secret);
    let deed = Deed::Check { route: Route::Session, saw: None, renewed: Some(new), within: 0 };
    told.add((10, 20), Some(old), deed, Outcome::Ok);
    told.check((15, 25), old, Outcome::Ok);
    told.check((10_000_000_030, 10_000_000_031), old, Outcome::Ok);
    told.check((10_000_000_032, 10_000_000_033), old, GONE);
    told.check((30, 31), new, Outcome::Ok);
    assert_eq!(told.broken(), []);
    told.check((11_000_000_022, 11_000_000_023), old, Outcome::Ok);
    told.check((32, 33), new, GONE);
    assert_eq!(told.broken(), [Rule::I1, Rule::I3]);
}

#[test]
fn a_role_change_ends_access_tokens_and_no_sessions() {
    let mut told = Told::new();
    let (access, refresh) = told.app((2, 3));
    let secret = told.session((4, 5));
    told.set_roles((10, 20), "customer", Outcome::Ok);
    told.check((30, 31), access, GONE);
    told.saw((30, 31), secret, "customer");
    let gave = told.redeem((32, 33), refresh, Outcome::Ok);
    told.saw((34, 35), gave[0], "customer");
    assert_eq!(told.broken(), []);
    told.check((30, 31), access, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1]);
}

#[test]
fn a_banned_subject_does_not_sign_in_and_an_old_password_is_no_good() {
    let mut told = Told::new();
    told.add((10, 20), None, Deed::Disable { subject: 0 }, Outcome::Ok);
    told.session((19, 25));
    assert_eq!(told.broken(), [], "it overlaps the ban");
    told.session((30, 35));
    assert_eq!(told.broken(), [Rule::I1]);
    told.add((40, 50), None, Deed::Enable { subject: 0 }, Outcome::Ok);
    let changed = Deed::Password { subject: 0, to: 1, gave: vec![] };
    told.add((60, 70), None, changed, Outcome::Ok);
    told.session((80, 81));
    assert_eq!(told.broken(), [Rule::I1, Rule::I1]);
}

#[test]
fn a_bound_of_a_route_is_allowed_and_not_more() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.logout((10, 20), secret, Outcome::Ok);
    let deed = |within| Deed::Check { route: Route::Session, saw: None, renewed: None, within };
    told.add((70, 71), Some(secret), deed(50), Outcome::Ok);
    assert_eq!(told.broken(), []);
    told.add((71, 72), Some(secret), deed(50), Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1]);
}

#[test]
fn of_many_redemptions_of_one_token_all_give_the_same_successor() {
    let mut told = Told::new();
    let (_, refresh) = told.app((2, 3));
    let gave = told.redeem((10, 20), refresh, Outcome::Ok);
    told.redeem_again((10, 20), refresh, gave[1]);
    told.redeem((10, 20), refresh, Outcome::Refused(400));
    told.redeem((10, 20), refresh, Outcome::Lost);
    assert_eq!(told.broken(), []);
    told.redeem((12, 22), refresh, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I2], "a second successor");
}

#[test]
fn a_refresh_token_gives_its_successor_no_more_once_that_was_used_or_after_the_grace() {
    const SECOND: u64 = 1_000_000_000;
    for (used, again, broken) in [
        (None, 9 * SECOND, vec![]),
        (None, 12 * SECOND, vec![Rule::I2]),
        (Some(SECOND), 2 * SECOND, vec![Rule::I2]),
        (Some(2 * SECOND), 2 * SECOND, vec![]),
    ] {
        let mut told = Told::new();
        let (_, refresh) = told.app((2, 3));
        let gave = told.redeem((10, 20), refresh, Outcome::Ok);
        if let Some(used) = used {
            told.redeem((used, used + 5), gave[1], Outcome::Ok);
        }
        told.redeem_again((again, again + 5), refresh, gave[1]);
        assert_eq!(told.broken(), broken, "used at {used:?}, again at {again}");
    }
}

#[test]
fn a_refused_token_whose_successor_was_used_may_have_ended_its_family() {
    for (used, broken) in [(false, vec![Rule::I3]), (true, vec![])] {
        let mut told = Told::new();
        let (_, refresh) = told.app((2, 3));
        let mut gave = told.redeem((10, 20), refresh, Outcome::Ok);
        if used {
            gave = told.redeem((30, 40), gave[1], Outcome::Ok);
        }
        told.redeem((50, 60), refresh, Outcome::Refused(400));
        told.redeem((70, 80), gave[1], Outcome::Refused(400));
        assert_eq!(told.broken(), broken);
    }
}

#[test]
fn a_token_that_came_twice_within_the_grace_ends_no_family_and_later_it_may() {
    const SECOND: u64 = 1_000_000_000;
    for (later, broken) in [(2 * SECOND, vec![Rule::I3]), (12 * SECOND, vec![])] {
        let mut told = Told::new();
        let (_, refresh) = told.app((2, 3));
        let gave = told.redeem((10, 20), refresh, Outcome::Ok);
        told.redeem((later, later + 5), refresh, Outcome::Refused(400));
        told.redeem((later + 10, later + 20), gave[1], Outcome::Refused(400));
        assert_eq!(told.broken(), broken);
    }
}

#[test]
fn a_login_that_was_acknowledged_and_is_gone_is_found_unless_its_store_may_lose_it() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.check((10, 11), secret, GONE);
    assert_eq!(told.broken(), [Rule::I3]);
    let flush = |start, end| Fault {
        kind: "flush".to_owned(),
        nodes: vec![],
        survived_by: None,
        loses_sessions: true,
        loses_counts: false,
        start,
        end,
    };
    told.0.faults.push(flush(20, 30));
    assert_eq!(told.broken(), [Rule::I3], "that was later");
    told.0.faults.push(flush(5, 6));
    assert_eq!(told.broken(), []);
    let kept = told.session((2, 3));
    told.check((50, 51), kept, Outcome::Ok);
    assert_eq!(told.broken(), [], "what may be lost need not be");
}

#[test]
fn the_right_password_of_somebody_active_signs_in() {
    let mut told = Told::new();
    let refused = Deed::SignIn { subject: 0, password: 0, gave: vec![], replaces: None };
    told.end_all((10, 20), Outcome::Ok);
    told.add((15, 25), None, refused.clone(), GONE);
    told.add((30, 31), None, refused.clone(), Outcome::Refused(429));
    assert_eq!(told.broken(), []);
    told.add((30, 31), None, refused.clone(), GONE);
    assert_eq!(told.broken(), [Rule::I3]);
    told.add((27, 28), None, Deed::Disable { subject: 0 }, Outcome::Lost);
    assert_eq!(told.broken(), [], "a ban may be in force");
}

#[test]
fn when_everything_is_whole_again_checks_are_answered() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.0.healed = Some(100);
    told.check((50, 60), secret, Outcome::Error(503));
    assert_eq!(told.broken(), []);
    told.check((101, 102), secret, Outcome::Error(503));
    told.check((103, 104), secret, Outcome::Lost);
    assert_eq!(told.broken(), [Rule::I3, Rule::I3]);
    told.check((105, 106), secret, Outcome::Ok);
    assert_eq!(told.broken(), [], "it was a slow machine, and not a store that is away");
}

#[test]
fn another_error_than_503_and_an_answer_that_came_late_are_found() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.0.faults.push(Fault {
        kind: "cut".to_owned(),
        nodes: vec![],
        survived_by: None,
        loses_sessions: false,
        loses_counts: false,
        start: 5,
        end: 1000,
    });
    told.check((10, 20), secret, Outcome::Error(503));
    let bounds = |unavailable| Some(Bounds { unavailable, recovery: 500 });
    assert_eq!(judge(&told.0, bounds(10)), []);
    assert_eq!(judge(&told.0, bounds(9)).len(), 1, "it took 10");
    told.0.calms.push(Calm { mended: 1000, start: 1500, end: 1600 });
    told.check((1400, 1401), secret, Outcome::Error(503));
    assert_eq!(judge(&told.0, bounds(10)), []);
    told.check((1501, 1502), secret, Outcome::Error(503));
    told.check((1501, 1502), secret, Outcome::Error(503));
    assert_eq!(judge(&told.0, bounds(10)).len(), 1, "every node was ready");
    for _ in 0..198 {
        told.check((1501, 1502), secret, Outcome::Ok);
    }
    assert_eq!(judge(&told.0, bounds(10)), [], "1 of 100 may be the machine's");
    told.0.calms.push(Calm { mended: 1000, start: 1501, end: 1501 });
    assert_eq!(judge(&told.0, bounds(10)).len(), 1, "it took too long");
    assert_eq!(told.broken(), []);
    told.check((10, 20), secret, Outcome::Error(500));
    assert_eq!(told.broken(), [Rule::I4]);
}

#[test]
fn no_answer_is_forgiven_to_a_node_that_was_struck_alone() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.0.faults.push(Fault {
        kind: "kill".to_owned(),
        nodes: vec![0],
        survived_by: None,
        loses_sessions: false,
        loses_counts: false,
        start: 5,
        end: 30,
    });
    told.check((10, 20), secret, Outcome::Lost);
    let bounds = Some(Bounds { unavailable: 100, recovery: 0 });
    assert_eq!(judge(&told.0, bounds), []);
    told.0.faults[0].nodes = vec![1];
    assert_eq!(judge(&told.0, bounds).len(), 1);
}

#[test]
fn a_node_gets_over_one_silent_connection_within_a_second() {
    const SECOND: u64 = 1_000_000_000;
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.0.faults.push(Fault {
        kind: "stall one connection".to_owned(),
        nodes: vec![],
        survived_by: Some(0),
        loses_sessions: false,
        loses_counts: false,
        start: 5,
        end: 3 * SECOND,
    });
    let bounds = Some(Bounds { unavailable: SECOND, recovery: SECOND });
    for moment in [10, SECOND / 2] {
        told.check((moment, moment + 1), secret, Outcome::Error(503));
    }
    told.check((2 * SECOND, 2 * SECOND + 1), secret, Outcome::Error(503));
    assert_eq!(judge(&told.0, bounds), [], "one may be the machine's");
    told.check((2 * SECOND, 2 * SECOND + 1), secret, Outcome::Error(503));
    assert_eq!(judge(&told.0, bounds).iter().map(|found| found.rule).collect::<Vec<_>>(), [Rule::I4b]);
    told.0.faults[0].survived_by = Some(1);
    assert_eq!(judge(&told.0, bounds), [], "it was another node's");
}

#[test]
fn a_session_that_a_sign_in_took_the_place_of_is_dead() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    let deed = Deed::SignIn { subject: 0, password: 0, gave: vec![], replaces: Some(0) };
    told.add((10, 20), None, deed, Outcome::Ok);
    told.check((15, 25), secret, Outcome::Ok);
    told.check((30, 31), secret, GONE);
    assert_eq!(told.broken(), []);
    told.check((32, 33), secret, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1]);
}

#[test]
fn a_refused_sign_in_ends_what_it_was_to_replace_only_if_its_user_was_stopped_meanwhile() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.add((4, 5), None, Deed::Create { subject: 1, roles: roles("") }, Outcome::Ok);
    let deed = Deed::SignIn { subject: 1, password: 0, gave: vec![], replaces: Some(0) };
    told.add((10, 20), None, deed.clone(), Outcome::Refused(429));
    told.check((30, 31), secret, Outcome::Ok);
    let end = Deed::EndAll { subject: 1, by: AllEndedBy::Admin };
    told.add((40, 50), None, end, Outcome::Ok);
    let refused = told.add((45, 55), None, deed, GONE);
    told.check((60, 61), secret, GONE);
    assert_eq!(told.broken(), []);
    told.0.operations[refused].start = 51;
    assert_eq!(told.broken(), [Rule::I3, Rule::I3], "the right password was refused, and somebody else was signed out");
}

#[test]
fn a_check_sees_the_roles_of_the_last_acknowledged_change_or_of_one_that_overlaps() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.saw((5, 6), secret, "editor");
    told.set_roles((10, 20), "a", Outcome::Ok);
    told.set_roles((30, 40), "b", Outcome::Lost);
    told.saw((15, 16), secret, "editor");
    told.saw((25, 26), secret, "a");
    told.saw((50, 51), secret, "a");
    told.saw((60, 61), secret, "b");
    told.edit((25, 26), secret, Outcome::Refused(403));
    assert_eq!(told.broken(), []);
    told.saw((25, 26), secret, "b");
    told.saw((50, 51), secret, "editor");
    told.edit((50, 51), secret, Outcome::Ok);
    told.edit((5, 6), secret, Outcome::Refused(403));
    assert_eq!(told.broken(), [Rule::I5; 4]);
}

#[test]
fn an_unanswered_change_is_overtaken_by_one_that_began_after_it_was_calm() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.set_roles((10, 20), "a", Outcome::Error(503));
    told.set_roles((60, 70), "b", Outcome::Ok);
    told.saw((80, 81), secret, "a");
    assert_eq!(told.broken(), []);
    told.0.calms.push(Calm { mended: 30, start: 40, end: 50 });
    assert_eq!(told.broken(), [Rule::I5]);
}

#[test]
fn whatever_a_credential_opens_counts_and_not_checks_alone() {
    let mut told = Told::new();
    let (_, refresh) = told.app((2, 3));
    let secret = told.session((4, 5));
    told.end_all((10, 20), Outcome::Ok);
    told.logout((30, 31), secret, Outcome::Ok);
    told.redeem((30, 31), refresh, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1, Rule::I1]);
    assert_eq!(told.0.credentials[refresh], Credential { sign_in: 0, form: Form::Refresh });
}
