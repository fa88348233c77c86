//! `access-www-authenticate`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{addresses, as_stranger, paths};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "access-www-authenticate",
    title: Words::fixed("401 says how to sign in", "401 응답은 인증 방법을 알린다"),
    severity: Severity::Low,
    tier: Tier::Safe,
    area: Area::Access,
    asvs: &[],
    cwe: &[],
    why: Words::fixed(
        "HTTP requires the header WWW-Authenticate with 401 (RFC 9110, 15.5.2), and libraries for tokens read from it whether a \
         token was missing or has expired (RFC 6750). Without it they guess.",
        "HTTP는 401에 WWW-Authenticate 헤더를 요구하고(RFC 9110, 15.5.2), 토큰 라이브러리는 토큰이 없었는지 만료되었는지를 \
         이 헤더에서 읽습니다(RFC 6750). 헤더가 없으면 추측할 수밖에 없습니다.",
    ),
    how: Words::fixed(
        "Asks for each named page and API address without cookie or token, and reads the headers of those that answer 401.",
        "지정된 페이지와 API 주소를 쿠키와 토큰 없이 요청하고, 401로 답하는 곳의 헤더를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Send WWW-Authenticate with every 401, for tokens the scheme Bearer.",
        "모든 401에 WWW-Authenticate를 보내고, 토큰이라면 Bearer 방식을 적으세요.",
    ),
    stacks: &[
        (Stack::Express, "res.status(401).set('WWW-Authenticate', 'Bearer').end()"),
        (Stack::Django, "def authenticate_header(self, request): return 'Bearer'  # in the REST framework class"),
        (Stack::Rails, "response.headers['WWW-Authenticate'] = 'Bearer'; head :unauthorized"),
        (
            Stack::Spring,
            "http.oauth2ResourceServer(o -> o.jwt(Customizer.withDefaults()))  // its entry point sends it",
        ),
        (Stack::Laravel, "return response()->json([], 401, ['WWW-Authenticate' => 'Bearer']);"),
        (Stack::Axum, "nothing to do: admit sends it with every 401"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for address in addresses(site)? {
        let exchange = as_stranger(site, &address).await?;
        if exchange.status() == 401 {
            let says = exchange.header("www-authenticate").is_some_and(|scheme| !scheme.trim().is_empty());
            if says { with.push(exchange) } else { without.push(exchange) }
        }
    }
    if !without.is_empty() {
        let paths = paths(&without);
        return Ok(Outcome::fail(say!(
            "{paths}: 401 without WWW-Authenticate.",
            "{paths}: WWW-Authenticate 없는 401 응답입니다."
        ))
        .seen_all(&without));
    }
    if with.is_empty() {
        return Ok(Outcome::not_applicable(Words::fixed(
            "No named address answers 401 to strangers.",
            "지정된 주소 가운데 낯선 사람에게 401로 답하는 것이 없습니다.",
        )));
    }
    let paths = paths(&with);
    Ok(Outcome::pass(say!("{paths}: 401 with WWW-Authenticate.", "{paths}: 401과 함께 WWW-Authenticate를 보냅니다."))
        .seen_all(with.iter().take(4)))
}
