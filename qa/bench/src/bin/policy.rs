//! One decision of a policy: by a role, by built-in conditions, and by Cedar for the same rule. CPU of this thread in
//! alternated rounds of one run.
//!
//! `cargo run --release -p admit-bench --features cedar --bin admit-bench-policy`

use std::hint::black_box;
use std::time::Duration;

use admit_core::id::SubjectId;
use admit_core::policy::{Asker, Permission, Policy, Question, Resource, Value};
use admit_core::subject::RoleName;
use admit_core::time::Timestamp;
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 15;
/// How long a row takes in each round, about.
const SAMPLE: Duration = Duration::from_millis(40);
const ALICE: SubjectId = SubjectId::from_bytes([7; 16]);

const POLICY: &str = r#"
[roles.customer]
permissions = ["order:read"]

[[allow]]
name = "cancel-own"
roles = ["customer"]
permissions = ["order:cancel"]
when = { owner = true, resource.status = "paid" }
"#;

struct Order {
    customer: SubjectId,
    status: String,
}

impl Resource for Order {
    const NOUN: &'static str = "order";
    const ATTRIBUTES: &'static [&'static str] = &["owner", "status"];

    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "owner" => Some(self.customer.into()),
            "status" => Some(self.status.as_str().into()),
            _ => None,
        }
    }
}

struct Row<'a> {
    name: String,
    decide: Box<dyn Fn() -> bool + 'a>,
    /// Decisions in a round.
    count: u32,
    nanoseconds: Vec<f64>,
}

fn main() {
    let used = ["order:read", "order:cancel"].map(|text| Permission::parse(text).expect("a permission"));
    let [read, cancel] = &used;
    let policy = Policy::read(POLICY, &used).expect("a policy");
    let roles = ["shopper", "customer"].map(|role| RoleName::parse(role).expect("a role"));
    let who = Asker { id: ALICE, roles: &roles, signed_in_at: Some(Timestamp::from_seconds(1_767_581_000)) };
    let now = Timestamp::from_seconds(1_767_582_000);
    let order = Order { customer: ALICE, status: "paid".to_owned() };
    let about_none = Question { who, permission: read, on: None, now };
    let about_order = Question { who, permission: cancel, on: Some(&order), now };
    let place = policy.permission(read).expect("its place");

    #[cfg(feature = "cedar")]
    let engines = cedar::policies(&used);
    let mut rows = vec![
        row("role, place known (Policy::by_role)", || policy.by_role(black_box(place), &roles).is_some()),
        row("role (Policy::decide)", || policy.decide(black_box(&about_none)).is_allow()),
        row("built-in conditions: owner and status", || policy.decide(black_box(&about_order)).is_allow()),
    ];
    #[cfg(feature = "cedar")]
    for (name, policy) in &engines {
        rows.push(row(name, || policy.decide(black_box(&about_order)).is_allow()));
    }

    for _ in 0..ROUNDS {
        for row in &mut rows {
            let taken = sample(&row.decide, row.count);
            row.nanoseconds.push(taken.as_secs_f64() * 1e9 / f64::from(row.count));
        }
    }
    println!("CPU in ns per decision, median of {ROUNDS} rounds (from, to), and as a ratio to the built-in conditions");
    let base = rows[2].nanoseconds.clone();
    for row in &mut rows {
        let mut ratios: Vec<f64> = row.nanoseconds.iter().zip(&base).map(|(one, base)| one / base).collect();
        let (middle, from, to) = median(&mut row.nanoseconds);
        println!("  {:<55} {middle:10.0} ({from:.0}, {to:.0})   {:.2} x", row.name, median(&mut ratios).0);
    }
}

fn row<'a>(name: &str, decide: impl Fn() -> bool + 'a) -> Row<'a> {
    assert!(decide(), "{name} permits");
    // As many as fit into a sample; a first round warms up.
    let some = 200;
    sample(&decide, some);
    let one = sample(&decide, some).max(Duration::from_nanos(1)) / some;
    let count = u32::try_from(SAMPLE.as_nanos() / one.as_nanos().max(1)).expect("not so many").max(10);
    Row { name: name.to_owned(), decide: Box::new(decide), count, nanoseconds: Vec::new() }
}

fn sample(decide: impl Fn() -> bool, count: u32) -> Duration {
    let started = cpu();
    for _ in 0..count {
        assert!(black_box(decide()));
    }
    cpu() - started
}

fn median(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

#[cfg(feature = "cedar")]
mod cedar {
    use std::sync::Arc;

    use admit_core::policy::{Cedar, Permission, Policy};

    const POLICY: &str = r#"
    [roles.customer]

    [[allow]]
    name = "cancel-by-cedar"
    roles = ["customer"]
    permissions = ["order:cancel"]
    when.engine = true
    "#;

    fn permit(action: &str, status: &str) -> String {
        format!(
            "permit(principal, action == Action::\"{action}\", resource)
             when {{ resource.owner == principal && resource.status == \"{status}\" }};\n"
        )
    }

    /// The same rule, with so many policies in all: the others about other actions, or about the same.
    pub(crate) fn policies(used: &[Permission]) -> Vec<(String, Policy)> {
        let with = |name: String, others: &dyn Fn(usize) -> String, count: usize| {
            let text: String = (1..count).map(others).chain([permit("order:cancel", "paid")]).collect();
            let cedar = Arc::new(Cedar::read(&text).expect("Cedar policies"));
            (name, Policy::read_for_engine(POLICY, used).expect("a policy").with_engine(cedar))
        };
        let elsewhere = |at: usize| permit(&format!("order-{at}:cancel"), "paid");
        let here = |at: usize| permit("order:cancel", &format!("status {at}"));
        vec![
            with("Cedar, 1 policy".to_owned(), &here, 1),
            with("Cedar, 100 policies, 99 about other actions".to_owned(), &elsewhere, 100),
            with("Cedar, 1,000 policies, 999 about other actions".to_owned(), &elsewhere, 1000),
            with("Cedar, 100 policies, all about this action".to_owned(), &here, 100),
            with("Cedar, 1,000 policies, all about this action".to_owned(), &here, 1000),
        ]
    }
}
