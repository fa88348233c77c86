//! The site as the checks see it: visitors, accounts that sign in, and whether somebody is recognised.

mod change;
mod entry;
mod leave;
mod oracle;
mod password;
mod tokens;

pub(crate) use change::{Change, Token};
pub(crate) use entry::{Attempt, Entry, set, submit};
pub(crate) use leave::{Departure, Exit};
pub(crate) use oracle::asks_to_sign_in;
pub(crate) use password::{Renewal, asks_for_current, new_fields};
pub(crate) use tokens::{Issued, Tampered, Tried};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use admit_rules::Tier;
use admit_words::{Words, say};
use url::Url;

use crate::http::{Client, Exchange, Jar, Origin, Request, Trouble};
use crate::outcome::{Outcome, Stop};
use crate::recipe::{Account, Recipe};

/// The accounts by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Ordinary,
    Admin,
}

/// One browser: its cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    pub(crate) jar: Jar,
}

/// Somebody who signed in, and how that went.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) visitor: Visitor,
    /// The cookies just before the password was sent.
    pub(crate) before: Jar,
    /// All answers from the login page to where it led.
    pub(crate) steps: Vec<Arc<Exchange>>,
}

impl Session {
    /// The last answer: where signing in led.
    pub(crate) fn landed(&self) -> Option<&Arc<Exchange>> {
        self.steps.last()
    }
}

/// The site under audit.
pub(crate) struct Site {
    pub(crate) client: Client,
    /// The address that was given, after its redirects.
    pub(crate) start: Url,
    pub(crate) recipe: Recipe,
    /// Origins that the recipe names besides the site's own.
    named: Vec<url::Origin>,
    pub(crate) tier: Tier,
    sessions: BTreeMap<Who, Session>,
    issued: BTreeMap<Who, Issued>,
    /// How signing out went, once it was tried.
    departure: Option<Departure>,
    /// Whether a form of another site, without a token, was seen to work.
    pub(crate) takes_forged_forms: Option<bool>,
    /// Whether a form with an invented token was seen to work.
    pub(crate) takes_any_token: Option<bool>,
    /// What the field of the harmless change held before.
    pub(crate) original: Option<String>,
    /// The cookies of every sign-in so far.
    seen: Vec<Jar>,
    /// What checks of tokens found out for each other.
    pub(crate) tried: Tried,
    entry: Option<Result<Entry, Outcome>>,
    oracle: Option<Result<oracle::Oracle, Outcome>>,
    session_cookies: Option<Vec<String>>,
    /// The password that the ordinary account has now, where a check changed it.
    password_now: Option<String>,
    /// Whether the site was seen to take a password, and whether its page shows that it did.
    password_change: Option<Result<bool, Outcome>>,
    serial: u32,
}

impl Site {
    pub(crate) fn new(client: Client, start: Url, recipe: Recipe, tier: Tier) -> Self {
        let named = recipe.addresses().iter().map(Url::origin).collect();
        let mut site = Self {
            client,
            named,
            start,
            recipe,
            tier,
            sessions: BTreeMap::new(),
            issued: BTreeMap::new(),
            departure: None,
            takes_forged_forms: None,
            takes_any_token: None,
            original: None,
            seen: Vec::new(),
            tried: Tried::default(),
            entry: None,
            oracle: None,
            session_cookies: None,
            password_now: None,
            password_change: None,
            serial: 0,
        };
        for account in [site.recipe.accounts.ordinary.clone(), site.recipe.accounts.admin.clone()].into_iter().flatten()
        {
            site.client.redactor.learn(account.password(), "PASSWORD");
            site.client.redactor.learn(account.new_password.as_deref().unwrap_or_default(), "NEW_PASSWORD");
        }
        site
    }

    /// An address of the site: a path, or a whole address.
    pub(crate) fn url(&self, place: &str) -> Result<Url, Stop> {
        self.start.join(place).map_err(|error| {
            Stop::Known(Outcome::untested(say!(
                "\"{place}\" is no address: {error}.",
                "\"{place}\"은(는) 주소가 아닙니다: {error}."
            )))
        })
    }

