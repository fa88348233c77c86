//! What a policy decides.

use std::time::Duration;

use super::*;

#[test]
fn a_role_has_its_own_the_inherited_and_the_wildcard_permissions_and_no_others() {
    let policy = shop();
    for (role, permission, allowed) in [
        ("customer", "product:read", true),
        ("customer", "product:update", false),
        ("editor", "product:read", true),
        ("editor", "product:delete", true),
        ("editor", "order:refund", false),
        ("clerk", "product:read", false),
        ("stranger", "product:read", false),
    ] {
        assert_eq!(ask(&policy, &[role], permission, None).is_allow(), allowed, "{role} {permission}");
    }
    assert_eq!(denied(&ask(&policy, &[], "product:read", None)), &Reason::NoRolePermits);
    assert_eq!(denied(&ask(&policy, &["editor"], "product:burn", None)), &Reason::NoRolePermits);
}

#[test]
fn a_permission_is_not_the_beginning_of_another_and_a_wildcard_stays_with_its_noun() {
    let used = ["product:update", "product:update-all", "product-draft:update", "order:cancel"];
    let used = used.map(|text| Permission::parse(text).unwrap());
    let text = "[roles.editor]\npermissions = [\"product:update\"]\n[roles.clerk]\npermissions = [\"product:*\"]\n";
    let policy = Policy::read(text, &used).unwrap();
    let allows = |role, permission| ask(&policy, &[role], permission, None).is_allow();
    assert!(allows("editor", "product:update") && !allows("editor", "product:update-all"));
    assert!(allows("clerk", "product:update") && allows("clerk", "product:update-all"));
    assert!(!allows("clerk", "product-draft:update") && !allows("clerk", "order:cancel"));
}

#[test]
fn a_customer_reads_their_own_order_and_nobody_elses() {
    let policy = shop();
    assert_eq!(by(&ask(&policy, &["customer"], "order:read", Some("owner = \"self\""))), "the rule \"own-orders\"");
    let other = ask(&policy, &["customer"], "order:read", Some("owner = \"other\""));
    assert_eq!(denied(&other), &Reason::Unmet { rule: "own-orders".into() });
    // What the object does not tell is not taken for granted.
    let untold = ask(&policy, &["customer"], "order:read", Some("status = \"paid\""));
    assert!(matches!(denied(&untold), Reason::Unclear { why: Unknown::NoAttribute(name), .. } if name == "owner"));
    // An heir of the role is one that the rule is about.
    assert!(ask(&policy, &["editor"], "order:read", Some("owner = \"self\"")).is_allow());
    // Without the object it is not known yet.
    assert!(matches!(denied(&ask(&policy, &["customer"], "order:read", None)), Reason::NeedsObject { .. }));
    // A role without conditions needs none.
    assert_eq!(by(&ask(&policy, &["clerk", "customer"], "order:read", None)), "the role clerk");
}

#[test]
fn every_condition_of_a_rule_has_to_hold() {
    let policy = shop();
    let cancel = |object| ask(&policy, &["customer"], "order:cancel", Some(object)).is_allow();
    assert!(cancel("owner = \"self\", status = \"paid\", total = 100, locked = false"));
    assert!(!cancel("owner = \"other\", status = \"paid\", total = 100, locked = false"));
    assert!(!cancel("owner = \"self\", status = \"sent\", total = 100, locked = false"));
    assert!(!cancel("owner = \"self\", status = \"paid\", total = 101, locked = false"));
    assert!(!cancel("owner = \"self\", status = \"paid\", total = \"100\", locked = false"));
    assert!(!cancel("owner = \"self\", status = \"paid\", locked = false"));
    assert!(!cancel("owner = \"self\", status = 1, total = 100, locked = false"));
}

