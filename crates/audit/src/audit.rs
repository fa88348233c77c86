//! Runs the checks, and sees to it that nothing is taken for an answer that is none.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use admit_rules::Tier;
use admit_words::{Words, say};
use url::Url;

use crate::check::{self, Check};
use crate::http::{Bounds, Client, Exchange, Jar, Request, Trouble};
use crate::outcome::{Outcome, State, Stop};
use crate::recipe::Recipe;
use crate::report::{self, Answered, Report};
use crate::site::Site;

/// How an audit is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// What may be sent.
    pub tier: Tier,
    /// Whether whoever runs it answers for the site. Without, nothing active is sent.
    pub own_this_site: bool,
    /// How much may be sent.
    pub bounds: Bounds,
    /// A certificate in PEM that is trusted besides those of the system.
    pub authority: Option<Vec<u8>>,
    /// Only checks whose id begins with one of these; empty: all.
    pub only: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { tier: Tier::Safe, own_this_site: false, bounds: Bounds::default(), authority: None, only: Vec::new() }
    }
}

/// Something that happened, for whoever waits.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A check begins.
    Begins {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// Its id.
        id: &'a str,
        /// Requests so far.
        sent: u32,
    },
    /// A check has its answer.
    Ends {
        /// Its id.
        id: &'a str,
        /// The answer.
        state: State,
    },
}

/// What an audit of this kind will send: said before it begins.
#[must_use]
pub fn plan(recipe: &Recipe, options: &Options) -> Vec<Words> {
    let (requests, rate) = (options.bounds.requests, options.bounds.rate);
    let mut told = vec![say!(
        "GET requests to public pages; at most {requests} requests in all, {rate} a second.",
        "공개 페이지에 GET 요청을 보냅니다. 모두 합해 최대 {requests}개, 초당 {rate}개입니다."
    )];
    let named = |account: &Option<crate::recipe::Account>| account.as_ref().map(|account| account.name.clone());
    let accounts: Vec<String> =
        [named(&recipe.accounts.ordinary), named(&recipe.accounts.admin)].into_iter().flatten().collect();
    let accounts = accounts.join(", ");
    if options.tier >= Tier::Login && !accounts.is_empty() {
        told.push(say!(
            "Signs in and out as {accounts}, some ten times.",
            "{accounts} 계정으로 열 번쯤 로그인하고 로그아웃합니다."
        ));
    }
    if options.tier >= Tier::Login
        && let (Some(ordinary), true) = (&recipe.accounts.ordinary, recipe.password.page.is_some())
        && ordinary.new_password.is_some()
    {
        let name = &ordinary.name;
        told.push(say!(
            "Changes the password of {name}, which ends that user's sessions, and sets it back.",
            "{name}의 비밀번호를 바꾸었다가 되돌립니다. 그 사용자의 세션은 끝납니다."
        ));
    }
    if options.tier >= Tier::Active {
        if let Some(change) = &recipe.change {
            let (page, field) = (&change.page, &change.field);
            told.push(say!(
                "Changes \"{field}\" on {page}, rightly and as a forger would, and sets it back.",
                "{page}의 \"{field}\" 값을 정상적으로, 그리고 위조자처럼 바꾸어 본 뒤 되돌립니다."
            ));
        }
        let tries = recipe.limits.tries;
        told.push(say!(
            "Sends forged, replayed and broken requests, and at the end up to {tries} wrong passwords: the account may be locked for a while.",
            "위조되고 재전송되고 망가진 요청을 보내고, 마지막에 틀린 비밀번호를 최대 {tries}번 보냅니다. 계정이 한동안 잠길 수 있습니다."
        ));
    }
    told
}

/// The site, when it may be asked what these options ask for.
///
/// # Errors
/// When the address is not that of a site, a waiver of the recipe is not valid, or active checks are requested without
/// confirming that the site is one's own.
pub fn permitted(address: &str, recipe: &Recipe, options: &Options) -> Result<Url, Words> {
    recipe.waive.iter().try_for_each(report::sound)?;
    let start = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(start) = start else {
        return Err(say!(
            "\"{address}\" is no address of a site: write it as https://shop.example.org.",
            "\"{address}\"은(는) 사이트 주소가 아닙니다. https://shop.example.org처럼 쓰세요."
        ));
    };
    if options.tier == Tier::Active && !options.own_this_site {
        let host = start.host_str().unwrap_or_default();
        return Err(say!(
            "Active checks send forged requests and wrong passwords to {host}. If it is yours, say so with --i-own-this-site.",
            "능동 검사는 {host}에 위조된 요청과 틀린 비밀번호를 보냅니다. 직접 운영하는 사이트라면 --i-own-this-site를 붙이세요."
        ));
    }
    Ok(start)
}

