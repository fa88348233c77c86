//! Signing out, as the site offers it.

use std::sync::Arc;

use url::Url;

use super::entry::{submit, with_script_token};
use super::{Site, Visitor, Who, unnamed};
use crate::html::{Form, Page};
use crate::http::{Exchange, Jar, Origin, Request};
use crate::outcome::Stop;

/// How one signs out.
#[derive(Clone, Debug)]
pub(crate) enum Exit {
    /// A form with its token.
    Form(Form),
    /// A link: whoever opens it signs out.
    Link(Url),
    /// An address of the recipe.
    Address { url: Url, json: bool },
}

impl Exit {
    pub(crate) fn url(&self) -> &Url {
        match self {
            Self::Form(form) => &form.action,
            Self::Link(url) | Self::Address { url, .. } => url,
        }
    }
}

/// A session that was signed out.
#[derive(Clone, Debug)]
pub(crate) struct Departure {
    /// The answers to signing out.
    pub(crate) steps: Vec<Arc<Exchange>>,
    /// The old cookie afterwards: the answer, and whether the user was still recognised.
    pub(crate) after: Arc<Exchange>,
    pub(crate) alive: bool,
    /// The cookies of before, and what the browser has now.
    pub(crate) before: Jar,
    pub(crate) now: Jar,
}

impl Site {
    /// Signs out on the first call; all checks then look at the same sign-out.
    pub(crate) async fn departure(&mut self) -> Result<Departure, Stop> {
        if let Some(departure) = &self.departure {
            return Ok(departure.clone());
        }
        let mut session = self.fresh_session(Who::Ordinary).await?;
        let mut old = session.visitor.clone();
        let before = session.visitor.jar.clone();
        let steps = self.sign_out(&mut session.visitor).await?;
        let (after, alive) = self.recognised(&mut old).await?;
        let departure = Departure { steps, after, alive, before, now: session.visitor.jar };
        self.departure = Some(departure.clone());
        Ok(departure)
    }

    /// How this visitor would sign out.
    pub(crate) async fn exit(&mut self, visitor: &mut Visitor) -> Result<Exit, Stop> {
        let mut places: Vec<String> = self.recipe.pages.private.clone();
        places.push(self.oracle().await?.page.to_string());
        places.push(self.start.to_string());
        let named = match self.recipe.logout.url.clone() {
            Some(place) => Some(self.url(&place)?),
            None => None,
        };
        if let (Some(url), true) = (&named, self.recipe.logout.json) {
            return Ok(Exit::Address { url: url.clone(), json: true });
        }
        let mut link = None;
        for place in places {
            let exchange = self.open(&place, visitor).await?;
            let page = Page::read(exchange.body(), &exchange.request.url);
            let fits = |action: &Url, text: &str| match &named {
                Some(url) => action.path() == url.path(),
                None => leads_out(action, text),
            };
            if let Some(form) =
                page.forms.iter().find(|form| self.is_ours(&form.action) && fits(&form.action, &form.text))
            {
                return Ok(Exit::Form(form.clone()));
            }
            let found = page.links.iter().find(|(to, text)| self.is_ours(to) && fits(to, text));
            link = link.or_else(|| found.map(|(to, _)| to.clone()));
        }
        match (named, link) {
            (_, Some(url)) => Ok(Exit::Link(url)),
            (Some(url), None) => Ok(Exit::Address { url, json: false }),
            (None, None) => Err(unnamed(
                "No way to sign out was found on the private pages. Name it with --logout-url.",
                "비공개 페이지에서 로그아웃 방법을 찾지 못했습니다. --logout-url로 알려 주세요.",
            )),
        }
    }

    /// Signs out as the site offers it; all answers.
    pub(crate) async fn sign_out(&mut self, visitor: &mut Visitor) -> Result<Vec<Arc<Exchange>>, Stop> {
        let exit = self.exit(visitor).await?;
        let request = match &exit {
            Exit::Form(form) => submit(form, &form.filled(), Origin::Own),
            Exit::Link(url) => Request::new("GET", url.clone(), Origin::Own),
            Exit::Address { url, json: true } => {
                let empty = serde_json::Value::Object(serde_json::Map::new());
                let start = self.start.to_string();
                let page = self.open(&start, visitor).await?;
                with_script_token(Request::json(url.clone(), &empty, Origin::OwnScript), &page, visitor)
            }
            Exit::Address { url, json: false } => Request::form(url.clone(), [], Origin::Own),
        };
        Ok(self.follow(request, visitor).await?)
    }
}

/// Whether a form or link is one to sign out.
fn leads_out(to: &Url, text: &str) -> bool {
    let path = to.path().to_ascii_lowercase().replace(['-', '_'], "");
    let text = text.trim().to_lowercase();
    ["logout", "signout", "logoff"].iter().any(|word| path.contains(word))
        || ["log out", "logout", "sign out", "로그아웃"].iter().any(|word| text == *word)
}
