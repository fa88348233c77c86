//! `login-form-get`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::Words;

use crate::check::if_known;
use crate::html::Page;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor, Who};

pub(crate) static RULE: Rule = Rule {
    id: "login-form-get",
    title: Words::fixed(
        "The login form does not put the password into the address",
        "로그인 양식이 비밀번호를 주소에 넣지 않는다",
    ),
    severity: Severity::High,
    tier: Tier::Safe,
    area: Area::Login,
    asvs: &["V14.2.1"],
    cwe: &[598],
    why: Words::fixed(
        "Addresses are kept in the browser's history, in the logs of servers and proxies, and are told to other sites as Referer: \
         with a form that is sent by GET, the password is.",
        "주소는 브라우저 방문 기록과 서버, 프록시의 로그에 남고 Referer로 다른 사이트에 전해집니다. GET으로 보내는 양식이면 \
         비밀번호가 그렇게 됩니다.",
    ),
    how: Words::fixed(
        "Reads the method of the login form. Where scripts might send it otherwise, the form is sent as it stands if an account was \
         given; if that does not sign in, or none was given, it is a warning.",
        "로그인 양식의 method를 읽습니다. 스크립트가 다르게 보낼 수도 있으면, 계정이 있을 때 양식을 그대로 보내 봅니다. 그래도 \
         로그인되지 않거나 계정이 없으면 주의로 봅니다.",
    ),
    remedy: Words::fixed(
        "Write method=\"post\" at the form, and take passwords from the body alone.",
        "양식에 method=\"post\"를 쓰고, 비밀번호는 본문에서만 받으세요.",
    ),
    stacks: &[
        (Stack::Express, "<form method=\"post\">; app.post('/login', …), read req.body and not req.query"),
        (Stack::Django, "<form method=\"post\">{% csrf_token %}"),
        (Stack::Rails, "form_with url: session_path, method: :post"),
        (Stack::Spring, "<form th:action=\"@{/login}\" method=\"post\">"),
        (Stack::Laravel, "<form method=\"POST\" action=\"/login\">@csrf"),
        (Stack::Axum, "nothing to do: admit takes sign-ins by POST alone"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (page, form) = site.login_page(&mut Visitor::default()).await?;
    if form.method == "POST" {
        return Ok(Outcome::pass(Words::fixed("The login form is sent by POST.", "로그인 양식은 POST로 보내집니다."))
            .seen(&page));
    }
    let read = Page::read(page.body(), &page.request.url);
    let scripted = !read.scripts.is_empty() || !read.inline_script.trim().is_empty();
    if !scripted {
        return Ok(Outcome::fail(Words::fixed(
            "The login form is sent by GET: name and password stand in the address.",
            "로그인 양식이 GET으로 보내져 이름과 비밀번호가 주소에 들어갑니다.",
        ))
        .seen(&page));
    }
    if site.tier >= Tier::Login
        && let Some(session) = if_known(site.fresh_session(Who::Ordinary).await)?
    {
        return Ok(Outcome::fail(Words::fixed(
            "The login form is sent by GET, and one signs in that way: name and password stand in the address.",
            "로그인 양식이 GET으로 보내지고 그렇게 로그인됩니다. 이름과 비밀번호가 주소에 들어갑니다.",
        ))
        .seen(&page)
        .seen_all(session.steps.iter().take(1)));
    }
    Ok(Outcome::warn(Words::fixed(
        "The login form has no method=\"post\". A script may send it otherwise; where that script does not run, name and password go \
         into the address.",
        "로그인 양식에 method=\"post\"가 없습니다. 스크립트가 다르게 보낼 수도 있지만, 그 스크립트가 실행되지 않으면 이름과 비밀번호가 \
         주소에 들어갑니다.",
    ))
    .seen(&page))
}
