//! Who may reach what, and how a refusal is worded.

mod anonymous;
mod content;
mod forbidden;
mod guarded;
mod identity_headers;
mod owned;
mod path;
mod rewrite_headers;
mod role;
mod unauthorized;
mod www_authenticate;

use std::sync::Arc;

use url::Url;

use crate::http::{Exchange, Origin, Request};
use crate::outcome::{Outcome, Stop};
use crate::site::{Site, Visitor, unnamed};

super::checks![
    anonymous,
    unauthorized,
    www_authenticate,
    role,
    forbidden,
    owned,
    path,
    identity_headers,
    rewrite_headers,
];

/// An address that strangers must not get anything from.
struct Address {
    url: Url,
    /// Whether it wants a token, and not a session.
    token: bool,
    /// Whether it is the admin's alone.
    admin: bool,
}

impl Address {
    /// Its request without cookie or token.
    fn request(&self) -> Request {
        if self.token {
            Request::new("GET", self.url.clone(), Origin::Unsaid).header("Accept", "application/json")
        } else {
            Request::get(self.url.clone())
        }
    }
}

/// All addresses that the recipe names as guarded, at most twenty.
fn addresses(site: &Site) -> Result<Vec<Address>, Stop> {
    let pages = &site.recipe.pages;
    let tokens = site.recipe.tokens.as_ref();
    let none = Vec::new();
    let lists = [
        (&pages.private, false, false),
        (&pages.admin, false, true),
        (tokens.map_or(&none, |tokens| &tokens.private), true, false),
        (tokens.map_or(&none, |tokens| &tokens.admin), true, true),
    ];
    let mut addresses = Vec::new();
    for (places, token, admin) in lists {
        for place in places {
            addresses.push(Address { url: site.url(place)?, token, admin });
        }
    }
    addresses.truncate(20);
    if addresses.is_empty() {
        return Err(unnamed(
            "No guarded page was named (--private, --admin-page, or [pages] in a recipe).",
            "보호된 페이지가 지정되지 않았습니다 (--private, --admin-page 또는 레시피의 [pages]).",
        ));
    }
    Ok(addresses)
}

/// The admin's addresses alone.
fn admin_addresses(site: &Site) -> Result<Vec<Address>, Stop> {
    let mut addresses = addresses(site).unwrap_or_default();
    addresses.retain(|address| address.admin);
    if addresses.is_empty() {
        return Err(unnamed(
            "No page of the admin's was named (--admin-page, or admin of [pages] or [tokens] in a recipe).",
            "관리자 페이지가 지정되지 않았습니다 (--admin-page 또는 레시피 [pages]나 [tokens]의 admin).",
        ));
    }
    Ok(addresses)
}

/// Asks as a stranger.
async fn as_stranger(site: &mut Site, address: &Address) -> Result<Arc<Exchange>, Stop> {
    Ok(site.send(address.request(), &mut Visitor::default()).await?)
}

/// Paths, as a list for a sentence.
fn paths<'a>(exchanges: impl IntoIterator<Item = &'a Arc<Exchange>>) -> String {
    let mut paths: Vec<&str> = exchanges.into_iter().map(|exchange| exchange.request.url.path()).collect();
    paths.dedup();
    paths.join(", ")
}

/// Paths with their statuses, as a list for a sentence.
fn answers<'a>(exchanges: impl IntoIterator<Item = &'a Arc<Exchange>>) -> String {
    let answers: Vec<String> = exchanges
        .into_iter()
        .map(|exchange| format!("{} ({})", exchange.request.url.path(), exchange.status()))
        .collect();
    answers.join(", ")
}

/// What is said when no address could be judged.
fn nothing_judged(evidence: &[Arc<Exchange>]) -> Outcome {
    Outcome::untested(admit_words::Words::fixed(
        "None of the named addresses could be judged: none answered as it should to those who may see it.",
        "지정된 주소 가운데 판단할 수 있는 것이 없었습니다. 볼 수 있는 사람에게도 정상으로 응답하지 않았습니다.",
    ))
    .seen_all(evidence)
}
