//! `cookie-lifetime`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::session_cookies;
use crate::http::now;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "cookie-lifetime",
    title: Words::fixed(
        "Browsers do not keep the session's cookie for very long",
        "브라우저가 세션 쿠키를 너무 오래 보관하지 않는다",
    ),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V7.3.1", "V7.3.2"],
    cwe: &[613],
    why: Words::fixed(
        "A cookie that outlives the laptop is a session for whoever gets the laptop.",
        "노트북보다 오래 사는 쿠키는 노트북을 얻은 사람의 세션이 됩니다.",
    ),
    how: Words::fixed(
        "Signs in and compares Max-Age or Expires of the session's cookie with cookie_days of [limits] (90 unless said otherwise).",
        "로그인한 뒤 세션 쿠키의 Max-Age나 Expires를 [limits]의 cookie_days(기본 90일)와 견줍니다.",
    ),
    remedy: Words::fixed(
        "Leave Max-Age out, or make it as long as the session at the server, which ends by itself after idle and absolute limits.",
        "Max-Age를 빼거나, 유휴·절대 기한이 있는 서버 세션과 같은 길이로 하세요.",
    ),
    stacks: &[
        (Stack::Express, "session({ cookie: { maxAge: 12 * 60 * 60 * 1000 } })"),
        (Stack::Django, "SESSION_COOKIE_AGE = 43200; SESSION_EXPIRE_AT_BROWSER_CLOSE = True"),
        (Stack::Rails, "config.session_store :cookie_store, expire_after: 12.hours"),
        (Stack::Spring, "server.servlet.session.timeout=30m; no cookie.max-age"),
        (Stack::Laravel, "SESSION_LIFETIME=720, SESSION_EXPIRE_ON_CLOSE=true"),
        (Stack::Axum, "sessions.idle and sessions.absolute"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let evidence: Vec<_> = cookies.iter().map(|(_, exchange)| exchange).collect();
    let longest = cookies.iter().filter_map(|(cookie, _)| cookie.lifetime(now())).max();
    let Some(seconds) = longest else {
        return Ok(Outcome::pass(say!("It ends with the browser.", "브라우저와 함께 끝납니다.")).seen_all(evidence));
    };
    let (days, most) = (seconds / 86_400, site.recipe.limits.cookie_days);
    if days > most {
        return Ok(Outcome::fail(say!(
            "Browsers keep it for {days} days; {most} are allowed.",
            "브라우저가 {days}일 동안 보관합니다. 허용은 {most}일입니다."
        ))
        .seen_all(evidence));
    }
    let hours = seconds / 3_600;
    let unit = if hours == 1 { "hour" } else { "hours" };
    Ok(Outcome::pass(say!("Browsers keep it for {hours} {unit}.", "브라우저가 {hours}시간 동안 보관합니다."))
        .seen_all(evidence))
}
