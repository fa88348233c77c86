//! The compiled policy against a slow evaluator that reads the policy as written, for each question anew.
//!
//! It knows nothing of bit sets, indexes or compiled rules: inheritance is walked, patterns are matched as text, and a
//! condition is true, false or absent.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::Spanned;

use super::*;

/// A small generator of numbers, so that a failure can be repeated from its seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }

    fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        (0..self.next(most + 1)).map(|_| of[self.next(of.len())].clone()).collect()
    }

    fn maybe(&mut self) -> bool {
        self.next(2) == 0
    }
}

const ROLES: [&str; 4] = ["r0", "r1", "r2", "r3"];
const NOUNS: [&str; 2] = ["a", "b"];
const VERBS: [&str; 3] = ["x", "y", "z"];
const TENANTS: [&str; 2] = ["t0", "t1"];

fn spanned(text: &str) -> Spanned<String> {
    Spanned::new(0..0, text.to_owned())
}

fn random_conditions(numbers: &mut Numbers) -> ConditionsSource {
    let mut source = ConditionsSource::default();
    for _ in 0..=numbers.next(2) {
        match numbers.next(6) {
            0 => source.owner = Some(numbers.maybe()),
            1 => source.tenant = Some(numbers.maybe()),
            2 => {
                let values =
                    (0..=numbers.next(2)).map(|_| ValueSource::Text(format!("s{}", numbers.next(3)))).collect();
                source.resource.insert("status".to_owned(), TestSource::OneOf(values));
            }
            3 => {
                let least = i64::try_from(numbers.next(4)).unwrap();
                let within = WithinSource { at_least: Some(least), at_most: numbers.maybe().then_some(least + 1) };
                source.resource.insert("total".to_owned(), TestSource::Within(within));
            }
            4 => source.signed_in_within = Some(format!("{}m", 1 + numbers.next(3))),
            _ => source.time = Some(["08:00-18:00", "22:00-06:00"][numbers.next(2)].to_owned()),
        }
    }
    source
}

fn random_patterns(numbers: &mut Numbers) -> Vec<Spanned<String>> {
    let mut all: Vec<String> = NOUNS.iter().flat_map(|noun| VERBS.map(|verb| format!("{noun}:{verb}"))).collect();
    all.extend(["a:*".to_owned(), "*".to_owned()]);
    (0..=numbers.next(2)).map(|_| spanned(&all[numbers.next(all.len())])).collect()
}

fn random_policy(numbers: &mut Numbers) -> PolicySource {
    let mut source = PolicySource::default();
    for (place, role) in ROLES.iter().enumerate() {
        let inherits = numbers.some(&ROLES[..place.max(1)], 2);
        let inherits = inherits.into_iter().filter(|parent| parent != role).map(spanned).collect();
        let permissions = if numbers.maybe() { random_patterns(numbers) } else { Vec::new() };
        source.roles.insert(spanned(role), RoleSource { inherits, permissions });
    }
    for place in 0..numbers.next(5) {
        let deny = numbers.next(3) == 0;
        let mut roles: Vec<Spanned<String>> = numbers.some(&ROLES, 2).into_iter().map(spanned).collect();
        if roles.is_empty() && !deny {
            roles.push(spanned("r0"));
        }
        let conditions = |numbers: &mut Numbers| Some(Spanned::new(0..0, random_conditions(numbers)));
        let when = if !deny || numbers.maybe() { conditions(numbers) } else { None };
        let unless = if numbers.next(3) == 0 { conditions(numbers) } else { None };
        let rule = RuleSource {
            name: spanned(&format!("rule-{place}")),
            roles,
            permissions: random_patterns(numbers),
            when,
            unless,
        };
        if deny { source.deny.push(rule) } else { source.allow.push(rule) }
    }
    source
}

/// A question in plain terms.
#[derive(Debug)]
struct Asked {
    roles: Vec<String>,
    permission: String,
    object: Option<BTreeMap<String, ValueSource>>,
    hour: u64,
    signed_in_minutes_ago: Option<u64>,
}

