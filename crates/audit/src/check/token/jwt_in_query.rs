//! `jwt-in-query`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::genuine;
use crate::http::{Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) static RULE: Rule = Rule {
    id: "jwt-in-query",
    title: Words::fixed("A token in the address is not accepted", "주소에 든 토큰은 받아들이지 않는다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V14.2.1"],
    cwe: &[598],
    why: Words::fixed(
        "Addresses stand in the logs of servers and proxies, in histories and in `Referer`. Where the API takes tokens \
         there, clients put them there (RFC 6750 §2.3, §5.3; RFC 9700 §4.3.2).",
        "주소는 서버와 프록시의 로그, 방문 기록, `Referer`에 남습니다. API가 주소의 토큰을 받아들이면 클라이언트는 토큰을 주소에 \
         넣게 됩니다(RFC 6750 §2.3, §5.3; RFC 9700 §4.3.2).",
    ),
    how: Words::fixed(
        "Asks each private address with `?access_token=`, `?token=` and `?jwt=` in place of the header.",
        "비공개 주소마다 헤더 대신 `?access_token=`, `?token=`, `?jwt=`로 요청합니다.",
    ),
    remedy: Words::fixed(
        "Take tokens from the header Authorization alone.",
        "토큰은 Authorization 헤더에서만 받으세요.",
    ),
    stacks: &[
        (Stack::Express, "ExtractJwt.fromAuthHeaderAsBearerToken()  // not fromUrlQueryParameter"),
        (
            Stack::Django,
            "SIMPLE_JWT = {\"AUTH_HEADER_TYPES\": (\"Bearer\",)}  # no authentication class that reads request.GET",
        ),
        (Stack::Rails, "authenticate_with_http_token { |token, _| … }  # never params[:access_token]"),
        (Stack::Spring, "DefaultBearerTokenResolver: setAllowUriQueryParameter(false), the default"),
        (Stack::Laravel, "$request->bearerToken()  // jwt-auth: remove QueryString from the parser's chain"),
        (Stack::Axum, "nothing to do: tokens are read from Authorization alone"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = genuine(site).await?;
    let mut last = None;
    for gate in genuine.gates() {
        for name in ["access_token", "token", "jwt"] {
            let mut url = gate.clone();
            url.query_pairs_mut().append_pair(name, &genuine.token);
            let request = Request::new("GET", url, Origin::Unsaid).header("Accept", "application/json");
            let exchange = site.send(request, &mut Visitor::default()).await?;
            if exchange.is_success() {
                let path = gate.path();
                return Ok(Outcome::fail(say!(
                    "{path} accepts the token in its address, as {name}.",
                    "{path}이(가) 주소의 {name}에 든 토큰을 받아들입니다."
                ))
                .seen(&exchange));
            }
            last = Some(exchange);
        }
    }
    let places = genuine.places();
    Ok(Outcome::pass(say!(
        "A token in the address opens nothing at {places}.",
        "{places}에서 주소에 든 토큰으로는 아무것도 열리지 않습니다."
    ))
    .seen_all(&last))
}
