//! What Cedar answers, where it cannot, and what it is not asked at all.

use super::*;

#[test]
fn nothing_is_permitted_that_no_policy_permits_and_forbid_wins() {
    let none = cedar("forbid(principal, action, resource) when { context.now < 0 };");
    assert_eq!(ask(&none, &["admin"], "order:read", None), Ok(false));
    // Whichever of the two is about the action alone.
    let permits =
        ["permit(principal, action, resource);", "permit(principal, action == Action::\"order:read\", resource);"];
    let forbids = [
        "forbid(principal, action, resource) when { resource.locked };",
        "forbid(principal, action == Action::\"order:read\", resource) when { resource.locked };",
    ];
    for (permit, forbid) in permits.into_iter().flat_map(|permit| forbids.map(|forbid| (permit, forbid))) {
        let both = cedar(&format!("{permit}\n{forbid}"));
        let read = |locked: bool| ask(&both, &[], "order:read", Some(&object().with("locked", locked)));
        assert_eq!((read(false), read(true)), (Ok(true), Ok(false)), "{permit} {forbid}");
    }
}

#[test]
fn a_policy_that_fails_takes_the_whole_answer_with_it() {
    let permit = "permit(principal, action, resource);";
    for action in ["action", "action == Action::\"order:read\""] {
        for effect in ["permit", "forbid"] {
            let failing =
                format!("@id(\"late\")\n{effect}(principal, {action}, resource) when {{ resource.due > 3 }};");
            for text in [format!("{permit}\n{failing}"), format!("{failing}\n{permit}")] {
                let answer = ask(&cedar(&text), &[], "order:read", Some(&object()));
                fails(answer, "the Cedar policy \"late\": ");
            }
        }
    }
    // All of them are told, those without a name by their lines.
    let two = cedar(
        "permit(principal, action, resource)\nwhen { principal.rank > 3 };\n\n\npermit(principal, action, resource) when { context.ip > 3 };",
    );
    fails(ask(&two, &[], "order:read", None), "policy \"policy0, line 1\": ");
    fails(ask(&two, &[], "order:read", None), "; the Cedar policy \"policy1, line 5\": ");
    // An overflow is an error as well, and no large number.
    let sum = when("resource.total + 1 > 0");
    fails(ask(&sum, &[], "order:read", Some(&object().with("total", i64::MAX))), "overflow");
    // What is about another action is not looked at.
    let other =
        cedar(&format!("{permit} permit(principal, action == Action::\"a:b\", resource) when {{ context.ip > 3 }};"));
    assert_eq!(ask(&other, &[], "order:read", None), Ok(true));
    fails(ask(&other, &[], "a:b", None), "ip");
}

#[test]
fn the_object_is_needed_where_policies_look_at_it_and_nowhere_else() {
    let mixed = cedar(
        "permit(principal, action == Action::\"order:list\", resource);
         permit(principal, action == Action::\"order:read\", resource) when { resource.owner == principal };
         permit(principal, action == Action::\"order:find\", resource) when { resource has owner };",
    );
    assert_eq!(ask(&mixed, &[], "order:list", None), Ok(true));
    assert_eq!(ask(&mixed, &[], "order:read", None), Err(Unknown::NeedsObject));
    assert_eq!(ask(&mixed, &[], "order:find", None), Err(Unknown::NeedsObject));
    assert_eq!(ask(&mixed, &[], "order:burn", None), Ok(false));
    let everywhere = when("principal.roles.contains(\"admin\") || resource.public");
    assert_eq!(ask(&everywhere, &["admin"], "order:burn", None), Err(Unknown::NeedsObject));
}

#[test]
fn the_object_is_asked_for_what_the_policies_name_and_an_attribute_that_it_does_not_tell_is_absent() {
    let two = cedar(
        "permit(principal, action == Action::\"order:read\", resource) when { resource has status && resource.status == \"paid\" };
         permit(principal, action, resource) when { resource has owner && resource.owner == principal };
         permit(principal, action == Action::\"order:burn\", resource) when { resource.total == 3 };",
    );
    let order = object().with("owner", BOB).with("total", 3_i64).with("secret", "x");
    assert_eq!(ask(&two, &[], "order:read", Some(&order)), Ok(false));
    assert_eq!(*order.asked.borrow(), ["owner", "status"]);
    order.asked.borrow_mut().clear();
    assert_eq!(ask(&two, &[], "order:list", Some(&order)), Ok(false));
    assert_eq!(*order.asked.borrow(), ["owner"]);
    // An object is not asked anything by policies that do not look at it.
    order.asked.borrow_mut().clear();
    assert_eq!(ask(&when("context.now > 3"), &[], "order:read", Some(&order)), Ok(true));
    assert!(order.asked.borrow().is_empty());
}

#[test]
fn mistakes_are_sentences_with_their_lines() {
    let mistakes = [
        ("permit(principal, action, resource)\nwhen { resource.x == };", "line 2: "),
        ("permit(principal, action, resource);\n\nallow(principal, action, resource);", "line 3: "),
        ("permit(principal, action, resource)", "line 1: "),
        ("", "there is no Cedar policy in it"),
        ("// permit(principal, action, resource);", "there is no Cedar policy in it"),
        ("\npermit(principal == ?principal, action, resource);", "line 2: this is a template"),
        (
            "permit(principal, action, resource);\npermit(principal, action == Action::\"cancel\", resource);",
            "line 2: Action::\"cancel\" is never asked: an action is a permission",
        ),
        (
            "permit(principal, action == Shop::Action::\"a:b\", resource);",
            "line 1: Shop::Action::\"a:b\" is never asked",
        ),
        ("permit(principal, action in [Action::\"a:b\", Action::\"c\"], resource);", "Action::\"c\" is never asked"),
        (
            "@id(\"a\") permit(principal, action, resource);\n@id(\"a\") forbid(principal, action, resource);",
            "line 2: there is another policy with @id(\"a\")",
        ),
        ("permit(principal, action, resource) when { nobody(3) };", "line 1: "),
    ];
    for (text, sentence) in mistakes {
        let error = Cedar::read(text).unwrap_err().to_string();
        assert!(error.contains(sentence), "{text}\n{error}");
    }
    let several = "permit(principal, action, resource) when { nobody(3) };\npermit(principal, action, resource) when { anybody(3) };";
    assert_eq!(Cedar::read(several).unwrap_err().0.0.len(), 2);
}
