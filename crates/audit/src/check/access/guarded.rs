//! Addresses that refuse strangers and show something to those who may: what a way around the guard would reach.

use std::collections::BTreeSet;
use std::sync::Arc;

use url::Url;

use super::content::{Public, shows};
use super::{Address, addresses, as_stranger, nothing_judged};
use crate::check::if_known;
use crate::http::{Exchange, Request};
use crate::outcome::Stop;
use crate::site::{Site, Visitor, Who, asks_to_sign_in};

/// One such address.
pub(super) struct Guarded {
    pub(super) url: Url,
    /// The account that sees it.
    pub(super) name: String,
    /// The words that stand there alone.
    own: BTreeSet<String>,
    /// The answer to a stranger.
    pub(super) refused: Arc<Exchange>,
    token: bool,
    admin: bool,
}

impl Guarded {
    /// The request of a stranger for it.
    pub(super) fn request(&self) -> Request {
        self.request_at(self.url.clone())
    }

    /// The same at another address.
    pub(super) fn request_at(&self, url: Url) -> Request {
        Address { url, token: self.token, admin: self.admin }.request()
    }

    /// Whether an answer shows what is guarded.
    pub(super) fn is_shown_by(&self, exchange: &Exchange) -> bool {
        shows(exchange, &self.own)
    }
}

/// An address as one who may sees it.
pub(super) async fn inside(site: &mut Site, address: &Address, who: Who) -> Result<Arc<Exchange>, Stop> {
    if address.token {
        let issued = site.tokens(who).await?;
        return Ok(site.send(address.request().bearer(&issued.access), &mut Visitor::default()).await?);
    }
    let mut visitor = site.session(who).await?.visitor;
    Ok(site.send(address.request(), &mut visitor).await?)
}

/// At most two addresses of each kind. The admin's need the admin account; without it they are left out.
pub(super) async fn guarded(site: &mut Site) -> Result<Vec<Guarded>, Stop> {
    let public = Public::of(site).await?;
    let mut found: Vec<Guarded> = Vec::new();
    let mut seen = Vec::new();
    for address in addresses(site)? {
        let alike = found.iter().filter(|known| known.token == address.token && known.admin == address.admin).count();
        if alike >= 2 {
            continue;
        }
        let who = if address.admin { Who::Admin } else { Who::Ordinary };
        let Some(account) = if_known(site.account(who))? else { continue };
        let refused = as_stranger(site, &address).await?;
        seen.push(Arc::clone(&refused));
        if refused.is_success() && !asks_to_sign_in(&refused) {
            continue;
        }
        let Some(inside) = if_known(inside(site, &address, who).await)? else { continue };
        seen.push(Arc::clone(&inside));
        let own = public.own_words(&inside);
        if inside.is_success() && !asks_to_sign_in(&inside) && own.len() >= 2 {
            let Address { url, token, admin } = address;
            found.push(Guarded { url, name: account.name, own, refused, token, admin });
        }
    }
    if found.is_empty() {
        return Err(nothing_judged(&seen).into());
    }
    Ok(found)
}
