use proptest::prelude::*;

use super::table::CAPACITY;
use super::*;

const HOME: &str = "192.0.2.1";

fn at(seconds: u64) -> Moment {
    Moment::from_zero(Duration::from_secs(1_000_000 + seconds))
}

fn claimant<'a>(account: &'a str, prefix: &'a str, known: bool) -> Claimant<'a> {
    Claimant { account, prefix, known, session: None }
}

fn throttle() -> Arc<Throttle> {
    Arc::new(Throttle::default())
}

fn wait(throttle: &Arc<Throttle>, claimant: Claimant<'_>, now: Moment) -> Option<Duration> {
    match throttle.begin(claimant, now) {
        Ok(attempt) => {
            attempt.not_judged();
            None
        }
        Err(Stopped::Wait(wait)) => Some(wait),
        Err(Stopped::Session) => panic!("no session is asked about"),
    }
}

#[test]
fn five_failures_are_free_and_then_each_waits_twice_as_long() {
    let throttle = throttle();
    let guess = claimant("alice", HOME, false);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..20 {
        let wait = wait(&throttle, guess, at(now)).map_or(0, |wait| wait.as_secs());
        waits.push(wait);
        now += wait;
        throttle.failed(guess, at(now));
    }
    assert_eq!(waits[..9], [0, 0, 0, 0, 0, 1, 2, 4, 8]);
    assert_eq!(waits[19], 900);
}

#[test]
fn of_sixty_guesses_at_once_five_begin_and_a_client_that_hangs_up_has_failed() {
    let throttle = throttle();
    let begin = || throttle.begin(claimant("alice", HOME, false), at(0));
    let under_way: Vec<_> = (0..60).filter_map(|_| begin().ok()).collect();
    assert_eq!(under_way.len(), 5);
    // A handler that is cancelled drops its attempt.
    drop(under_way);
    assert_eq!(begin().err(), Some(Stopped::Wait(Duration::from_secs(1))));
    assert_eq!(throttle.wait("alice", HOME, at(0)), Some(Duration::from_secs(1)), "before any store is asked, too");
}

#[test]
fn what_the_server_had_no_room_for_is_not_counted() {
    let throttle = throttle();
    for _ in 0..500 {
        throttle.begin(claimant("alice", HOME, false), at(0)).unwrap().not_judged();
    }
    let tables = throttle.0.lock().unwrap();
    assert_eq!((tables.pairs.len(), tables.addresses.len(), tables.accounts.len()), (0, 0, 0));
}

#[test]
fn a_stranger_elsewhere_cannot_lock_the_owner_out() {
    let throttle = throttle();
    for n in 0..5_000_u32 {
        let address = format!("198.51.100.{}", n % 256);
        throttle.failed(claimant("alice", &address, false), at(u64::from(n)));
    }
    let now = at(5_000);
    assert!(wait(&throttle, claimant("alice", "198.51.100.7", false), now).is_some());
    assert_eq!(
        wait(&throttle, claimant("alice", HOME, true), now),
        None,
        "an address she has used before does not wait"
    );
}

#[test]
fn the_owner_at_a_new_address_has_one_try_there_however_many_others_guess() {
    let throttle = throttle();
    for n in 0..100 {
        throttle.failed(claimant("alice", &format!("bot{}", n % 20), false), at(0));
    }
    // The botnet goes on, at addresses used before and at new ones.
    for n in 0..600 {
        throttle.failed(claimant("alice", &format!("bot{n}"), false), at(n));
    }
    throttle.failed(claimant("alice", "bot3", false), at(600));
    let fresh = claimant("alice", "hotel", false);
    let attempt = throttle.begin(fresh, at(600)).expect("a first try");
    assert!(throttle.begin(fresh, at(600)).is_err(), "one, and not two at once");
    drop(attempt);
    let Some(wait_now) = wait(&throttle, fresh, at(600)) else { panic!("a second one waits") };
    assert!(wait_now <= Duration::from_secs(120), "{wait_now:?}");
    assert_eq!(wait(&throttle, claimant("alice", "hotel", false), at(720)), None, "and not for long");
    let again = |hours: u64| wait(&throttle, claimant("alice", "bot500", false), at(500 + hours * 3600));
    throttle.failed(claimant("alice", "bot3", false), at(500 + 23 * 3600 - 1));
    assert!(again(23).is_some(), "an address that has failed is no new one for a day");
}

