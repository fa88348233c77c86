//! What Cedar is told: who asks, what for, about what, and when.

use super::*;

#[test]
fn the_owner_is_compared_with_the_principal_also_where_the_object_keeps_an_id_as_text() {
    let own = when("resource.owner == principal");
    let read = |object: Object| ask(&own, &[], "order:read", Some(&object));
    assert_eq!(read(object().with("owner", ALICE)), Ok(true));
    assert_eq!(read(object().with("owner", BOB)), Ok(false));
    assert_eq!(read(object().with("owner", ALICE.to_string())), Ok(true));
    assert_eq!(read(object().with("owner", ALICE.to_string().to_uppercase())), Ok(true));
    // Another attribute of the same text stays a text.
    let text = when(&format!("resource.ref == \"{ALICE}\""));
    assert_eq!(ask(&text, &[], "order:read", Some(&object().with("ref", ALICE.to_string()))), Ok(true));
}

#[test]
fn a_value_of_another_kind_than_it_is_compared_with_is_neither_equal_nor_unequal() {
    let four_eyes = cedar(
        "permit(principal, action, resource);
         forbid(principal, action, resource) when { resource.owner == principal };",
    );
    for owner in [Value::from("alice"), Value::from(7_i64), Value::from(true)] {
        let answer = ask(&four_eyes, &[], "order:read", Some(&object().with("owner", owner.clone())));
        assert_eq!(answer, Err(Unknown::OtherKind("owner".to_owned())), "{owner}");
    }
    let own = when("!principal.tenants.contains(resource.tenant)");
    for tenant in [Value::from("ACME"), Value::from("a b"), Value::from(7_i64), Value::from(ALICE)] {
        let answer = ask(&own, &["editor@acme"], "order:read", Some(&object().with("tenant", tenant.clone())));
        assert_eq!(answer, Err(Unknown::OtherKind("tenant".to_owned())), "{tenant}");
    }
    for (condition, good, bad) in [
        ("resource.by != principal", Value::from(BOB), Value::from("bob")),
        ("resource.status != \"sent\"", Value::from("paid"), Value::from(3_i64)),
        ("![\"sent\", \"lost\"].contains(resource.status)", Value::from("paid"), Value::from(true)),
        ("!principal.roles.contains(resource.role)", Value::from("clerk"), Value::from(3_i64)),
        ("3 != resource.total", Value::from(4_i64), Value::from("3")),
        ("!(resource.locked == true)", Value::from(false), Value::from("true")),
        ("resource.since != context.now", Value::from(4_i64), Value::from("4")),
        ("resource.by != User::\"x\"", Value::from(BOB), Value::from("bob")),
    ] {
        let policy = when(condition);
        let name =
            ["by", "status", "role", "total", "locked", "since"].into_iter().find(|name| condition.contains(name));
        let told = |value: &Value<'static>| {
            ask(&policy, &[], "order:read", Some(&object().with(name.unwrap(), value.clone())))
        };
        assert_eq!(told(&good), Ok(true), "{condition}");
        assert_eq!(told(&bad), Err(Unknown::OtherKind(name.unwrap().to_owned())), "{condition}");
    }
    // Two attributes of one object.
    let two = when("resource.owner != resource.approver");
    let order = |approver: Value<'static>| object().with("owner", ALICE).with("approver", approver);
    assert_eq!(ask(&two, &[], "order:read", Some(&order(BOB.into()))), Ok(true));
    let as_text = ask(&two, &[], "order:read", Some(&order(ALICE.to_string().into())));
    assert_eq!(as_text, Err(Unknown::OtherKind("owner".to_owned())));
    // A policy that compares with both kinds takes both.
    let both = when("resource.size == 3 || resource.size == \"large\"");
    assert_eq!(ask(&both, &[], "order:read", Some(&object().with("size", "large"))), Ok(true));
    assert_eq!(
        ask(&both, &[], "order:read", Some(&object().with("size", true))),
        Err(Unknown::OtherKind("size".to_owned()))
    );
}

#[test]
fn a_role_without_a_tenant_is_a_parent_and_every_role_is_in_the_set() {
    let parent = when("principal in Role::\"editor\"");
    assert_eq!(ask(&parent, &["customer", "editor"], "order:read", None), Ok(true));
    assert_eq!(ask(&parent, &["editor@acme"], "order:read", None), Ok(false));
    assert_eq!(ask(&parent, &[], "order:read", None), Ok(false));
    // A tenant's role is no parent under its whole name either: it is one for objects of the tenant alone.
    assert_eq!(ask(&when("principal in Role::\"editor@acme\""), &["editor@acme"], "order:read", None), Ok(false));
    let held = when("principal.roles.contains(\"editor@acme\")");
    assert_eq!(ask(&held, &["customer", "editor@acme"], "order:read", None), Ok(true));
    assert_eq!(ask(&held, &["editor"], "order:read", None), Ok(false));
    assert_eq!(ask(&when("principal.roles == [\"a\", \"b@c\"]"), &["b@c", "a"], "order:read", None), Ok(true));
}