#[test]
fn a_deny_rule_wins_over_whatever_permits_and_so_does_one_that_cannot_be_told() {
    let policy = shop();
    let clerk = |object| ask(&policy, &["clerk"], "order:cancel", object);
    assert!(clerk(Some("locked = false")).is_allow());
    assert_eq!(denied(&clerk(Some("locked = true"))), &Reason::Forbidden { rule: "locked".into() });
    assert!(matches!(denied(&clerk(Some("total = 1"))), Reason::Unclear { why: Unknown::NoAttribute(_), .. }));
    assert!(matches!(denied(&clerk(Some("locked = 1"))), Reason::Unclear { why: Unknown::OtherKind(_), .. }));
    assert!(matches!(denied(&clerk(None)), Reason::NeedsObject { .. }));
}

const FOUR_EYES: &str = r#"
[roles.clerk]
permissions = ["order:read", "order:refund"]

[[deny]]
name = "four-eyes"
permissions = ["order:refund"]
when.owner = true

[[deny]]
name = "not-in-the-own-tenant"
permissions = ["order:read"]
when.tenant = true
"#;

#[test]
fn nobody_refunds_their_own_order_whose_owner_is_written_as_a_name() {
    let policy = Policy::read(FOUR_EYES, &used()).unwrap();
    let refund = |object: &str| ask(&policy, &["clerk"], "order:refund", Some(object));
    assert!(refund("owner = \"other\"").is_allow());
    assert!(refund(&format!("owner = \"{}\"", SubjectId::from_bytes([9; 16]))).is_allow());
    let own = Reason::Forbidden { rule: "four-eyes".into() };
    for spelling in [ALICE.to_string(), ALICE.to_string().to_uppercase(), ALICE.to_string().replace('-', "")] {
        assert_eq!(denied(&refund(&format!("owner = \"{spelling}\""))), &own, "{spelling}");
    }
    for name in ["\"alice\"", "\"\"", "\"alice@example.org\"", "7", "true"] {
        let object = format!("owner = {name}");
        let decision = refund(&object);
        let told = matches!(denied(&decision), Reason::Unclear { why: Unknown::OtherKind(of), .. } if of == "owner");
        assert!(told, "{name}: {decision:?}");
        assert!(object_of(&object).check().unwrap_err().contains("the id of a user"), "{name}");
    }
}

#[test]
fn nobody_passes_a_rule_about_tenants_by_a_tenant_that_no_role_can_name() {
    let policy = Policy::read(FOUR_EYES, &used()).unwrap();
    let read = |roles: &[&str], object: &str| ask(&policy, roles, "order:read", Some(object));
    assert!(read(&["clerk"], "tenant = \"acme\"").is_allow());
    let own = read(&["clerk", "clerk@acme"], "tenant = \"acme\"");
    assert_eq!(denied(&own), &Reason::Forbidden { rule: "not-in-the-own-tenant".into() });
    for tenant in ["\"ACME\"", "\"acme \"", "\"\"", "\"acme@x\"", "7", "false"] {
        let object = format!("tenant = {tenant}");
        let decision = read(&["clerk", "clerk@acme"], &object);
        let told = matches!(denied(&decision), Reason::Unclear { why: Unknown::OtherKind(of), .. } if of == "tenant");
        assert!(told, "{tenant}: {decision:?}");
        assert!(object_of(&object).check().is_err(), "{tenant}");
    }
}

#[test]
fn a_deny_rule_about_fresh_sign_ins_holds_for_one_of_the_future_too() {
    let text = "[roles.clerk]\npermissions = [\"order:refund\"]\n[[deny]]\nname = \"cooling-off\"\n\
                permissions = [\"order:refund\"]\nwhen.signed_in_within = \"1h\"\n";
    let policy = Policy::read(text, &used()).unwrap();
    let refund = |at: Timestamp| ask_at(&policy, &["clerk"], "order:refund", None, noon(), Some(at)).is_allow();
    assert!(refund(noon().minus(Duration::from_secs(3601))));
    for ahead in [0, 5, 60, 86_400] {
        assert!(!refund(noon().plus(Duration::from_secs(ahead))), "{ahead} s");
    }
}