fn random_question(numbers: &mut Numbers) -> Asked {
    let roles = numbers.some(&ROLES, 3);
    let scoped = |numbers: &mut Numbers, role: &str| match numbers.next(3) {
        0 => format!("{role}@{}", TENANTS[numbers.next(2)]),
        _ => role.to_owned(),
    };
    let mut object = BTreeMap::new();
    let mut put = |numbers: &mut Numbers, name: &str, values: &[ValueSource]| {
        if numbers.next(4) != 0 {
            object.insert(name.to_owned(), values[numbers.next(values.len())].clone());
        }
    };
    let text = |text: &str| ValueSource::Text(text.to_owned());
    put(numbers, "owner", &[text("self"), text("other"), text("bob")]);
    put(numbers, "tenant", &[text("t0"), text("t1"), text("T 1"), ValueSource::Number(3)]);
    put(numbers, "status", &[text("s0"), text("s1"), ValueSource::Flag(true)]);
    put(numbers, "total", &[ValueSource::Number(1), ValueSource::Number(3), text("1")]);
    Asked {
        roles: roles.into_iter().map(|role| scoped(numbers, role)).collect(),
        permission: format!("{}:{}", NOUNS[numbers.next(2)], VERBS[numbers.next(3)]),
        object: (numbers.next(5) != 0).then_some(object),
        hour: numbers.next(24) as u64,
        signed_in_minutes_ago: (numbers.next(4) != 0).then(|| numbers.next(5) as u64),
    }
}

mod slow {
    use super::*;

    /// `None`: it cannot be told.
    type Told = Option<bool>;

    fn both(a: Told, b: Told) -> Told {
        if a == Some(false) || b == Some(false) { Some(false) } else { Some(a? && b?) }
    }

    fn either(a: Told, b: Told) -> Told {
        both(a.map(|a| !a), b.map(|b| !b)).map(|neither| !neither)
    }

    fn heirs<'s>(source: &'s PolicySource, role: &'s str, seen: &mut BTreeSet<&'s str>) {
        if seen.insert(role) {
            let written = source.roles.iter().find(|(name, _)| name.get_ref() == role);
            for parent in written.map(|(_, role)| role.inherits.as_slice()).unwrap_or_default() {
                heirs(source, parent.get_ref(), seen);
            }
        }
    }

    /// Every role that a role stands for.
    fn stands_for<'s>(source: &'s PolicySource, role: &'s str) -> BTreeSet<&'s str> {
        let mut seen = BTreeSet::new();
        heirs(source, role, &mut seen);
        seen
    }

    fn named(patterns: &[Spanned<String>], permission: &str) -> bool {
        patterns.iter().map(|pattern| pattern.get_ref().as_str()).any(|pattern| {
            pattern == "*"
                || pattern == permission
                || pattern.strip_suffix(":*").is_some_and(|noun| permission.split(':').next() == Some(noun))
        })
    }

    fn in_tenant(asked: &Asked, role: &str) -> Told {
        let Some((_, own)) = role.split_once('@') else { return Some(true) };
        match asked.object.as_ref()?.get("tenant")? {
            ValueSource::Text(tenant) if TENANTS.contains(&tenant.as_str()) => Some(tenant == own),
            _ => None,
        }
    }

    fn condition(asked: &Asked, source: &ConditionsSource) -> Told {
        let attribute = |name: &str| asked.object.as_ref().and_then(|object| object.get(name));
        let mut held = Some(true);
        if let Some(wanted) = source.owner {
            held = both(
                held,
                match attribute("owner") {
                    Some(ValueSource::Text(text)) if text == "self" => Some(wanted),
                    Some(ValueSource::Text(text)) if text == "other" => Some(!wanted),
                    _ => None,
                },
            );
        }
        if let Some(wanted) = source.tenant {
            held = both(
                held,
                match attribute("tenant") {
                    Some(ValueSource::Text(tenant)) if TENANTS.contains(&tenant.as_str()) => {
                        Some(asked.roles.iter().any(|role| role.ends_with(&format!("@{tenant}"))) == wanted)
                    }
                    _ => None,
                },
            );
        }
        for (name, test) in &source.resource {
            held = both(
                held,
                match (test, attribute(name)) {
                    (TestSource::OneOf(values), Some(ValueSource::Text(text))) => {
                        Some(values.iter().any(|value| matches!(value, ValueSource::Text(wanted) if wanted == text)))
                    }
                    (TestSource::Within(bounds), Some(ValueSource::Number(number))) => {
                        let low = bounds.at_least.unwrap_or(i64::MIN);
                        let high = bounds.at_most.unwrap_or(i64::MAX);
                        Some((low..=high).contains(number))
                    }
                    _ => None,
                },
            );
        }
        if let Some(within) = &source.signed_in_within {
            let minutes: u64 = within.trim_end_matches('m').parse().unwrap();
            held = both(held, asked.signed_in_minutes_ago.map(|ago| ago <= minutes));
        }
        if let Some(time) = &source.time {
            let day = (8..18).contains(&asked.hour);
            let night = asked.hour >= 22 || asked.hour < 6;
            held = both(held, Some(if time == "08:00-18:00" { day } else { night }));
        }
        held
    }

    fn applies(source: &PolicySource, asked: &Asked, rule: &RuleSource) -> Told {
        if !named(&rule.permissions, &asked.permission) {
            return Some(false);
        }
        let mut about = Some(rule.roles.is_empty());
        for role in &asked.roles {
            let base = role.split('@').next().unwrap();
            let known = stands_for(source, base);
            if rule.roles.iter().any(|wanted| known.contains(wanted.get_ref().as_str())) {
                about = either(about, in_tenant(asked, role));
            }
        }
        let when = rule.when.as_ref().map_or(Some(true), |when| condition(asked, when.get_ref()));
        let unless = rule.unless.as_ref().map_or(Some(false), |unless| condition(asked, unless.get_ref()));
        both(about, both(when, unless.map(|unless| !unless)))
    }

    pub(super) fn permits(source: &PolicySource, asked: &Asked) -> bool {
        if source.deny.iter().any(|rule| applies(source, asked, rule) != Some(false)) {
            return false;
        }
        let by_role = asked.roles.iter().any(|role| {
            let base = role.split('@').next().unwrap();
            let has = stands_for(source, base).into_iter().any(|one| {
                source
                    .roles
                    .iter()
                    .any(|(name, role)| name.get_ref() == one && named(&role.permissions, &asked.permission))
            });
            has && in_tenant(asked, role) == Some(true)
        });
        by_role || source.allow.iter().any(|rule| applies(source, asked, rule) == Some(true))
    }
}

