//! What is wrong with a policy is said with its line and its remedy.

use super::*;

/// The mistakes of a policy, as compilers write them.
fn mistakes(text: &str) -> String {
    match Policy::read(text, &used()) {
        Ok(_) => panic!("nothing wrong with {text}"),
        Err(errors) => errors.in_file("policy.toml"),
    }
}

fn says(text: &str, parts: &[&str]) {
    let found = mistakes(text);
    for part in parts {
        assert!(found.contains(part), "{part} in\n{found}");
    }
}

#[test]
fn every_mistake_is_named_with_its_line_and_its_remedy() {
    says(
        "[roles.a]\ninherits = [\"b\"]\npermissions = [\"Product:update\"]\n[roles.b]\ninherits = [\"a\"]\n[roles.c]\n\
         inherits = [\"ghost\"]\npermissions = [\"*:read\"]\n[roles.Big]\n[roles.\"a@b\"]\n",
        &[
            "policy.toml:3: [roles.a] permissions: \"Product:update\" is not a permission",
            "policy.toml:8: [roles.c] permissions: \"*:read\" is not a permission",
            "policy.toml:7: [roles.c] inherits \"ghost\", which is not a role of this policy: add [roles.ghost]",
            "policy.toml:5: [roles.a] inherits itself through a → b",
            "policy.toml:9: [roles]: \"Big\" is not a role name",
            "policy.toml:10: [roles]: \"a@b\" is not a role name",
        ],
    );
    says("[roles.a]\npermission = []\n", &["policy.toml:2: unknown field `permission`"]);
    says("[roles.a\n", &["policy.toml:1:"]);
}

#[test]
fn a_longer_circle_is_found_and_told_once_for_each_of_its_roles() {
    let found =
        mistakes("[roles.a]\ninherits = [\"b\"]\n[roles.b]\ninherits = [\"c\"]\n[roles.c]\ninherits = [\"a\"]\n");
    assert_eq!(found.lines().count(), 3, "{found}");
    assert!(found.contains("inherits itself through a → b → c"));
}

#[test]
fn a_permission_that_no_route_requires_is_a_mistake_unless_it_is_said_who_asks_for_it() {
    says(
        "[roles.a]\npermissions = [\"product:updaet\", \"invoice:*\"]\n[permissions.\"order:burn\"]\n",
        &[
            "policy.toml:2: [roles.a] permissions: no route requires product:updaet: correct its spelling, or say",
            "policy.toml:2: [roles.a] permissions: no route requires a permission of invoice",
            "policy.toml:3: [permissions.\"order:burn\"]: no route requires it",
        ],
    );
    let text = "[roles.a]\npermissions = [\"invoice:*\"]\n[permissions.\"invoice:pay\"]\nused_by = \"billing\"\n";
    let policy = Policy::read(text, &used()).unwrap();
    assert!(ask(&policy, &["a"], "invoice:pay", None).is_allow());
}

#[test]
fn a_rule_that_can_never_decide_anything_is_a_mistake() {
    says(
        "[roles.a]\npermissions = [\"order:read\"]\n[[allow]]\nname = \"vain\"\nroles = [\"a\"]\n\
         permissions = [\"order:read\"]\nwhen.owner = true\n",
        &["policy.toml:4: [[allow]] \"vain\": it can never decide anything: those roles have the permissions already"],
    );
    says(
        "[roles.a]\n[[deny]]\nname = \"vain\"\npermissions = [\"order:read\"]\n",
        &["policy.toml:3: [[deny]] \"vain\": it can never decide anything: no role permits what it forbids"],
    );
    says(
        "[roles.a]\npermissions = [\"order:read\"]\n[[deny]]\nname = \"all\"\npermissions = [\"order:read\"]\n",
        &["[roles.a] permissions: order:read can never be permitted: a deny rule without conditions forbids it"],
    );
    says(
        "[roles.a]\n[[allow]]\nname = \"vain\"\nroles = [\"a\"]\npermissions = [\"order:read\"]\nwhen.owner = true\n\
         [[deny]]\nname = \"all\"\npermissions = [\"order:*\"]\n",
        &["[[allow]] \"vain\": it can never permit anything"],
    );
}

#[test]
fn a_condition_that_is_none_is_named() {
    let rule = |when: &str| {
        format!(
            "[roles.a]\n[[allow]]\nname = \"r\"\nroles = [\"a\"]\npermissions = [\"order:read\"]\nwhen = {{ {when} }}\n"
        )
    };
    for (when, part) in [
        ("time = \"8-18\"", "when.time: \"8-18\" is not a time of the day: write it as in 08:00-18:00"),
        ("days = [\"monday\"]", "when.days: \"monday\" is not a day"),
        ("zone = \"KST\", time = \"08:00-18:00\"", "when.zone: \"KST\" is not an offset from UTC"),
        ("zone = \"+09:00\", owner = true", "when.zone: there is no time"),
        ("signed_in_within = \"soon\"", "when.signed_in_within: \"soon\" is not a duration"),
        ("from = \"tomorrow\"", "when.from: \"tomorrow\" is not a point in time"),
        ("from = \"2026-02-01T00:00:00Z\", until = \"2026-01-01T00:00:00Z\"", "when.until: it is not after from"),
        ("resource.status = []", "when.resource.status: the list is empty"),
        ("resource.total = { at_least = 3, at_most = 2 }", "when.resource.total: at_most is less than at_least"),
        ("resource.owner = \"x\"", "when.resource.owner: write owner = true"),
        ("", "when.there is no condition in it"),
        ("engine = true", "\"r\" has engine = true, and there is no policy engine here"),
        ("ower = true", "unknown field `ower`"),
    ] {
        says(&rule(when), &[part, "policy.toml:"]);
    }
}

#[test]
fn a_rule_has_a_name_a_role_a_permission_and_a_condition() {
    says(
        "[roles.a]\npermissions = [\"order:read\"]\n[[allow]]\nname = \"\"\nroles = [\"b\"]\npermissions = []\n\
         [[deny]]\nname = \"x\"\npermissions = [\"order:read\"]\nroles = [\"a\"]\n\
         [[deny]]\nname = \"x\"\npermissions = [\"order:read\"]\nwhen.owner = true\n",
        &[
            "policy.toml:4: [[allow]] \"\": name it",
            "it names no permission",
            "policy.toml:5: [[allow]] \"\": \"b\" is not a role of this policy: add [roles.b]",
            "it has no condition: give the permissions to the roles themselves",
            "policy.toml:12: [[deny]] \"x\": there is another rule of this name",
        ],
    );
}
