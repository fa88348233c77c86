//! Audits the sign-in of a site from outside.
//!
//! A scanner looks at headers. This signs in, tries what an attacker would try, and answers each question of the
//! checklist with what it saw: pass, fail, warn, or that it could not be tested, which is never counted as a pass.
//! It stands alone: nothing here knows how admit is built, and any site in any language can be audited.
//!
//! - [`Recipe`] tells what cannot be found: accounts, pages and who may see them.
//! - [`audit`] runs the checks of a [`Tier`](admit_rules::Tier) within [`Bounds`] and returns a [`Report`].
//! - [`rules`] lists what is checked, with why, how and remedy, in English and Korean.

mod audit;
mod browser;
mod check;
mod guide;
mod har;
mod html;
mod http;
mod jwt;
mod outcome;
mod recipe;
mod report;
mod site;

pub use audit::{Options, Progress, audit, permitted, plan};
pub use check::rules;
pub use guide::guide;
pub use http::{Bounds, Exchange, Received, Redactor, Request, Trouble};
pub use outcome::{Outcome, State};
pub use recipe::{
    Account, Accounts, Browser, Change, Limits, Login, Logout, Pages, Password, Recipe, Reset, Session, Tokens,
};
pub use report::{Answered, Baseline, Report, Style, Waived};
