//! The judge itself is put to the test: for each promise, a history in which it is broken, and one in which it is kept.

use super::model::{Deed, Logged, Model, Seen, Session};

fn session(name: &str) -> Session {
    Session { secret: format!("secret-{name}"), id: format!("id-{name}"), csrf_token: String::new() }
}

fn logged(seq: u64, kind: &str, request: &str, session: &str) -> Logged {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Logged { seq, kind: kind.to_owned(), request: some(request), session: some(session) }
}

/// Two logins, one of them signed out again, then other roles: all acknowledged.
fn history() -> Model {
    let mut model = Model::new(&["customer"]);
    model.acknowledged(Deed::SignIn(Some(session("a"))), "r1".to_owned());
    model.acknowledged(Deed::SignIn(Some(session("b"))), "r2".to_owned());
    model.acknowledged(Deed::End { secret: "secret-b".to_owned() }, "r3".to_owned());
    model.acknowledged(Deed::SetRoles(vec!["admin".to_owned()]), "r4".to_owned());
    model
}

fn as_it_should_be() -> Seen {
    Seen {
        alive: [("secret-a".to_owned(), true), ("secret-b".to_owned(), false)].into(),
        roles: vec!["admin".to_owned()],
        active: true,
        events: vec![
            logged(1, "subject-created", "", ""),
            logged(2, "session-created", "r1", "id-a"),
            logged(5, "session-created", "r2", "id-b"),
            logged(6, "session-revoked", "r3", "id-b"),
            logged(9, "roles-changed", "r4", ""),
        ],
    }
}

fn found(model: &Model, change: impl Fn(&mut Seen)) -> String {
    let mut seen = as_it_should_be();
    change(&mut seen);
    model.violations(&seen).join("\n")
}

#[test]
fn a_history_that_was_kept_is_not_accused() {
    assert_eq!(found(&history(), |_| {}), "");
}

#[test]
fn each_broken_promise_is_found() {
    let alive = |secret: &'static str, alive| {
        move |seen: &mut Seen| {
            seen.alive.insert(secret.to_owned(), alive);
        }
    };
    let wrong = |change: &dyn Fn(&mut Seen)| found(&history(), change);
    assert!(wrong(&alive("secret-a", false)).contains("login is lost"));
    assert!(wrong(&alive("secret-b", true)).contains("is back: id-b"));
    assert!(wrong(&|seen| seen.roles = vec!["customer".to_owned()]).contains("was acknowledged"));
    assert!(wrong(&|seen| seen.active = false).contains("active is false"));
    assert!(wrong(&|seen| drop(seen.events.remove(3))).contains("is not in the log"));
    assert!(wrong(&|seen| seen.events[3].request = Some("r9".to_owned())).contains("is not in the log"));
    assert!(wrong(&|seen| seen.events[4].seq = 6).contains("do not rise"));
    assert!(wrong(&|seen| seen.events.push(logged(10, "roles-changed", "r7", ""))).contains("nobody asked for"));
    let swapped = wrong(&|seen| {
        seen.events.swap(1, 2);
        (seen.events[1].seq, seen.events[2].seq) = (2, 5);
    });
    assert!(swapped.contains("out of order"), "{swapped}");
}

#[test]
fn of_a_request_without_an_answer_all_or_nothing_may_have_happened() {
    let mut model = history();
    model.acknowledged(Deed::SignIn(Some(session("c"))), "r5".to_owned());
    model.unanswered(Deed::Disable);
    let with_c = |seen: &mut Seen, alive: bool| {
        seen.alive.insert("secret-c".to_owned(), alive);
        seen.events.push(logged(10, "session-created", "r5", "id-c"));
    };
    assert_eq!(found(&model, |seen| with_c(seen, true)), "");
    let banned = |seen: &mut Seen| {
        with_c(seen, false);
        seen.alive.insert("secret-a".to_owned(), false);
        seen.active = false;
        seen.events.push(logged(11, "subject-disabled", "r6", ""));
    };
    assert_eq!(found(&model, banned), "");
    let half = found(&model, |seen| {
        banned(seen);
        seen.alive.insert("secret-c".to_owned(), true);
    });
    assert!(half.contains("some of its sessions") && half.contains("are not one"), "{half}");
    let banned_but_signed_in = found(&model, |seen| {
        with_c(seen, true);
        seen.active = false;
    });
    assert!(banned_but_signed_in.contains("are not one"), "{banned_but_signed_in}");
}

#[test]
fn what_a_crash_left_open_is_settled_once_and_holds_from_then_on() {
    let mut model = history();
    model.unanswered(Deed::End { secret: "secret-a".to_owned() });
    let mut seen = as_it_should_be();
    seen.alive.insert("secret-a".to_owned(), false);
    assert_eq!(model.violations(&seen).join("\n"), "");
    model.settle(&seen);
    assert!(found(&model, |_| {}).contains("is back: id-a"));
}

#[test]
fn a_replaced_secret_may_be_good_for_some_seconds_and_its_replacement_lives() {
    let mut model = history();
    let renewed = Session { id: "id-a".to_owned(), ..session("a2") };
    let secret = renewed.secret.clone();
    model.acknowledged(Deed::Look { secret: "secret-a".to_owned(), renewed: Some(renewed) }, "r5".to_owned());
    for old in [true, false] {
        for new in [true, false] {
            let wrong = found(&model, |seen| {
                seen.events.push(logged(10, "session-rotated", "", "id-a"));
                seen.alive.insert("secret-a".to_owned(), old);
                seen.alive.insert(secret.clone(), new);
            });
            assert_eq!(wrong.contains("is lost: session id-a"), !new, "{wrong}");
            assert!(!wrong.contains("is back") && !wrong.contains("in the log"), "{wrong}");
        }
    }
}
