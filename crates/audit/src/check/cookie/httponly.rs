//! `cookie-httponly`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{names, session_cookies};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "cookie-httponly",
    title: Words::fixed("Scripts cannot read the session's cookie", "스크립트가 세션 쿠키를 읽을 수 없다"),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V3.3.4"],
    cwe: &[1004],
    why: Words::fixed(
        "One injected script is enough to send the id to a stranger, who is then signed in as the user from anywhere.",
        "스크립트 하나만 삽입되어도 세션 id가 밖으로 새고, 그것을 가진 사람은 어디서든 그 사용자로 로그인한 상태가 됩니다.",
    ),
    how: Words::fixed(
        "Signs in, finds the cookie without which the site does not recognise the user, and reads its attributes.",
        "로그인한 뒤, 없으면 사이트가 사용자를 알아보지 못하는 쿠키를 찾아 그 속성을 읽습니다.",
    ),
    remedy: Words::fixed("Set HttpOnly on the session's cookie.", "세션 쿠키에 HttpOnly를 설정하세요."),
    stacks: &[
        (Stack::Express, "session({ cookie: { httpOnly: true } })"),
        (Stack::Django, "SESSION_COOKIE_HTTPONLY = True"),
        (Stack::Rails, "config.session_store :cookie_store, httponly: true"),
        (Stack::Spring, "server.servlet.session.cookie.http-only=true"),
        (Stack::Laravel, "'http_only' => true  // config/session.php"),
        (Stack::Axum, "nothing to do: admit sets it always"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let open: Vec<_> = cookies.iter().filter(|(cookie, _)| !cookie.http_only).collect();
    let evidence = cookies.iter().map(|(_, exchange)| exchange);
    if open.is_empty() {
        let names = names(&cookies.iter().collect::<Vec<_>>());
        return Ok(Outcome::pass(say!("{names} is HttpOnly.", "{names}은(는) HttpOnly입니다.")).seen_all(evidence));
    }
    let names = names(&open);
    Ok(Outcome::fail(say!("{names} is set without HttpOnly.", "{names}이(가) HttpOnly 없이 설정됩니다."))
        .seen_all(evidence))
}