#[test]
fn tenants_are_those_of_the_roles() {
    let own = when("principal.tenants.contains(resource.tenant)");
    let read = |held: &[&str], tenant: &'static str| {
        ask(&own, held, "order:read", Some(&object().with("tenant", tenant))).unwrap()
    };
    assert!(read(&["editor@acme"], "acme") && read(&["editor@globex", "clerk@acme"], "acme"));
    assert!(!read(&["editor@acme"], "globex") && !read(&["acme"], "acme") && !read(&[], "acme"));
}

#[test]
fn the_context_tells_the_time_and_the_sign_in_if_that_is_known() {
    let now = when(&format!("context.now == {}", noon().seconds()));
    assert_eq!(ask(&now, &[], "order:read", None), Ok(true));
    let fresh = when("context has signed_in_at && context.now - context.signed_in_at <= 900");
    let signed_in = |at| ask_as(&fresh, Asker { id: ALICE, roles: &[], signed_in_at: at }, "order:read", None);
    assert_eq!(signed_in(Some(noon().minus(Duration::from_secs(900)))), Ok(true));
    assert_eq!(signed_in(Some(noon().minus(Duration::from_secs(901)))), Ok(false));
    assert_eq!(signed_in(None), Ok(false));
    let future = noon().plus(Duration::from_secs(60));
    assert_eq!(signed_in(Some(future)), Err(Unknown::SignInAhead), "a clock is wrong, and this is no fresh sign-in");
    let unguarded = when("context.signed_in_at > 0");
    fails(ask_as(&unguarded, Asker { id: ALICE, roles: &[], signed_in_at: None }, "order:read", None), "signed_in_at");
}

#[test]
fn every_kind_of_value_is_of_its_kind_in_cedar() {
    let all = when("resource.text == \"a\\\"b\" && resource.number == -3 && resource.flag && resource.by == principal");
    let told = object().with("text", "a\"b").with("number", -3_i64).with("flag", true).with("by", ALICE);
    assert_eq!(ask(&all, &[], "order:read", Some(&told)), Ok(true));
    fails(ask(&all, &[], "order:read", Some(&told.with("flag", "true"))), "bool");
}

#[test]
fn an_action_is_a_permission_and_the_type_of_the_resource_is_its_noun() {
    let some = cedar(
        "permit(principal, action == Action::\"order:read\", resource);
         permit(principal, action in [Action::\"order:cancel\", Action::\"order-item:read\", Action::\"order:cancel\"], resource);
         permit(principal, action, resource is Product);",
    );
    for what in ["order:read", "order:cancel", "order-item:read", "product:burn"] {
        assert_eq!(ask(&some, &[], what, None), Ok(true), "{what}");
    }
    assert_eq!(ask(&some, &[], "order:burn", None), Ok(false));
    assert_eq!(ask(&when("resource is OrderItem"), &[], "order-item:read", None), Ok(true));
    assert_eq!(ask(&when("action == Action::\"order:read\""), &[], "order:read", None), Ok(true));
}

#[test]
fn a_noun_that_is_a_type_of_cedars_or_of_ours_or_no_name_at_all_is_no_accident() {
    let kinds = [
        ("user:read", "User"),
        ("role:read", "Role"),
        ("action:read", "Action"),
        ("set:read", "Set"),
        ("bool:read", "Bool"),
        ("if:read", "If"),
        ("__cedar:read", "Cedar"),
        ("2fa:read", "Resource"),
        ("-:read", "Resource"),
        ("_:read", "Resource"),
    ];
    for (what, kind) in kinds {
        let text =
            format!("permit(principal, action == Action::\"{what}\", resource is {kind}) when {{ resource.x == 1 }};");
        assert_eq!(ask(&cedar(&text), &["object"], what, Some(&object().with("x", 1_i64))), Ok(true), "{what}");
        let about = when(&format!("resource is {kind} && resource.x == 1"));
        assert_eq!(ask(&about, &["object"], what, Some(&object().with("x", 1_i64))), Ok(true), "{what}");
        let inside = when("principal in resource || principal == resource");
        assert_eq!(ask(&inside, &["object"], what, None), Ok(false), "{what}");
    }
}
