//! `access-anonymous`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::content::{Public, shows};
use super::guarded::inside;
use super::{Address, addresses, answers};
use crate::check::if_known;
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor, Who, asks_to_sign_in};

pub(crate) static RULE: Rule = Rule {
    id: "access-anonymous",
    title: Words::fixed("Strangers see no guarded page", "낯선 사람에게는 보호된 페이지가 보이지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Safe,
    area: Area::Access,
    asvs: &["V8.2.1", "V8.3.1"],
    cwe: &[306, 862],
    why: Words::fixed(
        "Whoever knows or guesses the address reads the page. Nothing has to be broken.",
        "주소를 알거나 짐작한 사람은 누구나 페이지를 읽습니다. 무엇을 뚫을 필요도 없습니다.",
    ),
    how: Words::fixed(
        "Opens each named page and API address without cookie or token. Where accounts were given, what comes is compared \
         with what a signed-in user sees; a frame that stands under every address is not counted.",
        "지정된 페이지와 API 주소를 쿠키와 토큰 없이 엽니다. 계정이 있으면 로그인한 사용자가 보는 것과 비교하며, \
         모든 주소에 똑같이 나오는 틀은 세지 않습니다.",
    ),
    remedy: Words::fixed(
        "Refuse by default, at the server, and open single routes on purpose.",
        "서버에서 기본으로 거부하고, 공개할 경로만 골라서 여세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "app.use('/account', (req, res, next) => req.session.userId ? next() : res.redirect('/login'))",
        ),
        (Stack::Django, "MIDDLEWARE += ['django.contrib.auth.middleware.LoginRequiredMiddleware']  # 5.1 and later"),
        (Stack::Rails, "before_action :authenticate_user!  # in ApplicationController, with Devise"),
        (
            Stack::Spring,
            "http.authorizeHttpRequests(a -> a.requestMatchers(\"/\", \"/login\").permitAll().anyRequest().authenticated())",
        ),
        (Stack::Laravel, "Route::middleware('auth')->group(function () { /* routes */ });"),
        (Stack::Axum, ".route(\"/account\", signed_in(get(account)))  // a route without a rule does not compile"),
    ],
};

/// What a stranger got.
enum Got {
    Refusal,
    /// A page without what is guarded.
    Other,
    Content,
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let addresses = match addresses(site) {
        Ok(addresses) => addresses,
        Err(_) if site.tier >= Tier::Login && site.recipe.accounts.ordinary.is_some() => {
            vec![Address { url: site.oracle().await?.page, token: false, admin: false }]
        }
        Err(stop) => return Err(stop),
    };
    let public = Public::of(site).await?;
    let (mut open, mut unlike, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for address in addresses {
        let steps = site.follow(address.request(), &mut Visitor::default()).await?;
        let (Some(first), Some(last)) = (steps.first().cloned(), steps.into_iter().next_back()) else { continue };
        match judge(site, &public, &address, &last).await? {
            Got::Refusal => refused.push(first),
            Got::Other => unlike.push(last),
            Got::Content => open.push(last),
        }
    }
    if !open.is_empty() {
        let answers = answers(&open);
        return Ok(Outcome::fail(say!(
            "Without signing in one sees {answers}.",
            "로그인하지 않아도 {answers}이(가) 보입니다."
        ))
        .seen_all(&open));
    }
    if !unlike.is_empty() {
        let answers = answers(&unlike);
        return Ok(Outcome::warn(say!(
            "Strangers are not refused at {answers}; they get a page without what signed-in users see. Look whether it is meant for them.",
            "{answers}에서 낯선 사람이 거부되지 않고, 로그인한 사용자가 보는 내용이 없는 페이지를 받습니다. 그래도 되는 페이지인지 확인하세요."
        ))
        .seen_all(&unlike));
    }
    let count = refused.len();
    Ok(Outcome::pass(say!(
        "Strangers get nothing from {count} addresses.",
        "낯선 사람은 주소 {count}개에서 아무것도 얻지 못합니다."
    ))
    .seen_all(refused.iter().take(4)))
}

async fn judge(site: &mut Site, public: &Public, address: &Address, last: &Arc<Exchange>) -> Result<Got, Stop> {
    let elsewhere = last.request.url.path().trim_end_matches('/') != address.url.path().trim_end_matches('/');
    if !last.is_success()
        || asks_to_sign_in(last)
        || elsewhere
        || last.body().trim().is_empty()
        || public.is_frame(last)
    {
        return Ok(Got::Refusal);
    }
    let who = if address.admin { Who::Admin } else { Who::Ordinary };
    if site.tier < Tier::Login {
        return Ok(Got::Content);
    }
    let Some(account) = if_known(site.account(who))? else { return Ok(Got::Content) };
    let Some(inside) = if_known(inside(site, address, who).await)? else { return Ok(Got::Content) };
    let named = |exchange: &Exchange| account.name.len() > 2 && exchange.body().contains(&account.name);
    let same = inside.body() == last.body();
    Ok(match (named(&inside), named(last)) {
        // Not even a token differs, and nobody is named: a page for a script, which fetches what is guarded.
        (false, false) if same && last.is_html() => Got::Other,
        (true, true) => Got::Content,
        (false, false) if same || shows(last, &public.own_words(&inside)) => Got::Content,
        _ => Got::Other,
    })
}
