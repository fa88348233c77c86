//! Rules with `engine = true`, beside roles and deny rules.

use super::*;

const POLICY: &str = r#"
[roles.customer]

[roles.clerk]
permissions = ["order:cancel"]

[[allow]]
name = "cancel-by-cedar"
roles = ["customer"]
permissions = ["order:cancel"]
when.engine = true

[[deny]]
name = "refunds-by-cedar"
permissions = ["order:refund"]
when.engine = true

[[allow]]
name = "refund"
roles = ["customer"]
permissions = ["order:refund"]
when.signed_in_within = "1h"

[[deny]]
name = "locked"
permissions = ["order:cancel"]
when.resource.locked = true
"#;

const CEDAR: &str = "
permit(principal, action == Action::\"order:cancel\", resource) when { resource.owner == principal };
permit(principal, action == Action::\"order:refund\", resource) when { resource.total > 100 };
";

fn policy() -> Policy {
    let used = ["order:cancel", "order:refund"].map(permission);
    Policy::read_for_engine(POLICY, &used).unwrap().with_engine(Arc::new(cedar(CEDAR)))
}

fn decide(policy: &Policy, held: &[&str], what: &str, on: Option<&Object>) -> Decision {
    let held = roles(held);
    let who = Asker { id: ALICE, roles: &held, signed_in_at: Some(noon()) };
    let on = on.map(|object| object as &dyn Attributes);
    policy.decide(&Question { who, permission: &permission(what), on, now: noon() })
}

fn denied(decision: Decision) -> Reason {
    match decision {
        Decision::Deny(reason) => reason,
        allow @ Decision::Allow { .. } => panic!("{allow:?}"),
    }
}

#[test]
fn a_rule_left_to_cedar_decides_together_with_roles_and_deny_rules() {
    let policy = policy();
    let order = |owner, locked: bool| object().with("owner", owner).with("locked", locked);
    let cancel = |held: &[&str], order: Object| decide(&policy, held, "order:cancel", Some(&order));
    assert!(cancel(&["customer"], order(ALICE, false)).is_allow());
    assert_eq!(denied(cancel(&["customer"], order(BOB, false))), Reason::Unmet { rule: "cancel-by-cedar".into() });
    // A role needs no word of Cedar's, and Cedar's is not enough without a role that the rule is about.
    assert!(cancel(&["clerk"], order(BOB, false)).is_allow());
    assert_eq!(denied(cancel(&[], order(ALICE, false))), Reason::NoRolePermits);
    // And a deny rule wins over what Cedar permits.
    assert_eq!(denied(cancel(&["customer"], order(ALICE, true))), Reason::Forbidden { rule: "locked".into() });
    assert!(matches!(denied(decide(&policy, &["customer"], "order:cancel", None)), Reason::NeedsObject { .. }));
}

#[test]
fn what_cedar_cannot_tell_permits_nothing_and_a_deny_rule_applies_then() {
    let policy = policy();
    let untold = object().with("locked", false);
    let reason = denied(decide(&policy, &["customer"], "order:cancel", Some(&untold)));
    assert!(
        matches!(&reason, Reason::Unclear { rule, why: Unknown::Engine(_) } if &**rule == "cancel-by-cedar"),
        "{reason}"
    );
    assert!(reason.to_string().contains("owner"), "{reason}");
    // The deny rule: Cedar says no, so it does not apply; yes, so it does; nothing, so it does.
    let refund = |order: Object| decide(&policy, &["customer"], "order:refund", Some(&order));
    assert!(refund(object().with("total", 100_i64)).is_allow());
    assert_eq!(denied(refund(object().with("total", 101_i64))), Reason::Forbidden { rule: "refunds-by-cedar".into() });
    let reason = denied(refund(object()));
    assert!(matches!(&reason, Reason::Unclear { rule, .. } if &**rule == "refunds-by-cedar"), "{reason}");
    assert!(matches!(denied(decide(&policy, &["customer"], "order:refund", None)), Reason::NeedsObject { .. }));
}

#[test]
fn a_route_that_decides_at_the_door_is_not_mounted_under_a_rule_for_which_cedar_has_to_see_the_object() {
    let live = LivePolicy::from(policy());
    let demand = |on| Demand { place: "POST /refunds".to_owned(), permission: permission("order:refund"), on };
    let unfit = live.demand(demand(None)).unwrap_err().to_string();
    assert!(
        unfit.contains("the rule \"refunds-by-cedar\" decides that by the object's attributes (by the policy engine)"),
        "{unfit}"
    );
    assert!(live.demand(demand(Some(("order", &["total"])))).is_ok());
    // Where Cedar looks at who asks alone, there is nothing to see.
    let who = cedar(
        "permit(principal, action == Action::\"order:refund\", resource) when { principal.roles.contains(\"customer\") };",
    );
    let text = "[roles.customer]\n[[allow]]\nname = \"r\"\nroles = [\"customer\"]\npermissions = [\"order:refund\"]\nwhen.engine = true\n";
    let policy = Policy::read_for_engine(text, &[permission("order:refund")]).unwrap().with_engine(Arc::new(who));
    assert!(LivePolicy::from(policy).demand(demand(None)).is_ok());
}

#[test]
fn another_policy_in_force_has_the_same_engine() {
    let live = LivePolicy::from(policy());
    let own = object().with("owner", ALICE).with("locked", false);
    assert!(decide(&live.now(), &["customer"], "order:cancel", Some(&own)).is_allow());
    live.reload(
        &POLICY.replace(
            "roles = [\"customer\"]\npermissions = [\"order:cancel\"]",
            "roles = [\"clerk\"]\npermissions = [\"order:*\"]",
        ),
        "policy.toml",
    )
    .unwrap();
    assert!(!decide(&live.now(), &["customer"], "order:cancel", Some(&own)).is_allow());
    live.reload(POLICY, "policy.toml").unwrap();
    assert!(decide(&live.now(), &["customer"], "order:cancel", Some(&own)).is_allow());
    let other = object().with("owner", BOB).with("locked", false);
    assert!(!decide(&live.now(), &["customer"], "order:cancel", Some(&other)).is_allow());
}
