//! Signing in, as a browser with a form or as a script with JSON.

use std::sync::Arc;
use std::time::Duration;

use admit_words::{Words, say};
use url::Url;

use super::{Site, Visitor};
use crate::html::{Form, Page};
use crate::http::{Exchange, Jar, Origin, Request, plain};
use crate::outcome::{Outcome, Stop};

/// Where one signs in.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A page with a form.
    Form { page: Url },
    /// An address that takes JSON.
    Json { url: Url },
}

/// One attempt to sign in.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// The cookies just before the password was sent.
    pub(crate) before: Jar,
    /// The answer to the password, then where it led.
    pub(crate) steps: Vec<Arc<Exchange>>,
    pub(crate) succeeded: bool,
}

impl Attempt {
    /// The answer to the password itself.
    pub(crate) fn answer(&self) -> Option<&Arc<Exchange>> {
        self.steps.iter().find(|exchange| exchange.request.body.is_some() || exchange.request.url.query().is_some())
    }

    /// What the site asks to wait, when it limits attempts.
    pub(crate) fn limited(&self) -> Option<Duration> {
        let last = self.steps.iter().find(|exchange| matches!(exchange.status(), 429 | 423 | 503))?;
        let seconds = last.header("retry-after").or_else(|| last.header("x-retry-after"));
        Some(Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(30) + 1))
    }
}

/// Paths under which the page is looked for when nothing leads to it.
const PLACES: [&str; 8] = [
    "/login",
    "/signin",
    "/sign-in",
    "/users/sign_in",
    "/accounts/login/",
    "/auth/login",
    "/session/new",
    "/admin/login/",
];

impl Site {
    /// Where one signs in: as the recipe says, else where the start page has or leads to the form.
    pub(crate) async fn entry(&mut self) -> Result<Entry, Stop> {
        if self.entry.is_none() {
            let found = match self.find_entry().await {
                Ok(entry) => Ok(entry),
                Err(Stop::Known(outcome)) => Err(outcome),
                Err(trouble @ Stop::Trouble(_)) => return Err(trouble),
            };
            self.entry = Some(found);
        }
        match &self.entry {
            Some(Ok(entry)) => Ok(entry.clone()),
            Some(Err(outcome)) => Err(Stop::Known(outcome.clone())),
            None => {
                Err(Stop::Known(Outcome::untested(Words::fixed("No login was found.", "로그인을 찾지 못했습니다."))))
            }
        }
    }

    async fn find_entry(&mut self) -> Result<Entry, Stop> {
        let login = self.recipe.login.clone();
        if let Some(place) = &login.url {
            let url = self.url(place)?;
            return Ok(if login.json { Entry::Json { url } } else { Entry::Form { page: url } });
        }
        let mut visitor = Visitor::default();
        let start = self.start.to_string();
        let first = self.open(&start, &mut visitor).await?;
        let page = Page::read(first.body(), &first.request.url);
        if page.login_form().is_some() {
            return Ok(Entry::Form { page: first.request.url.clone() });
        }
        let linked = page.links.iter().filter(|(to, text)| self.is_ours(to) && leads_to_login(to, text));
        let mut places: Vec<Url> = linked.map(|(to, _)| to.clone()).collect();
        places.extend(PLACES.iter().filter_map(|place| self.start.join(place).ok()));
        for place in places.into_iter().take(12) {
            let exchange = self.open(place.as_str(), &mut visitor).await?;
            if exchange.is_success() && Page::read(exchange.body(), &exchange.request.url).login_form().is_some() {
                return Ok(Entry::Form { page: exchange.request.url.clone() });
            }
        }
        Err(Outcome::untested(Words::fixed(
            "No login form was found. Name its page with --login-url, or write a recipe.",
            "로그인 양식을 찾지 못했습니다. --login-url로 그 페이지를 알려 주거나 레시피를 쓰세요.",
        ))
        .into())
    }

    /// The login page as it is shown to a visitor, with its form.
    pub(crate) async fn login_page(&mut self, visitor: &mut Visitor) -> Result<(Arc<Exchange>, Form), Stop> {
        let Entry::Form { page } = self.entry().await? else {
            return Err(Outcome::not_applicable(Words::fixed(
                "One signs in here with JSON; there is no login page.",
                "JSON으로 로그인하므로 로그인 페이지가 없습니다.",
            ))
            .into());
        };
        let exchange = self.open(page.as_str(), visitor).await?;
        let read = Page::read(exchange.body(), &exchange.request.url);
        let Some(form) = read.login_form().cloned() else {
            let status = exchange.status();
            return Err(Outcome::untested(say!(
                "The login page {page} answered {status} and has no form with one password.",
                "로그인 페이지 {page}의 응답은 {status}이고 비밀번호 칸이 하나인 양식이 없습니다."
            ))
            .seen(&exchange)
            .into());
        };
        for field in form.fields.iter().filter(|field| field.kind == "hidden") {
            if field.value.len() >= 16 {
                self.client.redactor.learn(&field.value, "CSRF");
            }
        }
        Ok((exchange, form))
    }

