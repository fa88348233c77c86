use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const COST: Duration = Duration::from_millis(16);

fn at(micros: u64) -> Moment {
    Moment::from_zero(Duration::from_secs(5) + Duration::from_micros(micros))
}

fn asker(account: &str, prefix: &str) -> Asker {
    Asker::new(account, prefix, false)
}

/// A pool in virtual time: each hash takes [`COST`], and whoever was answered asks again at once.
struct Simulation {
    queue: FairQueue<usize>,
    askers: Vec<Asker>,
    running: Vec<(Moment, Running, usize)>,
    threads: usize,
    now: Moment,
    served: BTreeMap<Arc<str>, usize>,
}

impl Simulation {
    fn new(threads: usize, places: usize, askers: Vec<Asker>) -> Self {
        let queue = FairQueue::new(places, threads);
        Self { queue, askers, running: Vec::new(), threads, now: at(0), served: BTreeMap::new() }
    }

    fn ask(&mut self, number: usize) {
        if let Some(asker) = self.askers.get(number) {
            let _ = self.queue.push(asker.clone(), number, self.now);
        }
    }

    /// Runs for some time, and tells how many were served of each account.
    fn run(mut self, time: Duration) -> BTreeMap<Arc<str>, usize> {
        (0..self.askers.len()).for_each(|number| self.ask(number));
        let end = self.now.plus(time);
        while self.now < end {
            let mut soonest = None;
            while self.running.len() < self.threads {
                match self.queue.next(self.now) {
                    Next::Job(running, number) => self.running.push((self.now.plus(COST), running, number)),
                    Next::Nothing(until) => {
                        soonest = until;
                        break;
                    }
                }
            }
            let over = self.running.iter().map(|(over, ..)| *over).chain(soonest).min();
            let Some(next) = over else { return self.served };
            self.now = next;
            let (over, running): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.running).into_iter().partition(|(over, ..)| *over <= next);
            self.running = running;
            for (_, running, number) in over {
                self.queue.finished(&running, self.now);
                let account = self.askers.get(number).map(|asker| Arc::clone(&asker.account)).expect("an asker");
                *self.served.entry(account).or_default() += 1;
                self.ask(number);
            }
        }
        self.served
    }
}

fn many(count: usize, asker: impl Fn(usize) -> Asker) -> Vec<Asker> {
    (0..count).map(asker).collect()
}

const TIME: Duration = Duration::from_secs(10);

fn calm(threads: usize) -> usize {
    let served = Simulation::new(threads, 16 * threads, vec![asker("alice", "home")]).run(TIME);
    served.get("alice").copied().unwrap_or_default()
}

/// What alice is served beside these, as a part of what she is served alone.
fn beside(threads: usize, mut others: Vec<Asker>) -> f64 {
    others.push(asker("alice", "home"));
    let served = Simulation::new(threads, 16 * threads, others).run(TIME);
    served.get("alice").copied().unwrap_or_default() as f64 / calm(threads) as f64
}

#[test]
fn sixty_connections_of_one_account_leave_others_nine_tenths_on_one_thread_and_on_two() {
    for threads in [1, 2, 8] {
        let from_one_address = beside(threads, many(60, |_| asker("bob", "office")));
        assert!(from_one_address >= 0.89, "{threads} threads: {from_one_address}");
        let from_the_same = beside(threads, many(60, |_| asker("bob", "home")));
        assert!(from_the_same >= 0.89, "{threads} threads, behind the same address: {from_the_same}");
        let from_sixty = beside(threads, many(60, |number| asker("bob", &format!("addr{number}"))));
        assert!(from_sixty >= 0.89, "{threads} threads, from sixty addresses: {from_sixty}");
    }
}

#[test]
fn sixty_accounts_behind_one_address_leave_others_elsewhere_most_of_their_rate() {
    let office = |number| asker(&format!("user{number}"), "office");
    assert!(beside(1, many(60, office)) >= 0.7);
    assert!(beside(2, many(60, office)) >= 0.9);
    assert!(beside(8, many(60, office)) >= 0.9);
}

#[test]
fn sixty_networks_of_one_ipv6_site_leave_others_elsewhere_most_of_their_rate() {
    let at = |site, network, number| asker(&format!("user{number}"), &format!("2001:db8:{site:x}:{network:x}::/64"));
    let of_one_site = beside(2, many(60, |number| at(1, number, number)));
    let of_many = beside(2, many(60, |number| at(number, 1, number)));
    assert!(of_one_site >= 0.7 && of_many < 0.2, "{of_one_site} {of_many}");
}

#[test]
fn many_people_behind_one_address_alone_use_the_whole_pool_and_share_it_alike() {
    let served = Simulation::new(2, 64, many(60, |number| asker(&format!("user{number}"), "office"))).run(TIME);
    let all: usize = served.values().sum();
    assert!(all >= 2 * calm(1) - 2, "{all} of {}", 2 * calm(1));
    let (least, most) = (served.values().min().unwrap(), served.values().max().unwrap());
    assert!(served.len() == 60 && most - least <= 1, "{least} to {most}");
}

