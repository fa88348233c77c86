//! Sites that were set up with care: whatever is found on them is true, and said here with its reason.

use admit_audit::Recipe;

use crate::flawed::{audit, options, told};
use crate::site::{Site, root};

/// Audits a site of `qa/testbed/clean` by its recipe; what is found has to be `known`, and nothing may break off.
#[track_caller]
fn only_what_is_true_is_found(name: &str, site: &Site, known: &[&str]) {
    let recipe = Recipe::read(&root().join("qa/testbed/clean").join(name).join("recipe.toml")).expect("its recipe");
    let report = audit(&site.url, recipe, &options());
    assert_eq!(report.found(), known, "{name}\n{}", told(&report));
    assert!(report.ended.is_none(), "{:?}", report.ended);
    assert!(report.left_behind.is_empty(), "{:?}", report.left_behind);
}

#[test]
fn of_the_admin_of_django_only_what_is_true_is_found() {
    let site = Site::python("clean/django-admin/serve.py", &[]);
    // Django counts no tries; its documentation leaves that to the web server.
    only_what_is_true_is_found("django-admin", &site, &["login-brute-force"]);
}

#[test]
fn of_a_site_with_tokens_as_rails_makes_them_only_what_is_true_is_found() {
    let site = Site::python("clean/rails-like/serve.py", &[]);
    // The cookie is called _shop_session, as Rails would call it.
    only_what_is_true_is_found("rails-like", &site, &["cookie-prefix"]);
}

#[test]
fn of_an_express_app_by_the_book_nothing_is_found() {
    let site = Site::node("clean/express-by-the-book/site.js", &[]);
    only_what_is_true_is_found("express-by-the-book", &site, &[]);
}

#[test]
fn of_better_auth_only_what_is_true_is_found() {
    let site = Site::node("clean/better-auth/site.js", &[]);
    // The answer to a sign-in has the session's token beside the HttpOnly cookie, for scripts to read.
    only_what_is_true_is_found("better-auth", &site, &["session-id-in-body"]);
}
