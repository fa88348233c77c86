//! Counts that nodes share, beside one throttle that sees everything.

use std::collections::VecDeque;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::random::OsRandom;
use crate::secret::ServerSecret;
use crate::time::Timestamp;

const HOME: &str = "192.0.2.1";

fn at(time: Duration) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000).plus(time)
}

fn moment(time: Duration) -> Moment {
    Moment::from_zero(Duration::from_secs(1_000_000) + time)
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const START: Duration = seconds(0);

fn stranger<'a>(account: &'a str, prefix: &'a str) -> Claimant<'a> {
    Claimant { account, prefix, known: false, session: None }
}

/// Nodes that share their counts.
struct Shared {
    counts: Counts,
    keys: CounterKeys,
}

type Begun = (Vec<Counter>, Receipt);

impl Shared {
    fn new() -> Self {
        let keys = CounterKeys::new(&ServerSecret::new(&OsRandom).unwrap());
        Self { counts: Counts::default(), keys }
    }

    fn begin(&mut self, claimant: Claimant<'_>, now: Duration) -> Result<Begun, Stopped> {
        let counters = self.keys.of(claimant);
        match self.counts.reserve(&counters, at(now)) {
            Reserved::Counted(receipt) => Ok((counters, receipt)),
            Reserved::Wait { wait, .. } => Err(Stopped::Wait(wait)),
            Reserved::UsedUp => Err(Stopped::Session),
        }
    }

    fn end(&mut self, (counters, receipt): Begun, ending: Ending, now: Duration) {
        self.counts.settle(&Settlement::of(&counters, receipt, ending), at(now));
    }

    fn fail(&mut self, claimant: Claimant<'_>, now: Duration) {
        if let Ok(begun) = self.begin(claimant, now) {
            self.end(begun, Ending::Failed, now);
        }
    }

    fn wait(&mut self, claimant: Claimant<'_>, now: Duration) -> Option<u64> {
        match self.begin(claimant, now) {
            Ok(begun) => {
                self.end(begun, Ending::TakenBack, now);
                None
            }
            Err(Stopped::Wait(wait)) => Some(wait.as_secs()),
            Err(Stopped::Session) => panic!("no session is asked about"),
        }
    }
}

#[test]
fn an_end_that_is_never_said_is_a_failure() {
    let mut nodes = Shared::new();
    for _ in 0..5 {
        nodes.begin(stranger("alice", HOME), START).unwrap();
    }
    assert_eq!(nodes.wait(stranger("alice", HOME), START), Some(1));
    let begun = nodes.begin(stranger("alice", HOME), seconds(2000)).unwrap();
    nodes.end(begun, Ending::TakenBack, seconds(2000));
    let begun = nodes.begin(stranger("alice", HOME), seconds(2000)).unwrap();
    assert_eq!(nodes.wait(stranger("alice", HOME), seconds(2000)), Some(2), "they are remembered for an hour");
    nodes.end(begun, Ending::Cleared, seconds(2001));
    assert_eq!(nodes.wait(stranger("alice", HOME), seconds(2001)), None, "and a success clears them");
    for _ in 0..5 {
        nodes.begin(stranger("bob", HOME), seconds(3000)).unwrap();
    }
    assert_eq!(nodes.wait(stranger("bob", HOME), seconds(3000 + 3660)), None);
}

#[test]
fn a_success_clears_no_guess_that_is_under_way() {
    let mut nodes = Shared::new();
    let guesses: Vec<_> = (0..4).map(|_| nodes.begin(stranger("alice", HOME), START).unwrap()).collect();
    let owner = nodes.begin(stranger("alice", HOME), START).unwrap();
    nodes.end(owner, Ending::Cleared, seconds(1));
    for guess in guesses {
        nodes.end(guess, Ending::Failed, seconds(2));
    }
    nodes.fail(stranger("alice", HOME), seconds(2));
    assert_eq!(nodes.wait(stranger("alice", HOME), seconds(2)), Some(1));
}

#[test]
fn an_end_said_too_late_takes_nothing_back_that_another_counts() {
    let mut nodes = Shared::new();
    let late = nodes.begin(stranger("alice", HOME), START).unwrap();
    for _ in 0..4 {
        nodes.begin(stranger("alice", HOME), seconds(180)).unwrap();
    }
    nodes.end(late, Ending::TakenBack, seconds(180));
    assert_eq!(nodes.wait(stranger("alice", HOME), seconds(180)), Some(1), "it has failed, and the four are under way");
}

#[test]
fn names_of_counters_tell_nothing_and_differ_by_kind_and_by_secret() {
    let [one, other] = [(), ()].map(|()| CounterKeys::new(&ServerSecret::new(&OsRandom).unwrap()));
    let mut names: Vec<_> = one.of(stranger("alice", HOME)).iter().map(|counter| counter.key).collect();
    names.extend([one.pair("alic", "e192.0.2.1"), one.address("alice"), other.pair("alice", HOME)]);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 6);
    assert_eq!(one.pair("alice", HOME), one.pair("alice", HOME));
}

/// What happens at one of two nodes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Begin {
        account: u8,
        prefix: u8,
        known: bool,
    },
    End(usize, Ending),
    /// The word of how it ended is on its way, behind those before it.
    Delay(usize, Ending),
    Arrive,
    /// It is lost, or its node is.
    Lose(usize),
    Pass(u64),
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![3 => Just(Ending::Failed), 1 => Just(Ending::TakenBack), 1 => Just(Ending::Cleared)]
}

