//! `session-id-in-url`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{ids, pages_inside};
use crate::html::Page;
use crate::http::plain;
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "session-id-in-url",
    title: Words::fixed("No session id or token stands in an address", "주소에 세션 id나 토큰이 들어가지 않는다"),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V14.2.1"],
    cwe: &[598],
    why: Words::fixed(
        "Addresses are kept in histories, logs of servers and proxies, and Referer headers; people send them to each other.",
        "주소는 방문 기록, 서버와 프록시의 로그, Referer 헤더에 남고 사람들은 주소를 서로 보냅니다.",
    ),
    how: Words::fixed(
        "Follows the sign-in and looks at every address: for the value of the cookie, for ;jsessionid=, for JWTs.",
        "로그인 과정을 따라가며 모든 주소에 쿠키 값, ;jsessionid=, JWT가 있는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Carry ids in cookies and tokens in headers or bodies alone; hand over between hosts with a code that is good once.",
        "id는 쿠키로, 토큰은 헤더나 본문으로만 전달하세요. 호스트 사이에는 한 번만 쓰는 코드를 쓰세요.",
    ),
    stacks: &[
        (Stack::Express, "express-session uses cookies alone; do not redirect with ?token="),
        (Stack::Rails, "never put session.id into a path or query"),
        (Stack::Spring, "server.servlet.session.tracking-modes=cookie"),
        (Stack::Laravel, "never put session()->getId() into a route"),
        (Stack::Axum, "nothing to do: admit reads credentials from no address"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let names = site.session_cookies().await?;
    let (session, pages) = pages_inside(site).await?;
    let known: Vec<String> =
        ids(&session.visitor.jar, &names).chain(ids(&session.before, &names)).flat_map(secret_parts).collect();
    for exchange in &pages {
        let mut addresses = vec![exchange.request.url.to_string()];
        addresses.extend(exchange.location().map(String::from));
        if exchange.is_html() {
            addresses
                .extend(Page::read(exchange.body(), &exchange.request.url).links.into_iter().map(|(to, _)| to.into()));
        }
        if let Some(address) = addresses.iter().find(|address| tells(address, &known)) {
            let at = site.url(address).map(|url| url.path().to_owned()).unwrap_or_default();
            return Ok(Outcome::fail(say!(
                "The address of {at} carries the session's id or a token.",
                "{at}의 주소에 세션 id나 토큰이 들어 있습니다."
            ))
            .seen(exchange));
        }
    }
    Ok(Outcome::pass(say!("No address on the way had one.", "지나온 주소에는 없었습니다."))
        .seen_all(session.steps.last()))
}

/// The parts of a cookie's value by which the session would be known.
pub(super) fn secret_parts(value: &str) -> Vec<String> {
    let plain = plain(value);
    let plain = plain.strip_prefix("s:").unwrap_or(&plain).to_owned();
    let first = plain.split('.').next().unwrap_or_default().to_owned();
    [value.to_owned(), plain, first].into_iter().filter(|part| part.len() >= 6).collect()
}

fn tells(address: &str, known: &[String]) -> bool {
    let lower = address.to_ascii_lowercase();
    let Some((_, behind)) = address.split_once("://").and_then(|(_, rest)| rest.split_once('/')) else { return false };
    lower.contains(";jsessionid=")
        || known.iter().any(|id| behind.contains(id.as_str()))
        || behind.split(['?', '&', '#', '=', '/', ';']).any(|part| Jwt::read(part).is_some())
}