/// Audits a site. Whatever goes wrong on the way is in the report.
///
/// # Errors
/// When the audit could not begin: see [`permitted`].
pub async fn audit(
    address: &str,
    recipe: Recipe,
    options: &Options,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Report, Words> {
    boxed(address, recipe, options, &mut progress).await
}

/// Behind a type that says nothing of it: otherwise every check would be compiled again in each crate that audits.
#[inline(never)]
fn boxed<'a>(
    address: &'a str,
    recipe: Recipe,
    options: &'a Options,
    progress: &'a mut dyn FnMut(Progress<'_>),
) -> Pin<Box<dyn Future<Output = Result<Report, Words>> + 'a>> {
    Box::pin(conduct(address, recipe, options, progress))
}

async fn conduct(
    address: &str,
    recipe: Recipe,
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, Words> {
    let start = permitted(address, &recipe, options)?;
    let checks: Vec<&Check> = check::all().filter(|check| is_wanted(check, &options.only)).collect();
    let mut report = Report::new(start.clone(), options.tier);
    let mut run = match Run::begin(start, recipe, options).await {
        Ok(run) => run,
        Err(trouble) => {
            report.ended = Some(trouble.clone());
            report.answers =
                checks.iter().map(|check| Answered::new(check.rule, Outcome::untested(trouble.words()))).collect();
            return Ok(report);
        }
    };
    report.start = run.site.start.clone();
    let of = checks.len();
    for (at, check) in checks.iter().enumerate() {
        progress(Progress::Begins { number: at + 1, of, id: check.rule.id, sent: run.site.client.sent() });
        let outcome = run.answer(check, options).await;
        progress(Progress::Ends { id: check.rule.id, state: outcome.state });
        report.answers.push(Answered::new(check.rule, outcome));
    }
    report.left_behind.extend(run.site.set_back().await);
    report.ended = run.ended;
    report.requests = run.site.client.sent();
    report.redactor = run.site.client.redactor.clone();
    Ok(report)
}

fn is_wanted(check: &Check, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|prefix| check.rule.id.starts_with(prefix.as_str()))
}

/// An audit that is on its way.
struct Run {
    site: Site,
    /// How the start page answers a stranger: what tells a refusal of the auditor from one of the request.
    usual: u16,
    ended: Option<Trouble>,
}

impl Run {
    async fn begin(start: Url, recipe: Recipe, options: &Options) -> Result<Self, Trouble> {
        let client = Client::new(options.bounds, options.authority.as_deref())?;
        let mut site = Site::new(client, start, recipe, options.tier);
        let mut jar = Jar::default();
        let mut first = site.client.send(Request::get(site.start.clone()), &mut jar).await?;
        // http to https, a bare host to www: that is the site then.
        for _ in 0..5 {
            let Some(next) = first.location().filter(|_| first.is_redirect()) else { break };
            if !site.is_ours(&next) {
                if next.host_str().map(without_www) != site.start.host_str().map(without_www) {
                    break;
                }
                site.start = next.clone();
            }
            first = site.client.send(Request::get(next), &mut jar).await?;
        }
        let usual = site.client.send(Request::get(site.start.clone()), &mut Jar::default()).await?.status();
        Ok(Self { site, usual, ended: None })
    }

    async fn answer(&mut self, check: &Check, options: &Options) -> Outcome {
        if check.rule.tier > options.tier {
            let option = check.rule.tier.option();
            return Outcome::untested(say!(
                "Not asked for: needs {option}.",
                "요청하지 않았습니다. {option}이(가) 필요합니다."
            ));
        }
        if let Some(trouble) = &self.ended {
            return Outcome::untested(trouble.words());
        }
        let before = self.site.client.sent();
        let outcome = match (check.run)(&mut self.site).await {
            Ok(outcome) | Err(Stop::Known(outcome)) => outcome,
            Err(Stop::Trouble(trouble)) => {
                if trouble.is_final() {
                    self.ended = Some(trouble.clone());
                }
                return Outcome::untested(trouble.words());
            }
        };
        if self.site.client.sent() == before {
            return outcome;
        }
        match self.is_still_welcome().await {
            Ok(()) => outcome,
            // What was seen may be the refusal, and not the answer.
            Err(trouble) => {
                let told = trouble.words();
                self.ended = Some(trouble);
                Outcome::untested(told)
            }
        }
    }

    /// Whether the start page answers a stranger as it did at the beginning. A site that asks to wait is waited for once.
    async fn is_still_welcome(&mut self) -> Result<(), Trouble> {
        let answer = self.knock().await?;
        if answer.status() == self.usual {
            return Ok(());
        }
        let seconds = answer.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(5);
        if matches!(answer.status(), 429 | 503) && self.site.wait(Duration::from_secs(seconds)).await {
            let again = self.knock().await?;
            if again.status() == self.usual {
                return Ok(());
            }
        }
        Err(Trouble::Refused(answer.status()))
    }

    async fn knock(&mut self) -> Result<Arc<Exchange>, Trouble> {
        self.site.client.send(Request::get(self.site.start.clone()), &mut Jar::default()).await
    }
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}
