//! `csrf-token-foreign`

use admit_rules::{Area, Rule, Severity, Tier};
use admit_words::{Words, say};

use super::forged::{STACKS, accepts_any, judged, with_token};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Token, Who};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-token-foreign",
    title: Words::fixed("A form's token belongs to one session", "양식의 토큰은 한 세션의 것이다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.1"],
    cwe: &[352],
    why: Words::fixed(
        "The attacker signs in, takes a token of their own, and puts it into the forged form.",
        "공격자는 자기 계정으로 로그인해 자기 토큰을 받아 위조 양식에 넣습니다.",
    ),
    how: Words::fixed(
        "Sends the form of [change] with the token of another session of the same kind: a second sign-in of the same account.",
        "[change]의 양식을 같은 종류의 다른 세션, 곧 같은 계정의 두 번째 로그인에서 받은 토큰과 함께 보냅니다.",
    ),
    remedy: Words::fixed(
        "Derive the token from the session, or store it there, and accept it with that session alone.",
        "토큰을 세션에서 파생하거나 세션에 저장하고, 그 세션에서만 받아들이세요.",
    ),
    stacks: STACKS,
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut other = site.fresh_session(Who::Ordinary).await?;
    let Some(foreign) = site.form_token(&mut other.visitor).await? else {
        return Ok(Outcome::not_applicable(say!(
            "The form has no token (csrf-form).",
            "양식에 토큰이 없습니다 (csrf-form)."
        )));
    };
    if accepts_any(site).await? {
        return Ok(Outcome::not_applicable(say!(
            "Any token will do, an invented one too (csrf-token-wrong).",
            "지어낸 토큰까지 아무 토큰이나 통과합니다 (csrf-token-wrong)."
        )));
    }
    // A cookie that is compared with the field (double submit) is not the session's: both travel together, and an attacker
    // has to plant the cookie. That is another fault than this one.
    let change = with_token(site, Token::Foreign(foreign)).await?;
    Ok(judged(
        &change,
        say!(
            "The form changed the value with the token of another session.",
            "양식이 다른 세션의 토큰으로 값을 바꾸었습니다."
        ),
    ))
}
