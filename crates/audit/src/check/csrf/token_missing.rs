//! `csrf-token-missing`

use admit_rules::{Area, Rule, Severity, Tier};
use admit_words::{Words, say};

use super::forged::{STACKS, judged, with_token};
use crate::outcome::Answer;
use crate::site::{Site, Token};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-token-missing",
    title: Words::fixed("A form's token is missed when it is not there", "양식의 토큰이 없으면 거부된다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.1"],
    cwe: &[352],
    why: Words::fixed(
        "A check that only runs when a token is sent is passed by leaving it out. Headers of the browser are then the only defence, and requests without them get through.",
        "토큰이 있을 때만 검사하면 토큰을 빼면 통과합니다. 그러면 브라우저의 헤더가 유일한 방어이고, 그 헤더가 없는 요청은 통과합니다.",
    ),
    how: Words::fixed(
        "Sends the form of [change] from the site's own page without the field of the token.",
        "[change]의 양식을 사이트 자신의 페이지에서 토큰 칸 없이 보냅니다.",
    ),
    remedy: Words::fixed("Treat a missing token like a wrong one.", "없는 토큰을 틀린 토큰과 똑같이 다루세요."),
    stacks: STACKS,
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let change = with_token(site, Token::Missing).await?;
    Ok(judged(&change, say!("The form changed the value without its token.", "양식이 토큰 없이 값을 바꾸었습니다.")))
}