#[test]
fn first_tries_do_not_put_off_the_others() {
    let throttle = throttle();
    for n in 0..100 {
        throttle.failed(claimant("alice", &format!("bot{}", n % 20), false), at(0));
    }
    throttle.failed(claimant("alice", "hotel", false), at(0));
    for second in 0..120 {
        throttle.failed(claimant("alice", &format!("another{second}"), false), at(second));
    }
    assert_eq!(wait(&throttle, claimant("alice", "hotel", false), at(120)), None);
}

#[test]
fn one_address_trying_many_accounts_is_slowed_and_success_does_not_clear_it() {
    let throttle = throttle();
    for n in 0..60 {
        throttle.failed(claimant(&format!("user{n}"), HOME, false), at(0));
    }
    let before = wait(&throttle, claimant("another", HOME, false), at(0));
    assert!(before.is_some());
    let mine = throttle.begin(claimant("mine", HOME, true), at(0)).expect("who signs in here anyway is not stopped");
    mine.succeeded();
    assert_eq!(wait(&throttle, claimant("another", HOME, false), at(0)), before);
    throttle.begin(claimant("mine", HOME, true), at(1)).unwrap().succeeded();
    assert_eq!(wait(&throttle, claimant("another", HOME, false), at(1)), None, "nor does it make them wait longer");
}

#[test]
fn success_clears_the_account_at_its_address_and_time_clears_the_rest() {
    let throttle = throttle();
    let alice = claimant("alice", HOME, true);
    for _ in 0..5 {
        throttle.failed(alice, at(0));
    }
    assert!(wait(&throttle, alice, at(0)).is_some());
    throttle.begin(alice, at(1)).unwrap().succeeded();
    for _ in 0..5 {
        assert_eq!(wait(&throttle, alice, at(1)), None);
        throttle.failed(alice, at(1));
    }
    for n in 0..40 {
        throttle.failed(claimant("bob", HOME, false), at(n * 1000));
    }
    assert!(wait(&throttle, claimant("bob", HOME, false), at(39_001)).is_some());
    assert_eq!(wait(&throttle, claimant("bob", HOME, false), at(39_000 + 3600)), None);
}

#[test]
fn a_session_in_which_ten_passwords_were_wrong_is_to_be_ended_from_wherever_they_came() {
    let throttle = throttle();
    let session = Some(SessionId::from_bytes([7; 16]));
    let from = |address: &'static str| Claimant { account: "alice", prefix: address, known: false, session };
    let addresses = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let ended: Vec<bool> =
        addresses.map(|address| throttle.begin(from(address), at(0)).unwrap().failed()).into_iter().collect();
    assert_eq!(ended, [false; 9]);
    let tenth = throttle.begin(from("j"), at(0)).unwrap();
    assert_eq!(throttle.begin(from("k"), at(0)).err(), Some(Stopped::Session), "not eleven at once either");
    assert!(tenth.failed());
    assert_eq!(throttle.begin(from("l"), at(7200)).err(), Some(Stopped::Session));
    assert!(throttle.begin(claimant("alice", "m", false), at(7200)).is_ok(), "another session is not meant");
}

#[test]
fn a_clock_that_is_set_back_after_all_makes_nobody_wait_for_it() {
    let throttle = throttle();
    for _ in 0..6 {
        throttle.failed(claimant("alice", HOME, true), at(7200));
    }
    assert_eq!(wait(&throttle, claimant("alice", HOME, true), at(0)), Some(Duration::from_secs(1)));
    assert_eq!(wait(&throttle, claimant("alice", HOME, true), at(1)), None);
}