/// 10,000 policies, 100 questions each.
#[test]
fn a_million_questions_are_decided_as_a_slow_reading_of_the_policy_decides_them() {
    let used: Vec<Permission> =
        NOUNS.iter().flat_map(|noun| VERBS.map(|verb| Permission::parse(&format!("{noun}:{verb}")).unwrap())).collect();
    let (mut asked_in_all, mut policies, mut seed) = (0_u32, 0_u32, 0_u64);
    let (mut permitted, mut unclear, mut forbidden) = (0_u32, 0_u32, 0_u32);
    while policies < 10_000 {
        seed += 1;
        let mut numbers = Numbers(seed);
        let source = random_policy(&mut numbers);
        // Rules that can never decide anything make a mistake of some policies; the others are what is asked.
        let Ok(policy) = Policy::compile(&source, &used) else { continue };
        policies += 1;
        for _ in 0..100 {
            let asked = random_question(&mut numbers);
            let roles: Vec<RoleName> = asked.roles.iter().map(|role| RoleName::parse(role).unwrap()).collect();
            let permission = Permission::parse(&asked.permission).unwrap();
            let object = asked.object.clone().map(|attributes| Written { asker: Some(ALICE), attributes });
            let now = Timestamp::from_seconds(1_767_571_200 + asked.hour * 3600);
            let ago = |minutes: u64| now.minus(Duration::from_secs(minutes * 60));
            let who = Asker { id: ALICE, roles: &roles, signed_in_at: asked.signed_in_minutes_ago.map(ago) };
            let on = object.as_ref().map(|object| object as &dyn Attributes);
            let decision = policy.decide(&Question { who, permission: &permission, on, now });
            assert_eq!(
                decision.is_allow(),
                slow::permits(&source, &asked),
                "seed {seed}: {decision:?} {asked:?} {source:#?}"
            );
            asked_in_all += 1;
            match decision {
                Decision::Allow { .. } => permitted += 1,
                Decision::Deny(Reason::Unclear { .. }) => unclear += 1,
                Decision::Deny(Reason::Forbidden { .. }) => forbidden += 1,
                Decision::Deny(_) => {}
            }
        }
    }
    assert_eq!(asked_in_all, 1_000_000);
    // The questions are worth asking only if they come out in every way.
    assert!(permitted > 50_000 && unclear > 20_000 && forbidden > 20_000, "{permitted} {unclear} {forbidden}");
}
