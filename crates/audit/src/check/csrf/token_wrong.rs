//! `csrf-token-wrong`

use admit_rules::{Area, Rule, Severity, Tier};
use admit_words::{Words, say};

use super::forged::{STACKS, judged, with_token};
use crate::outcome::Answer;
use crate::site::{Site, Token};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-token-wrong",
    title: Words::fixed("A form's token is compared", "양식의 토큰이 비교된다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.1"],
    cwe: &[352],
    why: Words::fixed(
        "If any text will do, the token stops nobody who can write one.",
        "아무 글자나 통과한다면 토큰은 아무도 막지 못합니다.",
    ),
    how: Words::fixed(
        "Sends the form of [change] with a token of the same length that nobody was given.",
        "[change]의 양식을 길이는 같지만 아무에게도 준 적 없는 토큰과 함께 보냅니다.",
    ),
    remedy: Words::fixed(
        "Compare the token with the one of the session, in constant time.",
        "토큰을 세션의 토큰과 상수 시간으로 비교하세요.",
    ),
    stacks: STACKS,
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let change = with_token(site, Token::Wrong).await?;
    Ok(judged(
        &change,
        say!("The form changed the value with an invented token.", "양식이 지어낸 토큰으로 값을 바꾸었습니다."),
    ))
}
