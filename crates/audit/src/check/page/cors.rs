//! `cors-credentials`

use admit_words::say;

use crate::http::{ATTACKER, Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) use admit_rules::shared::CORS_CREDENTIALS as RULE;

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
