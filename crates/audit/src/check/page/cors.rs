//! `cors-credentials`

use crate::http::{ATTACKER, Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::rule::{Area, Rule, Severity, Stack, Tier};
use crate::site::{Site, Visitor};
use crate::words::{Words, say};

pub(crate) static RULE: Rule = Rule {
    id: "cors-credentials",
    title: Words::fixed("Other origins cannot read what the user sees", "다른 출처가 사용자가 보는 것을 읽을 수 없다"),
    severity: Severity::High,
    tier: Tier::Safe,
    area: Area::Page,
    asvs: &["V3.4.2"],
    cwe: &[942],
    why: Words::fixed(
        "Where any Origin is reflected together with credentials, a page of the attacker reads the account with the user's cookie, tokens of forms included.",
        "아무 Origin이나 되돌려 주면서 자격 증명을 허용하면, 공격자의 페이지가 사용자의 쿠키로 계정을 읽고 양식의 토큰까지 가져갑니다.",
    ),
    how: Words::fixed(
        "Asks for pages and API addresses with the Origin of a stranger, and with null, and reads the CORS headers of the answers.",
        "낯선 Origin과 null로 페이지와 API를 요청하고 응답의 CORS 헤더를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Name the origins that may read, and compare them as wholes. Never reflect, never allow null.",
        "읽어도 되는 출처를 나열하고 전체를 비교하세요. 되돌려 주지 말고 null을 허용하지 마세요.",
    ),
    stacks: &[
        (Stack::Express, "cors({ origin: ['https://app.example.org'], credentials: true })"),
        (Stack::Django, "CORS_ALLOWED_ORIGINS = ['https://app.example.org']  # not CORS_ALLOW_ALL_ORIGINS"),
        (Stack::Rails, "origins 'https://app.example.org' in rack-cors"),
        (Stack::Spring, "setAllowedOrigins(List.of(…)), not setAllowedOriginPatterns(\"*\")"),
        (Stack::Laravel, "'allowed_origins' => ['https://app.example.org'], 'supports_credentials' => true"),
        (Stack::Axum, "[clients.NAME] origins names them; the default is none"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut places = vec![site.start.clone()];
    let named = site.recipe.pages.private.iter().chain(&site.recipe.pages.admin);
    let api = site.recipe.tokens.iter().flat_map(|tokens| tokens.private.iter().chain([&tokens.url]));
    let named: Vec<String> = named.chain(api).cloned().collect();
    for place in named {
        places.push(site.url(&place)?);
    }
    let mut seen = None;
    for place in places {
        for origin in [ATTACKER, "null"] {
            let request = Request::new("GET", place.clone(), Origin::Unsaid)
                .header("Origin", origin)
                .header("Sec-Fetch-Site", "cross-site")
                .header("Sec-Fetch-Mode", "cors");
            let exchange = site.send(request, &mut Visitor::default()).await?;
            let allowed = exchange.header("access-control-allow-origin") == Some(origin);
            let credentials = exchange.header("access-control-allow-credentials") == Some("true");
            if allowed && credentials {
                let at = place.path().to_owned();
                return Ok(Outcome::fail(say!(
                    "{at} lets the origin \"{origin}\" read it with the user's cookie.",
                    "{at}은(는) 출처 \"{origin}\"이(가) 사용자의 쿠키로 읽는 것을 허용합니다."
                ))
                .seen(&exchange));
            }
            seen = Some(exchange);
        }
    }
    Ok(Outcome::pass(say!("No strange origin is let in.", "낯선 출처는 허용되지 않습니다.")).seen_all(&seen))
}
