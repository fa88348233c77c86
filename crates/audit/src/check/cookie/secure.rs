//! `cookie-secure`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{names, session_cookies};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "cookie-secure",
    title: Words::fixed("The session's cookie is sent over TLS alone", "세션 쿠키는 TLS로만 전송된다"),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V3.3.1"],
    cwe: &[614],
    why: Words::fixed(
        "One request over plain http, which anybody on the way can provoke with a picture, shows the id to the network.",
        "누구나 이미지 하나로 유도할 수 있는 평문 http 요청 한 번이면 세션 id가 네트워크에 드러납니다.",
    ),
    how: Words::fixed(
        "Signs in and reads the attributes of the session's cookie. On this machine's own address without TLS a missing \
         Secure is a warning: development servers do that on purpose.",
        "로그인한 뒤 세션 쿠키의 속성을 읽습니다. TLS 없는 이 컴퓨터 자신의 주소에서는 Secure가 없어도 경고로만 봅니다. \
         개발 서버가 일부러 그렇게 하기 때문입니다.",
    ),
    remedy: Words::fixed("Set Secure on the session's cookie.", "세션 쿠키에 Secure를 설정하세요."),
    stacks: &[
        (Stack::Express, "app.set('trust proxy', 1); session({ cookie: { secure: true } })"),
        (Stack::Django, "SESSION_COOKIE_SECURE = True"),
        (Stack::Rails, "config.force_ssl = true"),
        (Stack::Spring, "server.servlet.session.cookie.secure=true"),
        (Stack::Laravel, "SESSION_SECURE_COOKIE=true"),
        (Stack::Axum, "server.public_url = \"https://…\"; outside of --dev the cookie is always Secure"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let open: Vec<_> = cookies.iter().filter(|(cookie, _)| !cookie.secure).collect();
    let evidence = cookies.iter().map(|(_, exchange)| exchange);
    if open.is_empty() {
        let names = names(&cookies.iter().collect::<Vec<_>>());
        return Ok(Outcome::pass(say!("{names} is Secure.", "{names}은(는) Secure입니다.")).seen_all(evidence));
    }
    let names = names(&open);
    if site.start.scheme() == "http" {
        return Ok(Outcome::warn(say!(
            "{names} is set without Secure, over plain http. If production is the same, this is a failure: audit the https address.",
            "{names}이(가) 평문 http에서 Secure 없이 설정됩니다. 운영 환경도 같다면 실패입니다. https 주소를 감사하세요."
        ))
        .seen_all(evidence));
    }
    Ok(Outcome::fail(say!("{names} is set without Secure.", "{names}이(가) Secure 없이 설정됩니다."))
        .seen_all(evidence))
}
