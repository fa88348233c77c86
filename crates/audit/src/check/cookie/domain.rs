//! `cookie-domain`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{names, session_cookies};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "cookie-domain",
    title: Words::fixed("The session's cookie is for one host", "세션 쿠키는 한 호스트만을 위한 것이다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V3.3.3"],
    cwe: &[1275],
    why: Words::fixed(
        "With Domain the id goes to every host under it: to the forgotten blog, the customer's subdomain, the one that was taken over.",
        "Domain이 있으면 그 아래 모든 호스트로 세션 id가 갑니다. 방치된 블로그, 고객용 서브도메인, 탈취된 호스트까지 포함해서입니다.",
    ),
    how: Words::fixed(
        "Signs in, finds the cookie without which the site does not recognise the user, and reads its attributes.",
        "로그인한 뒤, 없으면 사이트가 사용자를 알아보지 못하는 쿠키를 찾아 그 속성을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Leave Domain out. Hosts that need a sign-in get one of their own, by a redirect.",
        "Domain을 빼세요. 로그인이 필요한 다른 호스트는 리디렉션으로 자기 세션을 받게 하세요.",
    ),
    stacks: &[
        (Stack::Express, "session({ cookie: { /* no domain */ } })"),
        (Stack::Django, "SESSION_COOKIE_DOMAIN = None"),
        (Stack::Rails, "config.session_store :cookie_store, key: '__Host-session'  # no domain:"),
        (Stack::Spring, "remove server.servlet.session.cookie.domain"),
        (Stack::Laravel, "SESSION_DOMAIN=null"),
        (Stack::Axum, "nothing to do: admit never sets Domain"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let evidence: Vec<_> = cookies.iter().map(|(_, exchange)| exchange).collect();
    let wide: Vec<_> = cookies.iter().filter(|(cookie, _)| cookie.domain.is_some()).collect();
    if wide.is_empty() {
        return Ok(Outcome::pass(say!("No Domain is set.", "Domain이 없습니다.")).seen_all(evidence));
    }
    let names = names(&wide);
    let domain = wide.iter().find_map(|(cookie, _)| cookie.domain.clone()).unwrap_or_default();
    Ok(Outcome::fail(say!(
        "{names} is sent to {domain} and every host under it.",
        "{names}은(는) {domain}과 그 아래 모든 호스트로 전송됩니다."
    ))
    .seen_all(evidence))
}
