//! The checks, one file each. An area lists its own in the order in which they run.

mod access;
mod cookie;
mod csrf;
mod login;
mod page;
mod password;
mod session;
mod token;

use std::future::Future;
use std::pin::Pin;

use admit_rules::Rule;

use crate::outcome::{Answer, Stop};
use crate::site::Site;

/// A check: its rule, and how it is answered.
pub(crate) struct Check {
    pub(crate) rule: &'static Rule,
    pub(crate) run: for<'a> fn(&'a mut Site) -> Pin<Box<dyn Future<Output = Answer> + 'a>>,
}

/// Lists the checks of an area: modules that have `RULE` and `run`.
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        /// The checks of this area, in the order in which they run.
        pub(super) const CHECKS: &[$crate::check::Check] = &[
            $($crate::check::Check { rule: &$name::RULE, run: |site| Box::pin($name::run(site)) },)*
        ];
    };
}
use checks;

/// The areas in the order in which they run: what disturbs the accounts most comes last.
const AREAS: [&[Check]; 9] = [
    page::CHECKS,
    cookie::CHECKS,
    session::CHECKS,
    csrf::CHECKS,
    access::CHECKS,
    token::CHECKS,
    session::LATE,
    password::CHECKS,
    login::CHECKS,
];

/// All checks, in the order in which they run.
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    AREAS.into_iter().flatten()
}

/// The rules of all checks.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    all().map(|check| check.rule)
}

/// The value, or nothing where the check would end with an outcome. Trouble with the site goes on.
fn if_known<T>(result: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Known(_)) => Ok(None),
        Err(trouble @ Stop::Trouble(_)) => Err(trouble),
    }
}
