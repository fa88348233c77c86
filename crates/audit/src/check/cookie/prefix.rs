//! `cookie-prefix`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{names, session_cookies};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "cookie-prefix",
    title: Words::fixed(
        "The session's cookie has a name that browsers protect",
        "세션 쿠키의 이름이 브라우저가 보호하는 이름이다",
    ),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V3.3.1", "V3.3.3"],
    cwe: &[1275],
    why: Words::fixed(
        "A neighbouring host (shop.example.org beside login.example.org), or anybody on a plain http connection, can set a cookie of the same name and so choose the victim's session. With __Host- browsers refuse that.",
        "이웃 호스트나 평문 http 연결에 끼어든 사람이 같은 이름의 쿠키를 심어 피해자의 세션을 정할 수 있습니다. __Host- 이름이면 브라우저가 거부합니다.",
    ),
    how: Words::fixed(
        "Signs in and reads the name of the session's cookie.",
        "로그인한 뒤 세션 쿠키의 이름을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Call the cookie __Host-…, with Secure, Path=/ and no Domain; __Secure-… where several hosts have to share it.",
        "쿠키 이름을 __Host-…로 하고 Secure, Path=/, Domain 없음을 지키세요. 여러 호스트가 공유해야 하면 __Secure-…로 하세요.",
    ),
    stacks: &[
        (Stack::Express, "session({ name: '__Host-sid', cookie: { secure: true, path: '/' } })"),
        (Stack::Django, "SESSION_COOKIE_NAME = '__Host-sessionid'"),
        (Stack::Rails, "config.session_store :cookie_store, key: '__Host-session', secure: true, path: '/'"),
        (Stack::Spring, "server.servlet.session.cookie.name=__Host-SESSION"),
        (Stack::Laravel, "SESSION_COOKIE=__Host-session"),
        (Stack::Axum, "nothing to do: admit's cookie is __Host-admit_session"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let evidence: Vec<_> = cookies.iter().map(|(_, exchange)| exchange).collect();
    if cookies.iter().any(|(cookie, _)| !cookie.secure) {
        return Ok(Outcome::not_applicable(say!(
            "The names that browsers protect need Secure, which is missing (cookie-secure).",
            "브라우저가 보호하는 이름에는 Secure가 필요한데 없습니다 (cookie-secure)."
        ))
        .seen_all(evidence));
    }
    let protected = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("__host-") || name.starts_with("__secure-")
    };
    let plain: Vec<_> = cookies.iter().filter(|(cookie, _)| !protected(&cookie.name)).collect();
    if plain.is_empty() {
        return Ok(Outcome::pass(say!("The name is protected.", "보호되는 이름입니다.")).seen_all(evidence));
    }
    let names = names(&plain);
    Ok(Outcome::warn(say!(
        "{names} begins neither with __Host- nor with __Secure-.",
        "{names}은(는) __Host-로도 __Secure-로도 시작하지 않습니다."
    ))
    .seen_all(evidence))
}
