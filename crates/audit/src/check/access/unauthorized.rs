//! `access-401`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{addresses, answers, as_stranger};
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, asks_to_sign_in};

pub(crate) static RULE: Rule = Rule {
    id: "access-401",
    title: Words::fixed("Who has not signed in is told so", "로그인하지 않은 사람에게 그렇다고 답한다"),
    severity: Severity::Low,
    tier: Tier::Safe,
    area: Area::Access,
    asvs: &[],
    cwe: &[393],
    why: Words::fixed(
        "401 means \"sign in\", 403 means \"not even signed in as you are\". A program that gets the wrong one neither renews its \
         token nor asks its user to sign in, and whoever reads the logs cannot tell strangers from users who want more.",
        "401은 \"로그인하라\", 403은 \"로그인했어도 안 된다\"는 뜻입니다. 잘못된 쪽을 받은 프로그램은 토큰을 갱신하지도 \
         로그인을 요청하지도 않고, 로그를 보는 사람은 낯선 사람과 권한을 넘보는 사용자를 구별할 수 없습니다.",
    ),
    how: Words::fixed(
        "Asks for each named page and API address without cookie or token. 401 is right, for pages also a redirect or the login \
         form; 404 is taken too, because it hides that there is something.",
        "지정된 페이지와 API 주소를 쿠키와 토큰 없이 요청합니다. 401이 맞고, 페이지라면 리디렉션이나 로그인 양식도 됩니다. \
         무엇이 있다는 사실을 숨기는 404도 인정합니다.",
    ),
    remedy: Words::fixed(
        "Answer 401 to requests without a valid session or token, before rights are looked at.",
        "유효한 세션이나 토큰이 없는 요청에는 권한을 보기 전에 401로 답하세요.",
    ),
    stacks: &[
        (Stack::Express, "if (!req.user) return res.status(401).set('WWW-Authenticate', 'Bearer').end()"),
        (Stack::Django, "put a REST framework class that has authenticate_header() first, e.g. TokenAuthentication"),
        (Stack::Rails, "authenticate_or_request_with_http_token { |token| … }"),
        (
            Stack::Spring,
            "http.exceptionHandling(e -> e.authenticationEntryPoint(new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED)))",
        ),
        (Stack::Laravel, "Route::middleware('auth:sanctum')  // with the header Accept: application/json"),
        (Stack::Axum, "nothing to do: admit answers 401 before 403"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for address in addresses(site)? {
        let exchange = as_stranger(site, &address).await?;
        if exchange.is_success() && !asks_to_sign_in(&exchange) {
            // Whether that may be is another check's question.
            continue;
        }
        if is_right(&exchange, address.token) { right.push(exchange) } else { wrong.push(exchange) }
    }
    if !wrong.is_empty() {
        let answers = answers(&wrong);
        return Ok(Outcome::fail(say!(
            "Without signing in, the answer is not 401: {answers}.",
            "로그인하지 않은 요청에 대한 응답이 401이 아닙니다: {answers}."
        ))
        .seen_all(&wrong));
    }
    if right.is_empty() {
        return Ok(Outcome::not_applicable(Words::fixed(
            "No named address refuses strangers.",
            "지정된 주소 가운데 낯선 사람을 거부하는 것이 없습니다.",
        )));
    }
    let answers = answers(&right);
    Ok(Outcome::pass(say!(
        "Strangers are asked to sign in: {answers}.",
        "낯선 사람에게 로그인을 요구합니다: {answers}."
    ))
    .seen_all(right.iter().take(4)))
}

/// A person is led to the login; a program that holds tokens is told with a status.
fn is_right(exchange: &Exchange, token: bool) -> bool {
    match exchange.status() {
        401 | 404 => true,
        _ if token => false,
        _ => exchange.is_redirect() || asks_to_sign_in(exchange),
    }
}
