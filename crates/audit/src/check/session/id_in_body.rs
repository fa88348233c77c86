//! `session-id-in-body`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::id_in_url::secret_parts;
use super::{ids, pages_inside};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "session-id-in-body",
    title: Words::fixed("No page or answer shows the session id", "어떤 페이지나 응답도 세션 id를 보여 주지 않는다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V3.3.4", "V14.2.1"],
    cwe: &[200],
    why: Words::fixed(
        "HttpOnly keeps scripts from the cookie. A page that prints the id hands it to the same scripts, to caches and to whoever saves the page.",
        "HttpOnly는 스크립트가 쿠키를 못 읽게 합니다. 그런데 페이지가 id를 출력하면 같은 스크립트, 캐시, 페이지를 저장한 사람에게 id를 내주게 됩니다.",
    ),
    how: Words::fixed(
        "Signs in and looks for the cookie's value in the answers and on the private pages.",
        "로그인한 뒤 응답과 비공개 페이지에서 쿠키 값을 찾습니다.",
    ),
    remedy: Words::fixed(
        "Name a session in pages by a public id of its own, never by its secret.",
        "페이지에서 세션을 가리킬 때는 비밀이 아닌 별도의 공개 id를 쓰세요.",
    ),
    stacks: &[
        (Stack::Express, "do not render req.sessionID"),
        (Stack::Django, "do not render request.session.session_key"),
        (Stack::Rails, "do not render session.id"),
        (Stack::Spring, "do not render session.getId()"),
        (Stack::Laravel, "do not render session()->getId()"),
        (Stack::Axum, "nothing to do: pages show SessionId, the cookie holds SessionToken"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let names = site.session_cookies().await?;
    let (session, pages) = pages_inside(site).await?;
    let known: Vec<String> =
        ids(&session.visitor.jar, &names).flat_map(secret_parts).filter(|id| id.len() >= 12).collect();
    if known.is_empty() {
        return Ok(Outcome::not_applicable(say!(
            "The id is too short to be told from other text.",
            "id가 너무 짧아 다른 글자와 구별할 수 없습니다."
        )));
    }
    match pages.iter().find(|exchange| known.iter().any(|id| exchange.body().contains(id.as_str()))) {
        Some(exchange) => {
            let at = exchange.request.url.path().to_owned();
            Ok(Outcome::fail(say!(
                "The body of {at} contains the session's id.",
                "{at}의 본문에 세션 id가 들어 있습니다."
            ))
            .seen(exchange))
        }
        None => {
            Ok(Outcome::pass(say!("No body on the way had it.", "지나온 본문에는 없었습니다.")).seen_all(pages.last()))
        }
    }
}