#[test]
fn strangers_tries_at_an_account_do_not_stand_in_its_owners_way() {
    let owner = Asker { known: true, ..asker("alice", "home") };
    let mut queue = FairQueue::new(4, 1);
    for number in 0..20 {
        drop(queue.push(asker("alice", &format!("bot{number}")), number, at(0)));
    }
    queue.push(owner, 99, at(1)).unwrap();
    let Next::Job(bot, _) = queue.next(at(2)) else { panic!("something runs") };
    let Next::Job(_, job) = queue.next(at(2)) else { panic!("a second thread has something to do") };
    assert_eq!(job, 99);
    queue.finished(&bot, at(16_000));
}

#[test]
fn a_newcomer_gets_a_place_from_the_address_that_has_most() {
    let mut queue = FairQueue::new(8, 1);
    for number in 0..8 {
        assert!(queue.push(asker(&format!("user{number}"), "office"), number, at(0)).unwrap().1.is_empty());
    }
    assert_eq!(queue.push(asker("user9", "office"), 9, at(1)).err(), Some(Surplus::Pool), "there is nobody else");
    let (_, evicted) = queue.push(asker("alice", "home"), 10, at(1)).unwrap();
    assert_eq!(evicted, [7], "who came last there");
    assert_eq!(queue.push(asker("user9", "office"), 9, at(1)).err(), Some(Surplus::Address));
    assert_eq!(queue.len(), 8);
}

#[test]
fn whoever_loses_patience_is_told_whom_they_waited_for() {
    let mut queue = FairQueue::new(8, 1);
    let mut push = |account: &str, prefix: &str, now| queue.push(asker(account, prefix), 0, at(now)).unwrap().0;
    let (first, second, third) = (push("bob", "office", 0), push("bob", "office", 1), push("carol", "office", 2));
    let fourth = push("alice", "home", 3);
    assert!(matches!(queue.next(at(4)), Next::Job(..)));
    assert_eq!(queue.withdraw(first), None, "it has begun");
    assert_eq!(queue.withdraw(second), Some(Surplus::Account));
    assert_eq!(queue.withdraw(third), Some(Surplus::Address));
    assert_eq!(queue.withdraw(fourth), Some(Surplus::Pool));
    assert_eq!(queue.len(), 0);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Push { account: u8, prefix: u8 },
    Next,
    Finish(usize),
    Withdraw(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_u8, 0..3_u8).prop_map(|(account, prefix)| Step::Push { account, prefix }),
        3 => Just(Step::Next),
        2 => any::<usize>().prop_map(Step::Finish),
        1 => any::<usize>().prop_map(Step::Withdraw),
        1 => (0..800_000_u64).prop_map(Step::Pass),
    ]
}

proptest! {
    /// Nothing is lost or done twice; of one account one at most runs; whoever waits is served in the end.
    #[test]
    fn every_job_ends_in_exactly_one_way(steps in prop::collection::vec(step(), 1..300)) {
        let mut queue = FairQueue::new(4, 2);
        let mut running: Vec<(Running, u64)> = Vec::new();
        let mut open: Vec<(u64, u64)> = Vec::new();
        let (mut job, mut now) = (0_u64, 0);
        let begin = |queue: &mut FairQueue<u64>, open: &mut Vec<(u64, u64)>, running: &mut Vec<(Running, u64)>, now| {
            if let Next::Job(one, job) = queue.next(at(now)) {
                assert!(running.iter().all(|(other, _)| other.asker.account != one.asker.account));
                let before = open.len();
                open.retain(|(_, waiting)| *waiting != job);
                assert_eq!(open.len() + 1, before);
                running.push((one, job));
            }
        };
        for step in steps {
            now += 1;
            match step {
                Step::Push { account, prefix } => {
                    job += 1;
                    if let Ok((number, evicted)) =
                        queue.push(asker(&format!("user{account}"), &format!("addr{prefix}")), job, at(now))
                    {
                        open.retain(|(_, waiting)| !evicted.contains(waiting));
                        open.push((number, job));
                    }
                }
                Step::Next => begin(&mut queue, &mut open, &mut running, now),
                Step::Finish(which) if !running.is_empty() => {
                    let (one, _) = running.swap_remove(which % running.len());
                    queue.finished(&one, at(now));
                }
                Step::Withdraw(which) if !open.is_empty() => {
                    let (number, _) = open.swap_remove(which % open.len());
                    prop_assert!(queue.withdraw(number).is_some());
                }
                Step::Pass(micros) => now += micros,
                _ => {}
            }
            prop_assert_eq!(queue.len(), open.len());
        }
        for (one, _) in running.drain(..) {
            queue.finished(&one, at(now));
        }
        while queue.len() > 0 {
            now += 600_000;
            let before = queue.len();
            begin(&mut queue, &mut open, &mut running, now);
            prop_assert!(queue.len() < before, "with nothing running and every pause over, somebody is next");
            for (one, _) in running.drain(..) {
                queue.finished(&one, at(now));
            }
        }
    }
}