    /// Whether something is on the site itself: nothing is ever sent elsewhere.
    pub(crate) fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.start.origin()
    }

    /// Sends one request as a visitor: to the site, and to what the recipe names as a whole address. A form may lead anywhere,
    /// and a password is not taken there.
    pub(crate) async fn send(&mut self, request: Request, visitor: &mut Visitor) -> Result<Arc<Exchange>, Trouble> {
        // The same host on port 80: asked whether it leads to https.
        let plain =
            request.url.scheme() == "http" && request.url.port().is_none() && request.url.host() == self.start.host();
        if !self.is_ours(&request.url) && !plain && !self.named.contains(&request.url.origin()) {
            return Err(Trouble::Elsewhere(request.url.origin().ascii_serialization()));
        }
        self.client.send(request, &mut visitor.jar).await
    }

    /// Sends a request and follows where it leads, within the site; all answers, the last one last.
    pub(crate) async fn follow(
        &mut self,
        request: Request,
        visitor: &mut Visitor,
    ) -> Result<Vec<Arc<Exchange>>, Trouble> {
        let mut exchange = self.send(request, visitor).await?;
        let mut all = vec![Arc::clone(&exchange)];
        for _ in 0..10 {
            let Some(next) = exchange.location().filter(|next| exchange.is_redirect() && self.is_ours(next)) else {
                break;
            };
            // In circles a browser gives up too.
            if all.iter().filter(|seen| seen.request.url == next).count() > 1 {
                break;
            }
            exchange = self.send(Request::new("GET", next, Origin::Own), visitor).await?;
            all.push(Arc::clone(&exchange));
        }
        Ok(all)
    }

    /// Opens a page and follows redirects; the last answer.
    pub(crate) async fn open(&mut self, place: &str, visitor: &mut Visitor) -> Result<Arc<Exchange>, Stop> {
        let url = self.url(place)?;
        let all = self.follow(Request::get(url), visitor).await?;
        all.into_iter()
            .next_back()
            .ok_or_else(|| Stop::Known(Outcome::untested(say!("No answer.", "응답이 없습니다."))))
    }

    /// The account, or why the check cannot go on.
    pub(crate) fn account(&self, who: Who) -> Result<Account, Stop> {
        let (account, missing) = match who {
            Who::Ordinary => (
                &self.recipe.accounts.ordinary,
                say!(
                    "No account was given (--user, or [accounts.ordinary]).",
                    "계정이 주어지지 않았습니다 (--user 또는 [accounts.ordinary])."
                ),
            ),
            Who::Admin => (
                &self.recipe.accounts.admin,
                say!(
                    "No admin account was given (--admin, or [accounts.admin]).",
                    "관리자 계정이 주어지지 않았습니다 (--admin 또는 [accounts.admin])."
                ),
            ),
        };
        let mut account = account.clone().ok_or_else(|| Stop::Known(Outcome::untested(missing)))?;
        if let (Who::Ordinary, Some(password)) = (who, &self.password_now) {
            account.password = Some(password.clone());
        }
        Ok(account)
    }

    /// A session of an account that checks share: whoever ends it says so with [`Self::forget`].
    pub(crate) async fn session(&mut self, who: Who) -> Result<Session, Stop> {
        if let Some(mut session) = self.sessions.get(&who).cloned() {
            if self.recognises(&mut session.visitor).await? {
                return Ok(session);
            }
            self.sessions.remove(&who);
        }
        let session = self.fresh_session(who).await?;
        self.sessions.insert(who, session.clone());
        Ok(session)
    }

    /// A session of its own, which the check may end.
    pub(crate) async fn fresh_session(&mut self, who: Who) -> Result<Session, Stop> {
        let account = self.account(who)?;
        let mut visitor = Visitor::default();
        let mut attempt = self.sign_in(&account.name, account.password(), &mut visitor).await?;
        // Whoever signs in this often is asked to wait; that is no answer to anything.
        if let Some(wanted) = attempt.limited()
            && self.wait(wanted).await
        {
            visitor = Visitor::default();
            attempt = self.sign_in(&account.name, account.password(), &mut visitor).await?;
        }
        if !attempt.succeeded {
            let name = &account.name;
            let status = attempt.steps.last().map_or(0, |exchange| exchange.status());
            let told = if attempt.limited().is_some() {
                say!(
                    "The site limits sign-ins just now (429), so {name} could not sign in.",
                    "사이트가 지금 로그인을 제한하고 있어(429) {name} 계정으로 로그인할 수 없었습니다."
                )
            } else {
                say!(
                    "{name} could not sign in: the site answered {status}. Is the password right? Does signing in need more than one step?",
                    "{name} 계정으로 로그인할 수 없었습니다. 사이트 응답: {status}. 비밀번호가 맞습니까? 로그인에 여러 단계가 필요합니까?"
                )
            };
            return Err(Outcome::untested(told).seen_all(&attempt.steps).into());
        }
        self.seen.push(visitor.jar.clone());
        Ok(Session { visitor, before: attempt.before, steps: attempt.steps })
    }

    /// The shared session of an account is no longer to be used.
    pub(crate) fn forget(&mut self, who: Who) {
        self.sessions.remove(&who);
    }

    /// The ids of all sessions so far that signing in gave, each once.
    pub(crate) fn seen_ids(&self, names: &[String]) -> Vec<String> {
        let mut ids: Vec<String> = self
            .seen
            .iter()
            .filter_map(|jar| names.iter().find_map(|name| jar.value(name)))
            .map(str::to_owned)
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// The shared session of an account goes on with these cookies.
    pub(crate) fn keep(&mut self, who: Who, visitor: &Visitor) {
        if let Some(session) = self.sessions.get_mut(&who) {
            session.visitor = visitor.clone();
        }
    }

    /// A number that no other part of this audit has: for values that have to be told apart.
    pub(crate) fn number(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// How often an answer to wrong passwords may be waited for.
    pub(crate) async fn wait(&mut self, duration: Duration) -> bool {
        self.client.wait(duration).await
    }
}

/// Some letters and digits that no site knows.
pub(crate) fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    // Nothing secret hangs on it: it is a value that nobody has.
    if getrandom::fill(&mut random).is_err() {
        random.fill(0x5a);
    }
    data_encoding::BASE64URL_NOPAD.encode(&random)
}

/// The sentence for what a recipe has to name.
pub(crate) fn unnamed(en: &'static str, ko: &'static str) -> Stop {
    Stop::Known(Outcome::untested(Words::fixed(en, ko)))
}