#[test]
fn memory_is_bounded_and_the_newest_failures_are_kept() {
    let throttle = throttle();
    for n in 0..(CAPACITY as u64 + 10) {
        throttle.failed(claimant(&format!("user{n}"), &format!("addr{n}"), false), at(n / 1000));
    }
    let tables = throttle.0.lock().unwrap();
    let (pairs, addresses, accounts) = (&tables.pairs, &tables.addresses, &tables.accounts);
    assert!(pairs.len() <= CAPACITY && addresses.len() <= CAPACITY && accounts.len() <= CAPACITY);
    assert!(accounts.has(&format!("user{}", CAPACITY + 9).into()));
}

#[test]
fn an_ipv6_client_is_its_network() {
    assert_eq!(prefix("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::/64");
    assert_eq!(prefix("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1");
}

#[test]
fn the_networks_of_an_ipv6_site_are_one_and_an_ipv4_address_is_its_own() {
    let of = |address: &str| site(&prefix(address.parse().unwrap())).to_owned();
    assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:ffff::1"));
    assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:2:2::3"));
    assert_eq!((of("192.0.2.1"), site("")), ("192.0.2.1".to_owned(), ""));
}

/// A step of somebody who wants to try as often as can be.
#[derive(Clone, Copy, Debug)]
enum Step {
    Begin { account: u8, prefix: u8 },
    Fail(usize),
    HangUp(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_u8, 0..3_u8).prop_map(|(account, prefix)| Step::Begin { account, prefix }),
        2 => any::<usize>().prop_map(Step::Fail),
        2 => any::<usize>().prop_map(Step::HangUp),
        // Less than the hour in all after which failures are forgotten.
        1 => (1..15_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    /// Whatever is left under way, and whoever hangs up when: no more guesses begin than if each had failed at once.
    #[test]
    fn guesses_at_the_same_time_are_no_more_than_one_after_the_other(steps in prop::collection::vec(step(), 1..200)) {
        let (parallel, serial) = (throttle(), throttle());
        let mut under_way: Vec<Attempt> = Vec::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Begin { account, prefix } => {
                    let (account, prefix) = (format!("user{account}"), format!("addr{prefix}"));
                    let guess = claimant(&account, &prefix, false);
                    let begun = parallel.begin(guess, at(now));
                    let alone = serial.begin(guess, at(now)).map(Attempt::failed);
                    prop_assert_eq!(begun.as_ref().err(), alone.as_ref().err());
                    under_way.extend(begun);
                }
                Step::Fail(which) if !under_way.is_empty() => {
                    prop_assert!(!under_way.swap_remove(which % under_way.len()).failed());
                }
                Step::HangUp(which) if !under_way.is_empty() => drop(under_way.swap_remove(which % under_way.len())),
                Step::Pass(seconds) => now += seconds,
                _ => {}
            }
        }
    }

    /// What is taken back leaves nothing behind, whatever else is under way.
    #[test]
    fn an_attempt_that_was_not_judged_might_as_well_not_have_been(
        failures in prop::collection::vec((0..3_u8, 0..3_u8), 0..120),
        taken_back in prop::collection::vec((0..3_u8, 0..3_u8), 0..20),
    ) {
        let (with, without) = (throttle(), throttle());
        let name = |(account, prefix): (u8, u8)| (format!("user{account}"), format!("addr{prefix}"));
        for (second, failure) in failures.into_iter().enumerate() {
            let (account, prefix) = name(failure);
            for throttle in [&with, &without] {
                throttle.failed(claimant(&account, &prefix, false), at(second as u64 * 50));
            }
        }
        let now = at(6_100);
        let mut under_way = Vec::new();
        for one in taken_back {
            let (account, prefix) = name(one);
            under_way.extend(with.begin(claimant(&account, &prefix, false), now));
        }
        under_way.into_iter().for_each(Attempt::not_judged);
        for account in 0..3 {
            for prefix in 0..3 {
                let (account, prefix) = name((account, prefix));
                let asked = claimant(&account, &prefix, false);
                prop_assert_eq!(wait(&with, asked, now), wait(&without, asked, now));
            }
        }
    }
}
