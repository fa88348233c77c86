//! Every planted flaw is found by its own check, and by no other; the sound site has none.

use admit_audit::{
    Account, Accounts, Change, Options, Pages, Password, Recipe, Report, Reset, Session, State, Tier, Tokens,
};

use crate::site::{Site, Stack, Wanted, flaws};

/// What is known of the site, in every stack.
pub(crate) fn recipe() -> Recipe {
    let account = |name: &str, password: &str, new: Option<&str>| {
        Some(Account {
            name: name.to_owned(),
            password: Some(password.to_owned()),
            new_password: new.map(str::to_owned),
            ..Account::default()
        })
    };
    let places = |places: &[&str]| places.iter().map(|place| (*place).to_owned()).collect::<Vec<_>>();
    Recipe {
        accounts: Accounts {
            ordinary: account("alice", "violet-anchor-1842-mango", Some("Amber-Quill-5521")),
            admin: account("root", "granite-harbor-7719-plum", None),
        },
        pages: Pages {
            private: places(&["/account", "/account/password"]),
            admin: places(&["/admin"]),
            owned: places(&["/orders/2"]),
            ..Pages::default()
        },
        change: Some(Change {
            page: "/account".to_owned(),
            field: "email".to_owned(),
            json_url: Some("/account/email.json".to_owned()),
        }),
        password: Password { page: Some("/account/password".to_owned()) },
        reset: Reset { page: Some("/forgot".to_owned()) },
        tokens: Some(Tokens {
            refresh: Some("/api/token/refresh".to_owned()),
            revoke: Some("/api/token/revoke".to_owned()),
            private: places(&["/api/me"]),
            admin: places(&["/api/admin"]),
            jwks: Some("/.well-known/jwks.json".to_owned()),
            ..Tokens::at("/api/token")
        }),
        ..Recipe::default()
    }
}

/// Everything is asked, quickly: it is this machine.
pub(crate) fn options() -> Options {
    let mut options = Options { tier: Tier::Active, own_this_site: true, ..Options::default() };
    options.bounds.rate = 100_000;
    options
}

/// Audits a site.
pub(crate) fn audit(url: &str, recipe: Recipe, options: &Options) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(admit_audit::audit(url, recipe, options, |_| {})).expect("an audit that begins")
}

/// What was found on the site of a stack with a flaw.
fn found(stack: Stack, flaw: Option<&str>) -> (Vec<&'static str>, Report) {
    let mut recipe = recipe();
    // One flaw is seen in the time that a password takes, and the sound sites have real ones.
    let quick = flaw.is_some_and(|flaw| flaw != "login-enumeration-time");
    let mut wanted = Wanted { flaw: flaw.map(str::to_owned), quick, ..Wanted::default() };
    match flaw {
        Some("session-expiry") => {
            wanted.idle = Some(4);
            recipe.session = Session { idle: Some(4), ..Session::default() };
        }
        Some("jwt-expired") => wanted.token_lifetime = Some(4),
        Some("token-storage") => {
            recipe.pages.scripted.push("/app".to_owned());
            recipe.browser.run = true;
        }
        _ => {}
    }
    let site = Site::flawed(stack, &wanted);
    if let Some(tokens) = &mut recipe.tokens {
        // A token that is meant for somebody else, from the same issuer.
        tokens.foreign.clone_from(&site.foreign_token);
    }
    let report = audit(&site.url, recipe, &options());
    (report.found(), report)
}

/// Tries the flaws whose names begin with `prefix`, and tells all that went wrong at once.
fn each_is_found_by_its_own_check(stack: Stack, prefixes: &[&str]) {
    let mut wrong = Vec::new();
    let flaws = flaws(stack);
    assert!(flaws.len() >= 70, "{stack:?} has only {} flaws", flaws.len());
    for flaw in flaws.iter().filter(|flaw| prefixes.iter().any(|prefix| flaw.starts_with(prefix))) {
        let own = flaw.split('~').next().unwrap_or(flaw);
        let (found, report) = found(stack, Some(flaw));
        if found != [own] || report.ended.is_some() {
            wrong.push(format!("{flaw}: found {found:?}\n{}", told(&report)));
        }
    }
    assert!(wrong.is_empty(), "{stack:?}\n{}", wrong.join("\n"));
}

