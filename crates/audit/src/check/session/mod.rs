//! The life of a session at the server.

mod adoption;
mod entropy;
mod expiry;
mod fixation;
mod id_in_body;
mod id_in_url;
mod logout;
mod logout_cookie;
mod password_change;

super::checks![fixation, adoption, id_in_url, id_in_body, logout, logout_cookie, entropy, expiry];

/// Ends every token of the user too: after all that needs one.
pub(super) const LATE: &[super::Check] =
    &[super::Check { rule: &password_change::RULE, run: |site| Box::pin(password_change::run(site)) }];

use std::sync::Arc;

use crate::http::{Exchange, Jar};
use crate::outcome::Stop;
use crate::site::{Session, Site, Who};

/// The values of the session's cookies in a jar.
fn ids<'a>(jar: &'a Jar, names: &'a [String]) -> impl Iterator<Item = &'a str> {
    names.iter().filter_map(|name| jar.value(name))
}

/// Somebody who is signed in, and every answer on the way there and on the private pages.
async fn pages_inside(site: &mut Site) -> Result<(Session, Vec<Arc<Exchange>>), Stop> {
    let mut session = site.session(Who::Ordinary).await?;
    let mut pages = session.steps.clone();
    for place in site.recipe.pages.private.clone() {
        pages.push(site.open(&place, &mut session.visitor).await?);
    }
    Ok((session, pages))
}
