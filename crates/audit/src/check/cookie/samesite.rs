//! `cookie-samesite`

use super::{names, session_cookies};
use crate::http::SameSite;
use crate::outcome::{Answer, Outcome};
use crate::rule::{Area, Rule, Severity, Stack, Tier};
use crate::site::Site;
use crate::words::{Words, say};

pub(crate) static RULE: Rule = Rule {
    id: "cookie-samesite",
    title: Words::fixed(
        "Other sites cannot make browsers send the session's cookie",
        "다른 사이트가 브라우저에게 세션 쿠키를 보내게 할 수 없다",
    ),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V3.3.2"],
    cwe: &[1275],
    why: Words::fixed(
        "Without SameSite, or with None, a form on any page in the world is sent with the user's session; only the CSRF token stands in between.",
        "SameSite가 없거나 None이면 세상 어느 페이지의 양식이든 사용자의 세션과 함께 전송됩니다. 막는 것은 CSRF 토큰뿐입니다.",
    ),
    how: Words::fixed(
        "Signs in, finds the cookie without which the site does not recognise the user, and reads its attributes.",
        "로그인한 뒤, 없으면 사이트가 사용자를 알아보지 못하는 쿠키를 찾아 그 속성을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Set SameSite=Lax, or Strict where no link from elsewhere has to arrive signed in. None needs a reason.",
        "SameSite=Lax를 설정하세요. 외부 링크로 로그인 상태로 들어올 필요가 없다면 Strict가 좋습니다. None에는 이유가 있어야 합니다.",
    ),
    stacks: &[
        (Stack::Express, "session({ cookie: { sameSite: 'lax' } })"),
        (Stack::Django, "SESSION_COOKIE_SAMESITE = 'Lax'"),
        (Stack::Rails, "config.action_dispatch.cookies_same_site_protection = :lax"),
        (Stack::Spring, "server.servlet.session.cookie.same-site=lax"),
        (Stack::Laravel, "'same_site' => 'lax'  // config/session.php"),
        (Stack::Axum, "nothing to do: admit sets Lax"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let evidence: Vec<_> = cookies.iter().map(|(_, exchange)| exchange).collect();
    let open: Vec<_> = cookies.iter().filter(|(cookie, _)| cookie.same_site == Some(SameSite::None)).collect();
    if !open.is_empty() {
        let names = names(&open);
        return Ok(Outcome::fail(say!(
            "{names} is SameSite=None: browsers send it with requests that any site makes.",
            "{names}이(가) SameSite=None입니다. 브라우저는 어느 사이트가 만든 요청에든 이 쿠키를 보냅니다."
        ))
        .seen_all(evidence));
    }
    let unsaid: Vec<_> = cookies.iter().filter(|(cookie, _)| cookie.same_site.is_none()).collect();
    if !unsaid.is_empty() {
        let names = names(&unsaid);
        return Ok(Outcome::fail(say!(
            "{names} has no SameSite. What a browser makes of that differs: some send it from everywhere.",
            "{names}에 SameSite가 없습니다. 처리 방식은 브라우저마다 다르고, 일부는 어디서든 보냅니다."
        ))
        .seen_all(evidence));
    }
    Ok(Outcome::pass(say!("SameSite is Lax or Strict.", "SameSite가 Lax 또는 Strict입니다.")).seen_all(evidence))
}
