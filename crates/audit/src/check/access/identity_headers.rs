//! `access-identity-headers`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::guarded::{Guarded, guarded};
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor};

pub(crate) static RULE: Rule = Rule {
    id: "access-identity-headers",
    title: Words::fixed("No header of a stranger says who they are", "낯선 사람이 보낸 헤더는 신원이 되지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Access,
    asvs: &["V4.1.3", "V8.3.1"],
    cwe: &[290],
    why: Words::fixed(
        "Behind a proxy that signs people in, the site believes a header. Where callers can send that header themselves, one line \
         makes anybody the administrator.",
        "로그인을 대신하는 프록시 뒤의 사이트는 헤더를 믿습니다. 호출자가 그 헤더를 직접 보낼 수 있으면 한 줄로 누구나 관리자가 됩니다.",
    ),
    how: Words::fixed(
        "As a stranger, asks for guarded pages with the headers by which proxies say who the user is, all at once; where that \
         shows what is guarded, one after the other.",
        "낯선 사람으로서 프록시가 사용자를 알리는 헤더를 모두 붙여 보호된 페이지를 요청하고, 보호된 내용이 보이면 하나씩 다시 \
         확인합니다.",
    ),
    remedy: Words::fixed(
        "Let the proxy remove these headers from what comes in, and let the site believe them from the proxy's address alone.",
        "프록시가 들어오는 요청에서 이런 헤더를 지우게 하고, 사이트는 프록시 주소에서 온 것만 믿게 하세요.",
    ),
    stacks: &[
        (Stack::Express, "do not read req.get('x-forwarded-user'); nginx: proxy_set_header X-Forwarded-User \"\";"),
        (Stack::Django, "remove RemoteUserMiddleware, or let the proxy always set its header"),
        (
            Stack::Rails,
            "do not read request.headers['X-Forwarded-User']; nginx: proxy_set_header X-Forwarded-User \"\";",
        ),
        (Stack::Spring, "remove RequestHeaderAuthenticationFilter, or let the proxy always set its header"),
        (
            Stack::Laravel,
            "do not read $request->header('X-Forwarded-User'); nginx: proxy_set_header X-Forwarded-User \"\";",
        ),
        (Stack::Axum, "nothing to do: admit reads no such header"),
    ],
};

/// Headers that say who somebody is.
const HEADERS: [&str; 17] = [
    "X-Forwarded-User",
    "X-Remote-User",
    "Remote-User",
    "X-Auth-User",
    "X-User",
    "X-Username",
    "X-Authenticated-User",
    "X-Webauth-User",
    "X-Forwarded-Email",
    "X-Forwarded-Preferred-Username",
    "X-Auth-Request-User",
    "X-Authentik-Username",
    "X-Goog-Authenticated-User-Email",
    "Cf-Access-Authenticated-User-Email",
    "Tailscale-User-Login",
    "Remote_User",
    "X_Forwarded_User",
];

async fn ask(site: &mut Site, target: &Guarded, headers: &[&str]) -> Result<Arc<Exchange>, Stop> {
    let request = headers.iter().fold(target.request(), |request, header| request.header(header, &target.name));
    Ok(site.send(request, &mut Visitor::default()).await?)
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut seen = Vec::new();
    for target in guarded(site).await? {
        let mut all = ask(site, &target, &HEADERS).await?;
        if all.status() == 400 {
            // Some servers refuse names with underscores as a whole.
            let plain: Vec<&str> = HEADERS.into_iter().filter(|name| !name.contains('_')).collect();
            all = ask(site, &target, &plain).await?;
        }
        if !target.is_shown_by(&all) {
            seen.push(all);
            continue;
        }
        let path = target.url.path();
        let mut believed = Vec::new();
        let mut proofs = Vec::new();
        for header in HEADERS {
            let exchange = ask(site, &target, &[header]).await?;
            if target.is_shown_by(&exchange) {
                believed.push(header);
                proofs.push(exchange);
            }
        }
        let headers = if believed.is_empty() { HEADERS.join(", ") } else { believed.join(", ") };
        let name = &target.name;
        return Ok(Outcome::fail(say!(
            "With \"{name}\" in {headers}, a stranger sees {path}.",
            "{headers}에 \"{name}\"을(를) 넣으면 낯선 사람에게 {path}이(가) 보입니다."
        ))
        .seen(&target.refused)
        .seen(&all)
        .seen_all(proofs.iter().take(2)));
    }
    let count = HEADERS.len();
    Ok(Outcome::pass(say!(
        "{count} headers with the name of an account opened nothing.",
        "계정 이름을 넣은 헤더 {count}개로 열린 것이 없습니다."
    ))
    .seen_all(seen.iter().take(4)))
}
