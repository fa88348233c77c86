//! Every planted flaw is found by its own check, and by no other; the sound site has none.

use std::sync::Mutex;

use admit_audit::{Account, Accounts, Change, Options, Pages, Password, Recipe, Report, Reset, Session, State, Tokens};
use admit_rules::Tier;

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
    let quick = flaw.is_some_and(|flaw| flaw != TIMED);
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

/// What the names of flaws begin with, by the test that tries them.
const COOKIES: &[&str] = &["cookie-"];
const SESSIONS: &[&str] = &["session-"];
const FORGED_REQUESTS: &[&str] = &["csrf-", "logout-", "cors-", "page-"];
const ACCESS: &[&str] = &["access-", "error-"];
const SIGNING_IN: &[&str] = &["login-", "reset-", "password-"];
const FORGED_TOKENS: &[&str] =
    &["jwt-alg", "jwt-sig", "jwt-key", "jwt-emb", "jwt-jku", "jwt-kid", "jwt-weak", "jwt-aud"];
const WHAT_TOKENS_SAY: &[&str] = &["jwt-no", "jwt-li", "jwt-pe", "jwt-siz", "jwt-in", "jwt-ty", "jwks-", "token-"];
/// The one flaw that shows in how long an answer takes: nothing else may keep the machine busy.
const TIMED: &str = "login-enumeration-time";
/// For these an audit does little but wait: for a token to end, and for the time in which an app may ask again. So some sites
/// are audited at once, those that are waited for the longest first.
const WAITED_FOR: &[&str] = &["jwt-expired", "refresh-", "jwt-logout"];
const AT_ONCE: usize = 6;

const TRIED: [&[&str]; 8] =
    [COOKIES, SESSIONS, FORGED_REQUESTS, ACCESS, SIGNING_IN, FORGED_TOKENS, WHAT_TOKENS_SAY, WAITED_FOR];

/// The flaws of a stack whose names begin with one of these, in this order.
fn those_of(stack: Stack, prefixes: &[&str]) -> Vec<String> {
    let flaws = flaws(stack);
    assert!(flaws.len() >= 70, "{stack:?} has only {} flaws", flaws.len());
    let beginning = |prefix: &&str| {
        let those: Vec<String> = flaws.iter().filter(|flaw| flaw.starts_with(*prefix)).cloned().collect();
        assert!(!those.is_empty(), "{stack:?} has no flaw that begins with {prefix}");
        those
    };
    prefixes.iter().flat_map(beginning).collect()
}

/// What is wrong with what was found on the site of a stack with a flaw.
fn not_found_by_its_own_check(stack: Stack, flaw: &str) -> Option<String> {
    let own = flaw.split('~').next().unwrap_or(flaw);
    let (found, report) = found(stack, Some(flaw));
    let right = found == [own] && report.ended.is_none();
    (!right).then(|| format!("{stack:?} {flaw}: found {found:?}\n{}", told(&report)))
}

/// Tries flaws one after the other, and tells all that went wrong at once.
fn each_is_found_by_its_own_check(stack: Stack, flaws: &[String]) {
    let wrong: Vec<String> = flaws.iter().filter_map(|flaw| not_found_by_its_own_check(stack, flaw)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_token_that_lives_on_is_found_by_its_own_check_and_by_no_other_in_every_stack() {
    let of = |stack| those_of(stack, WAITED_FOR).into_iter().map(move |flaw| (stack, flaw));
    let mut sites: Vec<_> = [Stack::Axum, Stack::Express, Stack::FastApi].into_iter().flat_map(of).collect();
    sites.sort_by_key(|(_, flaw)| WAITED_FOR.iter().position(|prefix| flaw.starts_with(prefix)));
    let sites = Mutex::new(sites.into_iter());
    let next = || sites.lock().expect("no audit panicked").next();
    let audits = || std::iter::from_fn(next).filter_map(|(stack, flaw)| not_found_by_its_own_check(stack, &flaw));
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let auditors: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| audits().collect::<Vec<_>>())).collect();
        auditors.into_iter().flat_map(|auditor| auditor.join().expect("audits that end")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

fn every_flaw_is_tried(stack: Stack) {
    for flaw in flaws(stack) {
        assert!(TRIED.iter().copied().flatten().any(|prefix| flaw.starts_with(prefix)), "{flaw}");
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
                    each_is_found_by_its_own_check($stack, &those_of($stack, COOKIES));
                }

                #[test]
                fn each_flaw_of_sessions_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &those_of($stack, SESSIONS));
                }

                #[test]
                fn each_way_to_forge_a_request_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &those_of($stack, FORGED_REQUESTS));
                }

                #[test]
                fn each_flaw_of_access_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &those_of($stack, ACCESS));
                }

                #[test]
                fn each_flaw_of_signing_in_is_found_by_its_own_check_and_by_no_other() {
                    let mut flaws = those_of($stack, SIGNING_IN);
                    flaws.retain(|flaw| flaw != TIMED);
                    each_is_found_by_its_own_check($stack, &flaws);
                }

                #[test]
                fn a_login_that_takes_longer_for_a_name_that_it_knows_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &those_of($stack, &[TIMED]));
                }

                #[test]
                fn each_forged_token_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &those_of($stack, FORGED_TOKENS));
                }

                #[test]
                fn each_flaw_of_what_tokens_say_is_found_by_its_own_check_and_by_no_other() {
                    each_is_found_by_its_own_check($stack, &those_of($stack, WHAT_TOKENS_SAY));
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