fn step(lossy: bool) -> impl Strategy<Value = Step> {
    let rare = u32::from(lossy);
    prop_oneof![
        8 => (0..3_u8, 0..2_u8, prop::bool::weighted(0.2))
            .prop_map(|(account, prefix, known)| Step::Begin { account, prefix, known }),
        5 => (any::<usize>(), ending()).prop_map(|(which, ending)| Step::End(which, ending)),
        2 * rare => (any::<usize>(), ending()).prop_map(|(which, ending)| Step::Delay(which, ending)),
        2 * rare => Just(Step::Arrive),
        rare => any::<usize>().prop_map(Step::Lose),
        1 => (1..20_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    /// While every word arrives within a minute, nodes that share are one.
    #[test]
    fn nodes_that_share_their_counts_answer_as_one_throttle_does(steps in prop::collection::vec(step(false), 1..250)) {
        let (mut nodes, one) = (Shared::new(), Arc::new(Throttle::default()));
        let (mut now, mut under_way) = (START, VecDeque::new());
        for step in steps {
            match step {
                Step::Begin { account, prefix, known } => {
                    let (account, prefix) = (format!("user{account}"), format!("addr{prefix}"));
                    let claimant = Claimant { known, ..stranger(&account, &prefix) };
                    match (nodes.begin(claimant, now), one.begin(claimant, moment(now))) {
                        (Ok(begun), Ok(attempt)) => under_way.push_back((begun, attempt)),
                        (begun, attempt) => prop_assert_eq!(begun.err(), attempt.err()),
                    }
                }
                Step::End(which, ending) if !under_way.is_empty() => {
                    let (begun, attempt) = under_way.swap_remove_back(which % under_way.len()).unwrap();
                    nodes.end(begun, ending, now);
                    end(attempt, ending);
                }
                Step::Pass(passed) => {
                    // Nobody is under way for longer than a slice.
                    for (begun, attempt) in under_way.drain(..) {
                        nodes.end(begun, Ending::Failed, now);
                        drop(attempt);
                    }
                    now += seconds(passed);
                }
                _ => {}
            }
        }
    }

    /// Whatever is delayed, lost or comes in another order: nobody gets a try that one throttle, told of the same tries, refuses.
    #[test]
    fn what_is_lost_on_the_way_never_gives_another_try(steps in prop::collection::vec(step(true), 1..250)) {
        let (mut nodes, one) = (Shared::new(), Arc::new(Throttle::default()));
        let (mut now, mut under_way, mut coming) = (START, VecDeque::new(), VecDeque::new());
        for step in steps {
            now += Duration::from_millis(1);
            match step {
                Step::Begin { account, prefix, known } => {
                    let (account, prefix) = (format!("user{account}"), format!("addr{prefix}"));
                    let claimant = Claimant { known, ..stranger(&account, &prefix) };
                    if let Ok(begun) = nodes.begin(claimant, now) {
                        let attempt = one.begin(claimant, moment(now));
                        prop_assert!(attempt.is_ok(), "one node refuses: {:?}", attempt.err());
                        under_way.extend(attempt.map(|attempt| (begun, attempt, now)));
                    }
                }
                Step::End(which, ending) if !under_way.is_empty() => {
                    let (begun, attempt, _) = under_way.swap_remove_back(which % under_way.len()).unwrap();
                    nodes.end(begun, ending, now);
                    end(attempt, ending);
                }
                Step::Delay(which, ending) if !under_way.is_empty() => {
                    let (begun, attempt, _) = under_way.swap_remove_back(which % under_way.len()).unwrap();
                    coming.push_back((begun, ending));
                    end(attempt, ending);
                }
                Step::Arrive => {
                    // The latest first.
                    if let Some((begun, ending)) = coming.pop_back() {
                        nodes.end(begun, ending, now);
                    }
                }
                Step::Lose(which) if !under_way.is_empty() => {
                    // One throttle learns of it, whatever it was.
                    let (_, attempt, _) = under_way.swap_remove_back(which % under_way.len()).unwrap();
                    attempt.not_judged();
                }
                Step::Pass(passed) => {
                    now += seconds(passed);
                    // Nobody's attempt is under way for longer: whoever dropped it said nothing.
                    under_way.retain(|(_, _, begun)| now - *begun < SLICE);
                }
                _ => {}
            }
        }
    }
}

fn end(attempt: Attempt, ending: Ending) {
    match ending {
        Ending::Failed => drop(attempt),
        Ending::TakenBack => attempt.not_judged(),
        Ending::Cleared => attempt.succeeded(),
    }
}

#[test]
fn an_attempt_ends_in_the_store_as_here_and_is_taken_back_if_it_never_began() {
    #[derive(Default)]
    struct Heard(Mutex<Vec<Ending>>);
    impl Settles for Heard {
        fn settle(&self, settlements: Vec<Settlement>) {
            self.0.lock().unwrap().extend(settlements.iter().map(|settlement| settlement.ending));
        }
    }
    let (heard, throttle) = (Arc::new(Heard::default()), Arc::new(Throttle::default()));
    let mut nodes = Shared::new();
    let mut counted = || {
        let (counters, receipt) = nodes.begin(stranger("alice", HOME), START).unwrap();
        Counted::new(heard.clone(), counters, receipt)
    };
    let begin = |counted| throttle.begin(stranger("alice", HOME), moment(START)).unwrap().also_counted(counted);
    drop(counted());
    drop(begin(counted()));
    begin(counted()).not_judged();
    begin(counted()).succeeded();
    use Ending::{Cleared, Failed, TakenBack};
    let expected =
        [TakenBack; 3].into_iter().chain([Failed; 3]).chain([TakenBack; 3]).chain([Cleared, TakenBack, TakenBack]);
    assert_eq!(*heard.0.lock().unwrap(), expected.collect::<Vec<_>>());
}
