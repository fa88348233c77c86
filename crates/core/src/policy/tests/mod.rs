//! Policies as they are written, and what they decide.

mod live;
mod mistakes;
mod reference;
mod size;
mod written;

use std::collections::BTreeMap;

use super::*;
use crate::id::SubjectId;
use crate::time::Timestamp;

/// The shop of these tests.
const SHOP: &str = r#"
[roles.customer]
permissions = ["product:read"]

[roles.editor]
inherits = ["customer"]
permissions = ["product:*"]

[roles.clerk]
permissions = ["order:read", "order:cancel"]

[roles.contractor]

[permissions."order:read"]
max_staleness = "1s"

[[allow]]
name = "own-orders"
roles = ["customer"]
permissions = ["order:read"]
when.owner = true

[[allow]]
name = "cancel-own"
roles = ["customer"]
permissions = ["order:cancel"]
when = { owner = true, resource.status = ["placed", "paid"], resource.total = { at_most = 100 } }

[[allow]]
name = "refund-after-sign-in"
roles = ["clerk"]
permissions = ["order:refund"]
when.signed_in_within = "15m"

[[deny]]
name = "contractors-by-day"
roles = ["contractor"]
permissions = ["product:update"]
unless = { time = "08:00-18:00", days = ["mon", "tue", "wed", "thu", "fri"], zone = "+09:00" }

[[deny]]
name = "locked"
permissions = ["order:cancel"]
when.resource.locked = true
"#;

fn used() -> Vec<Permission> {
    ["product:read", "product:update", "product:delete", "order:read", "order:cancel", "order:refund"]
        .map(|text| Permission::parse(text).unwrap())
        .to_vec()
}

fn shop() -> Policy {
    Policy::read(SHOP, &used()).unwrap_or_else(|errors| panic!("{errors}"))
}

const ALICE: SubjectId = SubjectId::from_bytes([7; 16]);

fn noon() -> Timestamp {
    // 2026-01-05T03:00:00Z: a Monday noon at +09:00.
    Timestamp::from_seconds(1_767_582_000)
}

/// Asks as Alice, who has just signed in, at noon.
fn ask(policy: &Policy, roles: &[&str], permission: &str, object: Option<&str>) -> Decision {
    ask_at(policy, roles, permission, object, noon(), Some(noon()))
}

fn ask_at(
    policy: &Policy,
    roles: &[&str],
    permission: &str,
    object: Option<&str>,
    now: Timestamp,
    signed_in_at: Option<Timestamp>,
) -> Decision {
    let roles: Vec<RoleName> = roles.iter().map(|role| RoleName::parse(role).unwrap()).collect();
    let permission = Permission::parse(permission).unwrap();
    let object = object.map(object_of);
    let on = object.as_ref().map(|object| object as &dyn Attributes);
    policy.decide(&Question { who: Asker { id: ALICE, roles: &roles, signed_in_at }, permission: &permission, on, now })
}

/// An object from `owner = "self", total = 3`.
fn object_of(text: &str) -> Written {
    #[derive(serde::Deserialize)]
    struct Wrap {
        o: BTreeMap<String, ValueSource>,
    }
    let Wrap { o } = toml::from_str(&format!("o = {{ {text} }}")).unwrap();
    Written { asker: Some(ALICE), attributes: o }
}

fn denied(decision: &Decision) -> &Reason {
    match decision {
        Decision::Deny(reason) => reason,
        Decision::Allow { by } => panic!("permitted by {by}"),
    }
}

fn by(decision: &Decision) -> String {
    match decision {
        Decision::Allow { by } => by.to_string(),
        Decision::Deny(reason) => panic!("denied: {reason}"),
    }
}