    /// The request that a browser would send for a name and a password.
    pub(crate) async fn login_request(
        &mut self,
        name: &str,
        password: &str,
        visitor: &mut Visitor,
    ) -> Result<Request, Stop> {
        let login = self.recipe.login.clone();
        match self.entry().await? {
            Entry::Json { url } => {
                let mut body: serde_json::Map<String, serde_json::Value> =
                    login.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                body.insert(login.name_field.unwrap_or_else(|| "username".to_owned()), name.into());
                body.insert(login.password_field.unwrap_or_else(|| "password".to_owned()), password.into());
                let start = self.start.to_string();
                let page = self.open(&start, visitor).await?;
                Ok(with_script_token(Request::json(url, &body.into(), Origin::OwnScript), &page, visitor))
            }
            Entry::Form { .. } => {
                let (_, form) = self.login_page(visitor).await?;
                let fields = self.login_fields(&form, name, password);
                Ok(submit(&form, &fields, Origin::Own))
            }
        }
    }

    /// The fields of the login form, filled in.
    pub(crate) fn login_fields(&self, form: &Form, name: &str, password: &str) -> Vec<(String, String)> {
        let login = &self.recipe.login;
        let mut fields = form.filled();
        fields.extend(login.fields.clone());
        let name_field = login.name_field.clone().or_else(|| form.name_field().map(|field| field.name.clone()));
        let password_field =
            login.password_field.clone().or_else(|| form.passwords().next().map(|field| field.name.clone()));
        set(&mut fields, &name_field.unwrap_or_else(|| "username".to_owned()), name);
        set(&mut fields, &password_field.unwrap_or_else(|| "password".to_owned()), password);
        fields
    }

    /// Tries to sign in.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &str, visitor: &mut Visitor) -> Result<Attempt, Stop> {
        let request = self.login_request(name, password, visitor).await?;
        self.sign_in_with(request, visitor).await
    }

    /// Sends a request that signs in, and judges by where it leads whether it did.
    pub(crate) async fn sign_in_with(&mut self, request: Request, visitor: &mut Visitor) -> Result<Attempt, Stop> {
        let before = visitor.jar.clone();
        let steps = self.follow(request, visitor).await?;
        let succeeded = signed_in(&steps) && visitor.jar != Jar::default();
        Ok(Attempt { before, steps, succeeded })
    }
}

/// Adds the token that a script of the site would add: from a meta element, or from a cookie that is there for scripts.
pub(crate) fn with_script_token(mut request: Request, page: &Exchange, visitor: &Visitor) -> Request {
    const COOKIES: [(&str, &str); 4] = [
        ("XSRF-TOKEN", "X-XSRF-TOKEN"),
        ("csrftoken", "X-CSRFToken"),
        ("csrf_token", "X-CSRF-Token"),
        ("_csrf", "X-CSRF-Token"),
    ];
    for (cookie, header) in COOKIES {
        if let Some(value) = visitor.jar.value(cookie) {
            request = request.header(header, plain(value));
        }
    }
    match Page::read(page.body(), &page.request.url).meta_token() {
        Some(token) => request.header("X-CSRF-Token", token),
        None => request,
    }
}

/// The request of a form that is sent with these fields.
pub(crate) fn submit(form: &Form, fields: &[(String, String)], origin: Origin) -> Request {
    let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    if form.method == "POST" {
        Request::form(form.action.clone(), pairs, origin)
    } else {
        let mut url = form.action.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        Request::new("GET", url, origin)
    }
}

/// Sets a field; the first of its name.
pub(crate) fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => value.clone_into(old),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

/// Whether the answers are those of a sign-in that worked: no error, and no form for a password again.
fn signed_in(steps: &[Arc<Exchange>]) -> bool {
    let no_error = steps.iter().take(1).all(|first| first.status() < 400);
    let landed = steps.last().is_some_and(|last| {
        let again = last.is_html() && Page::read(last.body(), &last.request.url).login_form().is_some();
        // Where it leads may be missing or for others: that is not the password's fault.
        (last.status() < 400 || steps.len() > 1) && !again
    });
    no_error && landed
}

/// Whether a link is one to a login page.
pub(crate) fn leads_to_login(to: &Url, text: &str) -> bool {
    let path = to.path().to_ascii_lowercase().replace(['-', '_'], "");
    let text = text.trim().to_lowercase();
    ["login", "signin", "logon", "session/new", "sessions/new"].iter().any(|word| path.contains(word))
        || ["log in", "login", "sign in", "로그인"].iter().any(|word| text == *word)
}
