//! `transport-https`

use crate::http::{Request, is_loopback};
use crate::outcome::{Answer, Outcome};
use crate::rule::{Area, Rule, Severity, Stack, Tier};
use crate::site::{Site, Visitor};
use crate::words::{Words, say};

pub(crate) static RULE: Rule = Rule {
    id: "transport-https",
    title: Words::fixed("The site is reached over TLS alone", "사이트에 TLS로만 접속할 수 있다"),
    severity: Severity::High,
    tier: Tier::Safe,
    area: Area::Page,
    asvs: &["V12.2.1"],
    cwe: &[319],
    why: Words::fixed(
        "On plain http anybody on the way reads the password, takes the cookie, and changes the page.",
        "평문 http에서는 중간의 누구나 비밀번호를 읽고 쿠키를 가져가고 페이지를 바꿉니다.",
    ),
    how: Words::fixed(
        "Looks at the address that was given, and where plain http on the usual port leads.",
        "주어진 주소를 보고, 보통 포트의 평문 http가 어디로 이어지는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Answer http with a redirect to https and nothing else.",
        "http에는 https로 가는 리디렉션으로만 응답하세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "let the proxy redirect, or app.use((req, res, next) => req.secure ? next() : res.redirect(301, …))",
        ),
        (Stack::Django, "SECURE_SSL_REDIRECT = True"),
        (Stack::Rails, "config.force_ssl = true"),
        (Stack::Spring, "http.redirectToHttps(withDefaults())"),
        (Stack::Laravel, "URL::forceScheme('https'), and the redirect at the proxy"),
        (Stack::Axum, "docs/guide/behind-a-proxy.md"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    if is_loopback(&site.start) {
        return Ok(Outcome::not_applicable(say!("This machine's own address.", "이 컴퓨터 자신의 주소입니다.")));
    }
    let mut stranger = Visitor::default();
    if site.start.scheme() == "http" {
        let exchange = site.send(Request::get(site.start.clone()), &mut stranger).await?;
        return Ok(Outcome::fail(say!("The site answers over plain http.", "사이트가 평문 http로 응답합니다."))
            .seen(&exchange));
    }
    if site.start.port().is_some() {
        return Ok(Outcome::pass(say!("The address is https, on a port of its own.", "별도 포트의 https 주소입니다.")));
    }
    let mut plain = site.start.clone();
    let _ = plain.set_scheme("http");
    // Nobody there is as good as a redirect.
    let Ok(exchange) = site.send(Request::get(plain), &mut stranger).await else {
        return Ok(Outcome::pass(say!("Nothing answers over plain http.", "평문 http에는 아무도 응답하지 않습니다.")));
    };
    let outcome = if exchange.is_redirect() && exchange.location().is_some_and(|to| to.scheme() == "https") {
        Outcome::pass(say!("Plain http leads to https.", "평문 http는 https로 이어집니다."))
    } else {
        Outcome::fail(say!("Plain http is answered with a page.", "평문 http에 페이지로 응답합니다."))
    };
    Ok(outcome.seen(&exchange))
}
