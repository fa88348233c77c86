//! A name and a password, at the login form and at `/api/token` alike.

use std::sync::Arc;

use crate::flaw::Flaw;
use crate::site::Site;
use crate::user::{Account, Users};

#[derive(Debug)]
pub(crate) enum Outcome {
    Right(&'static Account),
    /// What is known of the name is for the flaws alone.
    Wrong {
        known: bool,
    },
    /// For so many seconds.
    TooMany(u64),
}

pub(crate) async fn attempt(site: &Arc<Site>, name: &str, password: &str) -> Outcome {
    let counted = !site.has(Flaw::LoginBruteForce);
    if counted && let Err(seconds) = site.throttle.try_once(name) {
        return Outcome::TooMany(seconds);
    }
    let account = Users::find(name);
    if account.is_none() && site.has(Flaw::LoginEnumerationTime) {
        return Outcome::Wrong { known: false };
    }
    let right = password_is(site, account, password).await;
    match account {
        Some(account) if right => {
            site.throttle.was_right(name);
            Outcome::Right(account)
        }
        _ => Outcome::Wrong { known: account.is_some() },
    }
}

/// The work of it is for a thread that may wait.
pub(crate) async fn password_is(site: &Arc<Site>, account: Option<&'static Account>, password: &str) -> bool {
    let (site, password) = (Arc::clone(site), password.to_owned());
    tokio::task::spawn_blocking(move || site.users.password_is(account, &password)).await.unwrap_or(false)
}
