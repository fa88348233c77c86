//! `login-redirect`

use std::collections::BTreeSet;
use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use url::Url;

use crate::html::Page;
use crate::http::{ATTACKER, Exchange, Origin, Request};
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor, Who, set, submit};

pub(crate) static RULE: Rule = Rule {
    id: "login-redirect",
    title: Words::fixed("Signing in leads to no other site", "로그인한 뒤 다른 사이트로 보내지 않는다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Login,
    asvs: &["V3.7.2"],
    cwe: &[601],
    why: Words::fixed(
        "A link to the real login page ends, after the real sign-in, at a copy that says the password was wrong: users type it \
         once more, there.",
        "진짜 로그인 페이지로 가는 링크가 진짜 로그인 뒤에 비밀번호가 틀렸다고 말하는 복제 사이트로 이어지고, 사용자는 거기에 \
         비밀번호를 다시 입력합니다.",
    ),
    how: Words::fixed(
        "Signs in, at most three times, with addresses of another site in the parameters that say where to go afterwards, and reads \
         where the answers lead. Nothing is sent there.",
        "로그인 뒤 갈 곳을 정하는 매개변수에 다른 사이트의 주소를 넣고 많아야 세 번 로그인하여, 응답이 어디로 보내는지 읽습니다. \
         그 사이트로는 아무것도 보내지 않습니다.",
    ),
    remedy: Words::fixed(
        "Take only a path of the site itself: one slash, then neither a slash nor a backslash. Otherwise lead to the start page.",
        "사이트 자신의 경로만 받으세요. 슬래시 하나로 시작하고 그다음이 슬래시나 역슬래시가 아니어야 합니다. 아니면 시작 페이지로 보내세요.",
    ),
    stacks: &[
        (Stack::Express, "res.redirect(/^\\/(?![\\/\\\\])/.test(next) ? next : '/')"),
        (
            Stack::Django,
            "url_has_allowed_host_and_scheme(next, allowed_hosts={request.get_host()}, require_https=True)",
        ),
        (Stack::Rails, "redirect_to url_from(params[:next]) || root_path"),
        (Stack::Spring, "use SavedRequestAwareAuthenticationSuccessHandler without setTargetUrlParameter"),
        (Stack::Laravel, "return redirect()->intended('/');  // and nothing from the request"),
        (Stack::Axum, "nothing to do: admit takes local paths alone"),
    ],
};

/// What such parameters are called.
const NAMES: [&str; 15] = [
    "next",
    "return_to",
    "returnto",
    "return",
    "redirect",
    "redirect_to",
    "redirect_uri",
    "redirecturl",
    "returnurl",
    "continue",
    "url",
    "callbackurl",
    "goto",
    "target",
    "back",
];

fn is_known(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || ["redirect_url", "return_url", "callback_url"].contains(&name.as_str())
}

/// The parameters that the login page, or the way to it, uses.
async fn parameters(site: &mut Site) -> Result<BTreeSet<String>, Stop> {
    let mut names = BTreeSet::new();
    let mut urls: Vec<Url> = Vec::new();
    for place in site.recipe.pages.private.clone().into_iter().take(2) {
        let url = site.url(&place)?;
        urls.extend(site.send(Request::get(url), &mut Visitor::default()).await?.location());
    }
    let (page, form) = site.login_page(&mut Visitor::default()).await?;
    urls.extend([page.request.url.clone(), form.action.clone()]);
    names.extend(form.fields.iter().filter(|field| is_known(&field.name)).map(|field| field.name.clone()));
    for url in urls {
        names.extend(url.query_pairs().map(|(name, _)| name.into_owned()).filter(|name| is_known(name)));
    }
    Ok(names)
}

/// Signs in with a place in these parameters, in the address of the login page and in its form.
async fn sign_in_to(site: &mut Site, names: &BTreeSet<String>, place: &str) -> Result<Vec<Arc<Exchange>>, Stop> {
    let account = site.account(Who::Ordinary)?;
    let login = site.recipe.login.clone();
    let mut visitor = Visitor::default();
    let (page, _) = site.login_page(&mut visitor).await?;
    let mut url = page.request.url.clone();
    for name in names {
        url.query_pairs_mut().append_pair(name, place);
    }
    let page = site.send(Request::new("GET", url, Origin::Own), &mut visitor).await?;
    let read = Page::read(page.body(), &page.request.url);
    let fitting = read.login_form().filter(|form| site.is_ours(&form.action));
    let request = match fitting {
        Some(form) => {
            let named = login.name_field.or_else(|| form.name_field().map(|field| field.name.clone()));
            let password = login.password_field.or_else(|| form.passwords().next().map(|field| field.name.clone()));
            let mut fields = form.filled();
            fields.extend(login.fields);
            set(&mut fields, &named.unwrap_or_default(), &account.name);
            set(&mut fields, &password.unwrap_or_default(), account.password());
            for name in names {
                set(&mut fields, name, place);
            }
            submit(form, &fields, Origin::Own)
        }
        // The page does not like the parameter; the form as it is without it.
        None => site.login_request(&account.name, account.password(), &mut visitor).await?,
    };
    let attempt = site.sign_in_with(request, &mut visitor).await?;
    if attempt.limited().is_some() {
        return Err(super::limited(&attempt.steps).into());
    }
    Ok(attempt.steps)
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut names = parameters(site).await?;
    if names.is_empty() {
        names.extend(NAMES.iter().map(|name| (*name).to_owned()));
    }
    let host = ATTACKER.trim_start_matches("https://");
    let mut evidence = Vec::new();
    for place in [format!("{ATTACKER}/"), format!("//{host}/"), format!("/\\{host}/")] {
        let steps = sign_in_to(site, &names, &place).await?;
        let away = steps.iter().find(|exchange| {
            exchange.is_redirect() && exchange.location().is_some_and(|to| to.host_str() == Some(host))
        });
        if let Some(away) = away {
            let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Ok(Outcome::fail(say!(
                "With {place} in {list}, signing in leads to the other site.",
                "{list}에 {place}을(를) 넣으면 로그인 뒤 다른 사이트로 이동합니다."
            ))
            .seen(away));
        }
        evidence.extend(steps.into_iter().take(1));
    }
    let list = names.into_iter().collect::<Vec<_>>().join(", ");
    Ok(Outcome::pass(say!(
        "Three spellings of another site's address in {list} led nowhere else.",
        "{list}에 다른 사이트의 주소를 세 가지로 넣었지만 그리로 이동하지 않았습니다."
    ))
    .seen_all(&evidence))
}
