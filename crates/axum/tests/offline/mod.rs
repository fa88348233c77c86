//! A gate that follows an issuer which does not behave: it says how old its knowledge is, and asks again.

mod issuer;

use std::time::{Duration, Instant};

use admit::Gate;
use admit::core::credential::ClientSecret;
use admit::core::random::OsRandom;

use issuer::{Answer, Asked, Issuer, What, beats, good, metadata, pulse};

/// Under five seconds: that is how long an issuer that is well again may go unnoticed.
const SOON: Duration = Duration::from_secs(5);

const ALL: [What; 4] = [What::Metadata, What::Token, What::Keys, What::Feed];

fn follow(issuer: &Issuer) -> Gate {
    let secret = ClientSecret::new(&OsRandom).unwrap();
    Gate::offline(&issuer.url, "shop").client("shop", secret).max_staleness(Duration::from_secs(4)).start().unwrap()
}

async fn until(what: &str, within: Duration, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn is_current(gate: &Gate, within: Duration) {
    until("it knows everything", within, || gate.token_staleness().is_some()).await;
}

fn is_first(asked: &Asked, what: What) -> bool {
    asked.what == what && asked.number == 1
}

/// The text of an event, for whoever asked.
type Told = fn(&Asked) -> String;

#[tokio::test]
async fn an_answer_of_something_else_is_not_believed_and_the_next_one_is() {
    for what in ALL {
        for (status, media) in [(200, "text/html"), (502, "text/html"), (503, "application/json"), (429, "text/plain")]
        {
            let wrong = "<html>Welcome to the guest network</html>";
            let say = move |asked: &Asked| match is_first(asked, what) {
                true => Answer::Whole(status, media, wrong.to_owned()),
                false => good(asked),
            };
            let issuer = Issuer::start(say);
            let gate = follow(&issuer);
            until("it asks", SOON, || issuer.count(what) == 1).await;
            is_current(&gate, SOON).await;
            assert_eq!(issuer.count(what), 2, "{what:?} answered {status} at first");
        }
    }
}

#[tokio::test]
async fn an_issuer_of_another_name_or_with_something_elsewhere_is_not_believed() {
    for what in ["issuer", "token_endpoint", "jwks_uri", "admit_revocations_endpoint"] {
        let elsewhere = Issuer::start(good);
        let url = elsewhere.url.clone();
        let issuer = Issuer::start(move |asked| match metadata(asked, 100) {
            Answer::Whole(status, media, text) if is_first(asked, What::Metadata) => {
                let own = format!("\"{what}\":\"{}", asked.issuer);
                assert!(text.contains(&own), "{text}");
                Answer::Whole(status, media, text.replace(&own, &format!("\"{what}\":\"{url}")))
            }
            _ => good(asked),
        });
        let gate = follow(&issuer);
        is_current(&gate, SOON).await;
        assert_eq!(issuer.count(What::Metadata), 2, "{what}: it is asked again");
        assert!(ALL.iter().all(|what| elsewhere.count(*what) == 0), "{what}: and nobody else is");
    }
}

#[tokio::test]
async fn no_redirection_leads_a_verifier_or_its_secret_to_somebody_else() {
    for what in ALL {
        for status in [302, 307] {
            let elsewhere = Issuer::start(good);
            let header = format!("text/plain\r\nlocation: {}", elsewhere.url);
            let issuer = Issuer::start(move |asked| match is_first(asked, what) {
                true => {
                    let path = asked.head.split(' ').nth(1).unwrap_or_default();
                    Answer::Whole(status, format!("{header}{path}").leak(), String::new())
                }
                false => good(asked),
            });
            let gate = follow(&issuer);
            is_current(&gate, SOON).await;
            assert!(ALL.iter().all(|what| elsewhere.count(*what) == 0), "{what:?}, {status}");
        }
    }
}

#[tokio::test]
async fn an_error_whose_body_never_comes_holds_nothing_up() {
    for what in [What::Metadata, What::Feed] {
        let issuer = Issuer::start(move |asked| if is_first(asked, what) { Answer::Promise(503) } else { good(asked) });
        let gate = follow(&issuer);
        is_current(&gate, SOON).await;
    }
}

/// A key is withdrawn, which is none that anybody here has.
fn signal(asked: &Asked, number: u64) -> String {
    let claims = format!(
        "{{\"iss\":\"{}\",\"sub_id\":{{\"id\":\"other\"}},\
         \"events\":{{\"urn:admit:event:key-revoked\":{{\"event_timestamp\":1,\"until\":2}}}}}}",
        asked.issuer
    );
    format!("id: 000000000000000a.{number}\nevent: key-revoked\ndata: {claims}\n\n")
}

#[tokio::test]
async fn an_event_of_a_kind_that_is_not_known_closes_the_gate_while_it_is_told() {
    let unknown = |asked: &Asked| signal(asked, 6).replace("key-revoked", "tenant-closed");
    let issuer = Issuer::start(move |asked| match (asked.what, asked.number) {
        // At first in the midst of it, and then among what was missed.
        (What::Feed, 1) => {
            let pause = Duration::from_millis(50);
            Answer::Events(vec![(pause, pulse("current", 5, Duration::ZERO)), (pause, unknown(asked))], false)
        }
        (What::Feed, 2..=8) => {
            let mut events = beats(6, Duration::from_millis(100), 600);
            events.insert(0, (Duration::ZERO, unknown(asked)));
            Answer::Events(events, false)
        }
        _ => good(asked),
    });
    let gate = follow(&issuer);
    is_current(&gate, SOON).await;
    until("it asks again", SOON, || issuer.count(What::Feed) > 3).await;
    let known = gate.token_staleness().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(gate.token_staleness().unwrap() >= known + Duration::from_millis(300), "nothing was learnt meanwhile");
    until("it is not told any more", SOON * 2, || issuer.count(What::Feed) > 8).await;
    until("it knows everything again", SOON, || gate.token_staleness().unwrap() < Duration::from_millis(500)).await;
}

#[tokio::test]
async fn numbers_that_were_left_out_are_asked_for_again_from_the_last_that_is_known() {
    let next: [(Told, bool); 5] = [
        (|asked| signal(asked, 6), false),
        (|asked| signal(asked, 7), true),
        (|asked| signal(asked, 6).replace("0a.", "0b."), true),
        (|_| pulse("heartbeat", 7, Duration::ZERO), true),
        (|_| pulse("heartbeat", 4, Duration::ZERO), true),
    ];
    for (number, (next, is_a_gap)) in next.into_iter().enumerate() {
        let pause = Duration::from_millis(50);
        let issuer = Issuer::start(move |asked| match is_first(asked, What::Feed) {
            true => Answer::Events(vec![(pause, pulse("current", 5, Duration::ZERO)), (pause, next(asked))], false),
            false => good(asked),
        });
        let _gate = follow(&issuer);
        // Less than the silence after which it would ask again in any case.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let asked: &[_] = if is_a_gap { &[None, Some("000000000000000a.5".to_owned())] } else { &[None] };
        assert_eq!(issuer.places(), asked, "case {number}");
    }
}

#[tokio::test]
async fn what_came_before_current_is_not_taken_for_everything_before_it() {
    let issuer = Issuer::start(|asked| match is_first(asked, What::Feed) {
        // It breaks off in the middle of what was missed.
        true => Answer::Events(vec![(Duration::ZERO, signal(asked, 3))], true),
        false => good(asked),
    });
    let gate = follow(&issuer);
    is_current(&gate, SOON).await;
    assert_eq!(issuer.places(), [None, None]);
}

#[tokio::test]
async fn a_feed_that_ends_at_once_each_time_is_not_asked_for_in_a_hot_loop() {
    let issuer = Issuer::start(|asked| match asked.what {
        What::Feed => Answer::Events(beats(5, Duration::ZERO, 0), true),
        _ => good(asked),
    });
    let gate = follow(&issuer);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let asked = issuer.count(What::Feed);
    assert!((3..=9).contains(&asked), "asked {asked} times in three seconds");
    assert!(
        gate.token_staleness().is_some_and(|age| age < Duration::from_secs(2)),
        "and what is told each time counts"
    );
}

#[tokio::test]
async fn bytes_that_say_nothing_do_not_count_as_being_told() {
    let comments = (0..600).map(|_| (Duration::from_millis(50), ": still here\n\n".to_owned()));
    let events: Vec<_> = beats(5, Duration::ZERO, 0).into_iter().chain(comments).collect();
    let issuer = Issuer::start(move |asked| match is_first(asked, What::Feed) {
        true => Answer::Events(events.clone(), false),
        false => good(asked),
    });
    let gate = follow(&issuer);
    until("it gives up", Duration::from_secs(3), || issuer.count(What::Feed) == 2).await;
    until("it hears again", SOON, || gate.token_staleness().is_some_and(|age| age < Duration::from_millis(500))).await;
}

#[tokio::test]
async fn what_the_issuer_says_of_itself_is_asked_for_anew_after_it_was_away() {
    let issuer = Issuer::start(|asked| match (asked.what, asked.number) {
        (What::Metadata, 1) => metadata(asked, 50),
        (What::Metadata, _) => metadata(asked, 1500),
        (What::Feed, 1) => Answer::Events(beats(5, Duration::from_millis(50), 3), true),
        (What::Feed, _) => Answer::Events(beats(5, Duration::from_millis(1500), 9), false),
        _ => good(asked),
    });
    let gate = follow(&issuer);
    until("it asks again", SOON, || issuer.count(What::Feed) == 2).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(issuer.count(What::Feed), 2, "a slower heartbeat was taken for silence");
    assert!(gate.token_staleness().is_some_and(|age| age < Duration::from_secs(2)));
}

#[tokio::test]
async fn a_follower_whose_own_token_was_revoked_gets_another_without_a_wait() {
    let issuer = Issuer::start(|asked| match asked.what {
        What::Feed if asked.number == 1 => Answer::Events(beats(5, Duration::ZERO, 0), true),
        What::Feed if asked.head.contains("bearer t1\r") => Answer::Whole(401, "application/json", "{}".to_owned()),
        _ => good(asked),
    });
    let gate = follow(&issuer);
    is_current(&gate, SOON).await;
    until("it follows again", Duration::from_millis(500), || issuer.count(What::Feed) == 3).await;
    assert_eq!(issuer.count(What::Token), 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((issuer.count(What::Feed), issuer.count(What::Token)), (3, 2));
}

#[tokio::test]
async fn an_issuer_whose_clock_has_run_on_while_ours_stood_still_is_asked_anew() {
    let issuer = Issuer::start(|asked| match is_first(asked, What::Feed) {
        true => Answer::Events(
            vec![
                (Duration::ZERO, pulse("current", 5, Duration::ZERO)),
                (Duration::from_millis(100), pulse("heartbeat", 5, Duration::from_secs(60))),
            ],
            false,
        ),
        false => good(asked),
    });
    let _gate = follow(&issuer);
    until("it asks again", Duration::from_secs(1), || issuer.count(What::Feed) == 2).await;
}

#[tokio::test]
async fn knowledge_is_as_old_as_it_was_when_it_was_sent_and_not_as_when_it_came() {
    // Each heartbeat is a second behind, as on a slow line.
    let late = |number: u64| {
        let name = if number == 0 { "current" } else { "heartbeat" };
        (
            Duration::from_millis(if number == 0 { 1000 } else { 100 }),
            pulse(name, 5, Duration::from_millis(number * 100)),
        )
    };
    let issuer = Issuer::start(move |asked| match asked.what {
        What::Feed => Answer::Events((0..100).map(late).collect(), false),
        _ => good(asked),
    });
    let gate = follow(&issuer);
    is_current(&gate, SOON).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        let age = gate.token_staleness().unwrap();
        assert!(age >= Duration::from_millis(990), "it believes to be only {age:?} behind");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(issuer.count(What::Feed), 1);
}
