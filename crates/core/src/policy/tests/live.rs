//! A policy takes the place of another whole, or not at all.

use std::sync::Arc;
use std::time::Duration;

use super::*;

const ORDER: Option<(&str, &[&str])> = Some(("order", &["owner", "status", "total", "locked"]));

fn demand(permission: &str, on: Option<(&'static str, &'static [&'static str])>) -> Demand {
    Demand { place: format!("POST /{permission}"), permission: Permission::parse(permission).unwrap(), on }
}

#[test]
fn a_route_that_decides_at_the_door_does_not_fit_a_rule_that_wants_to_see_the_object() {
    let live = LivePolicy::from(shop());
    assert!(live.demand(demand("product:update", None)).is_ok());
    assert!(live.demand(demand("order:cancel", ORDER)).is_ok());
    let unfit = live.demand(demand("order:cancel", None)).unwrap_err().to_string();
    assert!(unfit.contains(".on::<Order>()") && unfit.contains("principal.authorize(Cancel, &object)"), "{unfit}");
    let unfit = live.demand(demand("order:cancel", Some(("order", &["owner"])))).unwrap_err().to_string();
    assert!(unfit.contains("asks for the object's status, which it does not tell: it has owner"), "{unfit}");
    let unfit = live.demand(demand("order:cancel", Some(("product", &["owner"])))).unwrap_err();
    assert!(matches!(unfit, Unfit::Noun { .. }));
    assert!(matches!(live.demand(demand("order:burn", None)).unwrap_err(), Unfit::Unknown { .. }));
}

#[test]
fn a_policy_with_any_mistake_leaves_the_one_in_force_as_it_was() {
    let live = LivePolicy::from(shop());
    let place = live.demand(demand("product:update", None)).unwrap();
    let may = || ask(&live.now(), &["editor"], "product:update", None).is_allow();
    let error = live.reload(&SHOP.replace("[roles.clerk]", "[roles.Clerk]"), "policy.toml").unwrap_err();
    assert!(error.starts_with("policy.toml:9: [roles]: \"Clerk\" is not a role name"), "{error}");
    assert!(may());
    // It reads well and does not fit a route: the same.
    let owners = format!("{SHOP}\n[[deny]]\nname = \"own\"\npermissions = [\"product:update\"]\nwhen.owner = true\n");
    let error = live.reload(&owners, "policy.toml").unwrap_err();
    assert!(error.contains("POST /product:update requires \"product:update\", and the rule \"own\""), "{error}");
    assert!(may());
    // And one that is right is in force at once, with the permissions of routes in the same places.
    let less = SHOP
        .replace("[\"product:*\"]", "[\"product:delete\"]")
        .replace("\"order:cancel\"]\n\n[roles.con", "\"order:cancel\", \"product:update\"]\n\n[roles.con");
    live.reload(&less, "policy.toml").unwrap();
    assert!(!may());
    assert_eq!(live.now().permission(&Permission::parse("product:update").unwrap()), Some(place));
    assert_eq!(live.now().max_staleness(&Permission::parse("order:read").unwrap()), Some(Duration::from_secs(1)));
}

#[test]
fn a_policy_for_other_routes_is_not_taken() {
    let live = LivePolicy::from(shop());
    live.demand(demand("product:update", None)).unwrap();
    let text = "[roles.editor]\npermissions = [\"product:update\", \"a:b\"]\n";
    let other = Policy::read(text, &["a:b", "product:update"].map(|text| Permission::parse(text).unwrap())).unwrap();
    assert!(matches!(live.replace(Arc::new(other)).unwrap_err().as_slice(), [Unfit::OtherRoutes { .. }]));
}