/// What the report says of everything that did not pass.
pub(crate) fn told(report: &Report) -> String {
    let answers = report
        .answers
        .iter()
        .filter(|answered| !matches!(answered.outcome.state, State::Pass | State::NotApplicable | State::Manual));
    answers
        .map(|answered| {
            format!("  {} {}: {}\n", answered.rule.id, answered.outcome.state.name(), answered.outcome.told.en)
        })
        .collect()
}

/// What the tests below ask for, taken together.
fn every_flaw_is_tried(stack: Stack) {
    const ASKED: [&str; 27] = [
        "cookie-",
        "session-",
        "csrf-",
        "logout-",
        "cors-",
        "page-",
        "access-",
        "error-",
        "login-",
        "reset-",
        "password-",
        "jwt-alg",
        "jwt-sig",
        "jwt-key",
        "jwt-emb",
        "jwt-jku",
        "jwt-kid",
        "jwt-weak",
        "jwt-aud",
        "jwt-no",
        "jwt-li",
        "jwt-pe",
        "jwt-siz",
        "jwt-in",
        "jwt-ty",
        "jwt-logout",
        "jwt-expired",
    ];
    let rest = ["refresh-", "jwks-", "token-"];
    for flaw in flaws(stack) {
        assert!(ASKED.iter().chain(&rest).any(|prefix| flaw.starts_with(prefix)), "{flaw}");
    }
}

/// A sound site has no finding, and every check that can be answered has been.
fn nothing_is_found_on_the_sound_site(stack: Stack) {
    let (found, report) = found(stack, None);
    assert!(found.is_empty(), "{stack:?} {}", told(&report));
    let untested: Vec<&str> = report
        .answers
        .iter()
        .filter(|answered| answered.outcome.state == State::Untested)
        .map(|answered| answered.rule.id)
        .collect();
    // Nobody asked for a browser, and nobody waits five minutes for a token to expire.
    assert!(untested.iter().all(|id| ["jwt-expired", "token-storage"].contains(id)), "{stack:?} {}", told(&report));
}

macro_rules! stacks {
    ($($module:ident: $stack:expr),+) => {
        $(
            mod $module {
                use super::*;

                #[test]
                fn nothing_is_found_on_the_sound_site() {
                    super::nothing_is_found_on_the_sound_site($stack);
                }

                #[test]
                fn each_flaw_of_cookies_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["cookie-"]);
                }

                #[test]
                fn each_flaw_of_sessions_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["session-"]);
                }

                #[test]
                fn each_way_to_forge_a_request_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["csrf-", "logout-", "cors-", "page-"]);
                }

                #[test]
                fn each_flaw_of_access_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["access-", "error-"]);
                }

                #[test]
                fn each_flaw_of_signing_in_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["login-", "reset-", "password-"]);
                }

                #[test]
                fn each_forged_token_is_found_by_its_own_check_and_by_no_other() {
                    let forged = ["jwt-alg", "jwt-sig", "jwt-key", "jwt-emb", "jwt-jku", "jwt-kid", "jwt-weak", "jwt-aud"];
                    each_is_found_by_its_own_check($stack, &forged);
                }

                #[test]
                fn each_flaw_of_what_tokens_say_is_found_by_its_own_check_and_by_no_other() {
                    let said = ["jwt-no", "jwt-li", "jwt-pe", "jwt-siz", "jwt-in", "jwt-ty", "jwks-", "token-"];
                    each_is_found_by_its_own_check($stack, &said);
                }

                #[test]
                fn each_token_that_lives_on_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["jwt-logout", "refresh-"]);
                }

                #[test]
                // No leeway excuses a token that has been over for a minute: so long it is waited for.
                fn a_token_that_is_accepted_after_its_end_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &["jwt-expired"]);
                }

                #[test]
                fn each_flaw_is_among_those_that_are_tried() {
                    every_flaw_is_tried($stack);
                }
            }
        )+
    };
}

stacks!(axum: Stack::Axum, express: Stack::Express, fastapi: Stack::FastApi);