#[test]
fn a_deny_rule_is_about_those_who_hold_its_role_whatever_else_they_hold() {
    let policy = shop();
    let night = noon().plus(Duration::from_secs(10 * 3600));
    let saturday = noon().plus(Duration::from_secs(5 * 86_400));
    let update = |roles: &[&str], now| ask_at(&policy, roles, "product:update", None, now, Some(now)).is_allow();
    assert!(update(&["editor"], night) && update(&["editor", "contractor"], noon()));
    assert!(!update(&["editor", "contractor"], night) && !update(&["editor", "contractor"], saturday));
}

#[test]
fn a_sign_in_that_is_too_old_is_told_from_never() {
    let policy = shop();
    let ago = |minutes: u64| Some(noon().minus(Duration::from_secs(minutes * 60)));
    let refund = |roles: &[&str], at| ask_at(&policy, roles, "order:refund", None, noon(), at);
    assert!(refund(&["clerk"], ago(15)).is_allow());
    let within = Duration::from_secs(900);
    assert_eq!(denied(&refund(&["clerk"], ago(16))), &Reason::SignInAgain { within });
    // Somebody whom a fresh sign-in would not help is not asked for one.
    assert_eq!(denied(&refund(&["customer"], ago(16))), &Reason::NoRolePermits);
    assert!(matches!(denied(&refund(&["clerk"], None)), Reason::Unclear { why: Unknown::NoSignIn, .. }));
    // A sign-in of the future is a broken clock.
    let future = Some(noon().plus(Duration::from_secs(3600)));
    assert!(!refund(&["clerk"], future).is_allow());
}

#[test]
fn a_role_in_one_tenant_reaches_no_other_and_nothing_without_a_tenant() {
    let policy = shop();
    let update = |roles: &[&str], object| ask(&policy, roles, "product:update", object);
    assert_eq!(by(&update(&["editor@acme"], Some("tenant = \"acme\""))), "the role editor@acme");
    assert!(!update(&["editor@acme"], Some("tenant = \"globex\"")).is_allow());
    assert!(!update(&["editor@acme"], Some("tenant = \"acme-2\"")).is_allow());
    assert!(!update(&["editor@acme"], Some("tenant = 7")).is_allow());
    assert!(!update(&["editor@acme"], Some("name = \"acme\"")).is_allow());
    assert!(matches!(denied(&update(&["editor@acme"], None)), Reason::NeedsObject { .. }));
    assert!(update(&["editor@acme", "editor@globex"], Some("tenant = \"globex\"")).is_allow());
    assert!(update(&["editor"], Some("tenant = \"globex\"")).is_allow());
    // A rule about a role that is held in one tenant is about that tenant alone.
    let night = noon().plus(Duration::from_secs(10 * 3600));
    let at_night = |object| {
        ask_at(&policy, &["editor", "contractor@acme"], "product:update", Some(object), night, Some(night)).is_allow()
    };
    assert!(at_night("tenant = \"globex\"") && !at_night("tenant = \"acme\""));
}

