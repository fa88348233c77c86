//! Whether a visitor is recognised: told by a page that looks different to a signed-in user and to a stranger.

use std::sync::Arc;

use admit_words::{Words, say};
use url::Url;

use super::entry::leads_to_login;
use super::{Site, Visitor, Who};
use crate::html::Page;
use crate::http::{Exchange, Origin, Request};
use crate::outcome::{Outcome, Stop};

/// A page that tells the two apart.
#[derive(Clone, Debug)]
pub(crate) struct Oracle {
    pub(crate) page: Url,
    inside: View,
}

/// What decides how a page looks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct View {
    status: u16,
    to: Option<String>,
    asks: bool,
    named: bool,
}

impl View {
    fn of(exchange: &Exchange, name: &str) -> Self {
        Self {
            status: exchange.status(),
            to: exchange.location().filter(|_| exchange.is_redirect()).map(|url| url.path().to_owned()),
            asks: asks_to_sign_in(exchange),
            named: name.len() > 2 && exchange.body().contains(name),
        }
    }
}

/// Whether an answer asks its reader to sign in: 401, a redirect to a login page, or a login form.
pub(crate) fn asks_to_sign_in(exchange: &Exchange) -> bool {
    exchange.status() == 401
        || (exchange.is_redirect() && exchange.location().is_some_and(|to| leads_to_login(&to, "")))
        || (exchange.is_html() && Page::read(exchange.body(), &exchange.request.url).login_form().is_some())
}

impl Site {
    /// The page that tells a signed-in user from a stranger.
    pub(crate) async fn oracle(&mut self) -> Result<Oracle, Stop> {
        if self.oracle.is_none() {
            let found = match self.find_oracle().await {
                Ok(oracle) => Ok(oracle),
                Err(Stop::Known(outcome)) => Err(outcome),
                Err(trouble @ Stop::Trouble(_)) => return Err(trouble),
            };
            self.oracle = Some(found);
        }
        match &self.oracle {
            Some(Ok(oracle)) => Ok(oracle.clone()),
            Some(Err(outcome)) => Err(Stop::Known(outcome.clone())),
            None => Err(nothing_tells()),
        }
    }

    async fn find_oracle(&mut self) -> Result<Oracle, Stop> {
        let account = self.account(Who::Ordinary)?;
        let mut session = self.fresh_session(Who::Ordinary).await?;
        let mut pages: Vec<Url> = Vec::new();
        for place in self.recipe.pages.private.clone() {
            pages.push(self.url(&place)?);
        }
        if let Some(landed) = session.landed().filter(|landed| landed.request.method == "GET") {
            pages.push(landed.request.url.clone());
        }
        pages.push(self.start.clone());
        for page in pages {
            let stranger = self.send(Request::get(page.clone()), &mut Visitor::default()).await?;
            let inside = self.send(Request::get(page.clone()), &mut session.visitor).await?;
            let (out, inside) = (View::of(&stranger, &account.name), View::of(&inside, &account.name));
            if out != inside && !inside.asks && inside.status < 400 {
                self.sessions.insert(Who::Ordinary, session);
                return Ok(Oracle { page, inside });
            }
        }
        Err(nothing_tells())
    }

    /// Whether the site recognises this visitor as the ordinary account.
    pub(crate) async fn recognises(&mut self, visitor: &mut Visitor) -> Result<bool, Stop> {
        Ok(self.recognised(visitor).await?.1)
    }

    /// The same, with the answer that shows it.
    pub(crate) async fn recognised(&mut self, visitor: &mut Visitor) -> Result<(Arc<Exchange>, bool), Stop> {
        let oracle = Box::pin(self.oracle()).await?;
        let exchange = self.send(Request::new("GET", oracle.page.clone(), Origin::Own), visitor).await?;
        // An outage is not a signed-out user: nothing is shown by it.
        if exchange.status() >= 500 || exchange.status() == 429 {
            let status = exchange.status();
            return Err(Outcome::untested(say!(
                "The page that tells a signed-in user answered {status}.",
                "로그인한 사용자를 알려 주는 페이지의 응답이 {status}입니다."
            ))
            .seen(&exchange)
            .into());
        }
        let view = View::of(&exchange, "");
        let account = self.account(Who::Ordinary)?;
        let named = !oracle.inside.named || exchange.body().contains(&account.name) || self.is_admin_page(&exchange);
        let same =
            view.status == oracle.inside.status && view.to == oracle.inside.to && view.asks == oracle.inside.asks;
        Ok((exchange, same && named))
    }

    /// Whether a page shows the admin account.
    fn is_admin_page(&self, exchange: &Exchange) -> bool {
        self.recipe.accounts.admin.as_ref().is_some_and(|admin| exchange.body().contains(&admin.name))
    }

    /// The cookies without which the site does not recognise the visitor: those that carry the session.
    pub(crate) async fn session_cookies(&mut self) -> Result<Vec<String>, Stop> {
        if let Some(names) = &self.session_cookies {
            return Ok(names.clone());
        }
        let session = self.session(Who::Ordinary).await?;
        let mut names = session.visitor.jar.names();
        if let Some(named) = self.recipe.session.cookie.clone() {
            names = vec![named];
        } else if names.len() > 1 {
            let mut needed = Vec::new();
            for name in names {
                let mut without = session.visitor.clone();
                without.jar.remove(&name);
                if !self.recognises(&mut without).await? {
                    needed.push(name);
                }
            }
            names = needed;
        }
        if names.is_empty() {
            return Err(Outcome::not_applicable(Words::fixed(
                "No cookie carries the session here.",
                "세션을 담은 쿠키가 없습니다.",
            ))
            .into());
        }
        self.session_cookies = Some(names.clone());
        Ok(names)
    }
}

fn nothing_tells() -> Stop {
    Outcome::untested(Words::fixed(
        "No page was found that looks different to a signed-in user and to a stranger. Name one with --private.",
        "로그인한 사용자와 낯선 사람에게 다르게 보이는 페이지를 찾지 못했습니다. --private으로 하나를 알려 주세요.",
    ))
    .into()
}
