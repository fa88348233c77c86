//! `cookie-opaque`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

use super::session_cookies;
use crate::http::plain;
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "cookie-opaque",
    title: Words::fixed(
        "The session's cookie holds an id and nothing to be read",
        "세션 쿠키에는 id뿐이고 읽을 수 있는 내용이 없다",
    ),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V7.2.1"],
    cwe: &[315, 565],
    why: Words::fixed(
        "What is in the cookie cannot be taken back: a role that was removed, an account that was closed live on until the cookie expires, and everybody who sees it reads it.",
        "쿠키에 담긴 것은 회수할 수 없습니다. 빼앗은 역할과 닫은 계정이 쿠키가 만료될 때까지 살아 있고, 쿠키를 보는 누구나 내용을 읽습니다.",
    ),
    how: Words::fixed(
        "Signs in and tries to read the value: as JSON, as base64, as a JWT. Encrypted values are fine.",
        "로그인한 뒤 값을 JSON, base64, JWT로 읽어 봅니다. 암호화된 값은 문제없습니다.",
    ),
    remedy: Words::fixed(
        "Keep the session at the server and put a random id into the cookie.",
        "세션은 서버에 두고 쿠키에는 무작위 id만 넣으세요.",
    ),
    stacks: &[
        (Stack::Express, "express-session with a store (connect-redis, connect-pg-simple) instead of cookie-session"),
        (Stack::Django, "SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'  # not signed_cookies"),
        (Stack::Rails, "config.session_store :active_record_store"),
        (Stack::Spring, "spring-session-jdbc or spring-session-data-redis"),
        (Stack::Laravel, "SESSION_DRIVER=database  # not cookie"),
        (Stack::Axum, "nothing to do: the cookie is 256 random bits"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let evidence: Vec<_> = cookies.iter().map(|(_, exchange)| exchange).collect();
    for (cookie, _) in &cookies {
        let name = &cookie.name;
        if let Some(jwt) = Jwt::read(&cookie.value) {
            let claims: Vec<&str> = jwt.claims.keys().map(String::as_str).collect();
            let claims = claims.join(", ");
            return Ok(Outcome::fail(say!(
                "{name} is a JWT, and says to everybody who sees it: {claims}.",
                "{name}은(는) JWT이고, 보는 사람 누구에게나 다음을 알려 줍니다: {claims}."
            ))
            .seen_all(evidence));
        }
        if let Some(text) = readable(&cookie.value) {
            let shown: String = text.chars().take(24).collect();
            return Ok(Outcome::fail(say!(
                "{name} can be read: it begins with {shown}…",
                "{name}의 내용을 읽을 수 있습니다. 시작 부분: {shown}…"
            ))
            .seen_all(evidence));
        }
    }
    Ok(Outcome::pass(say!("Nothing in it can be read.", "읽을 수 있는 내용이 없습니다.")).seen_all(evidence))
}

/// What a value says when it is taken apart and decoded as frameworks encode things.
fn readable(value: &str) -> Option<String> {
    let plain = plain(value);
    std::iter::once(plain.as_ref()).chain(plain.split(['.', ':', '|', '!', '&'])).find_map(|part| {
        if is_object(part.as_bytes()) {
            return Some(part.to_owned());
        }
        let part = part.trim_end_matches('=');
        let decoded = BASE64URL_NOPAD.decode(part.as_bytes()).or_else(|_| BASE64_NOPAD.decode(part.as_bytes())).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let told =
            is_object(text.as_bytes()) || (text.len() >= 12 && text.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
        told.then_some(text)
    })
}

/// Whether it is a JSON object that says something. What Laravel encrypts is one too, and says nothing.
fn is_object(bytes: &[u8]) -> bool {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(bytes) else { return false };
    let encrypted =
        object.contains_key("iv") && object.keys().all(|key| ["iv", "value", "mac", "tag"].contains(&key.as_str()));
    !object.is_empty() && !encrypted
}