#[test]
fn the_objects_tenant_can_be_asked_for() {
    let text = "
        [roles.member]\npermissions = [\"note:read\"]
        [[deny]]\nname = \"other-tenants\"\npermissions = [\"note:read\"]\nunless.tenant = true\n";
    let policy = Policy::read(text, &[Permission::parse("note:read").unwrap()]).unwrap();
    let read = |roles: &[&str], object| ask(&policy, roles, "note:read", Some(object)).is_allow();
    assert!(read(&["member@acme"], "tenant = \"acme\""));
    assert!(!read(&["member@acme"], "tenant = \"globex\""));
    // Even a role that is held everywhere reads nothing of a tenant that its holder is not in.
    assert!(!read(&["member"], "tenant = \"acme\"") && read(&["member", "member@acme"], "tenant = \"acme\""));
}

#[test]
fn an_explanation_names_what_decided_and_what_would_change_it() {
    let policy = shop();
    let explain = |roles: &[&str], permission: &str, object: Option<&str>| {
        let roles: Vec<RoleName> = roles.iter().map(|role| RoleName::parse(role).unwrap()).collect();
        let permission = Permission::parse(permission).unwrap();
        let object = object.map(object_of);
        let on = object.as_ref().map(|object| object as &dyn Attributes);
        let who = Asker { id: ALICE, roles: &roles, signed_in_at: Some(noon()) };
        let explanation = policy.explain(&Question { who, permission: &permission, on, now: noon() });
        explanation.changes.join("\n")
    };
    let has = |text: String, part: &str| assert!(text.contains(part), "{part} in {text}");
    has(explain(&["customer"], "product:update", None), "With one of these roles it would be permitted: editor.");
    has(explain(&["editor"], "product:update", None), "Without the role editor it would be denied.");
    has(
        explain(&["customer"], "order:cancel", Some("owner = \"self\", status = \"sent\", total = 1, locked = false")),
        "The rule \"cancel-own\" would have to apply; it permits when the object is the caller's own, and the object's status \
         is \"placed\" or \"paid\"",
    );
    has(
        explain(&["clerk"], "order:cancel", Some("locked = true")),
        "The rule \"locked\" would have to not apply; it forbids when the object's locked is true.",
    );
    has(
        explain(&[], "order:read", None),
        "The rule \"own-orders\" permits it to customer or editor when the object is",
    );
    has(explain(&["editor"], "product:burn", None), "No role of this policy permits product:burn");
}

#[test]
fn a_diff_tells_who_gains_and_who_loses() {
    let changed = SHOP
        .replace("permissions = [\"order:read\", \"order:cancel\"]", "permissions = [\"order:read\", \"product:read\"]")
        .replace("\"placed\", \"paid\"", "\"placed\"");
    let after = Policy::read(&changed, &used()).unwrap();
    let lines: Vec<String> = shop()
        .changes_to(&after)
        .iter()
        .map(|change| format!("{} {}: {} → {}", change.role, change.permission, change.before, change.after))
        .collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert_eq!(lines[0], "clerk order:cancel: by clerk; never when the object's locked is true (\"locked\") → no");
    assert_eq!(lines[1], "clerk product:read: no → yes, by clerk");
    assert!(lines[2].starts_with("customer order:cancel: when the object is the caller's own, and"), "{lines:#?}");
    assert!(lines[3].starts_with("editor order:cancel:"));
    assert_eq!(shop().changes_to(&shop()), []);
}

#[test]
fn a_policys_own_cases_are_run_and_say_what_came_out_instead() {
    let text = r#"
[[case]]
name = "a customer cancels their own order"
roles = ["customer"]
action = "order:cancel"
resource = { owner = "self", status = "paid", total = 5, locked = false }
expect = "allow"
by = "cancel-own"

[[case]]
name = "and not that of another"
roles = ["customer"]
action = "order:cancel"
resource = { owner = "other", status = "paid", total = 5, locked = false }
expect = "allow"

[[case]]
name = "a clerk signs in again for a refund"
roles = ["clerk"]
action = "order:refund"
signed_in = "1h"
expect = "deny"
"#;
    let cases = Cases::parse(text).unwrap();
    let outcomes = cases.run(&shop(), text);
    let wrong: Vec<_> = outcomes.iter().map(|outcome| outcome.wrong.is_some()).collect();
    assert_eq!(wrong, [false, true, false], "{outcomes:#?}");
    assert_eq!(outcomes[1].line, 10);
    let misspelt = text.replace("owner = \"self\"", "owner = \"slef\"");
    let outcomes_of_misspelt = Cases::parse(&misspelt).unwrap().run(&shop(), &misspelt);
    let wrong = outcomes_of_misspelt[0].wrong.as_ref().unwrap();
    assert!(wrong.starts_with("resource.owner: \"slef\" is not an owner: write self, other"), "{wrong}");
    assert!(outcomes[1].wrong.as_ref().unwrap().starts_with("it was denied: \"cancel-own\" would permit it"));
    assert_eq!(Cases::parse("[[case]]\nname = \"x\"\naction = \"a:b\"\nexpect = \"maybe\"").unwrap_err().line, 4);
}
