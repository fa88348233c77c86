//! `jwt-lifetime`

use admit_words::{Words, say};

use super::access_jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) use admit_rules::shared::JWT_LIFETIME as RULE;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    let Some(seconds) = jwt.lifetime() else {
        return Ok(Outcome::not_applicable(Words::fixed(
            "The access token has no exp (jwt-no-expiry).",
            "액세스 토큰에 exp가 없습니다(jwt-no-expiry).",
        ))
        .seen(&issued.answer));
    };
    let allowed = site.recipe.limits.token_seconds;
    let outcome = if seconds > allowed {
        Outcome::fail(say!(
            "Access tokens live for {seconds} s; the policy allows {allowed} s.",
            "액세스 토큰의 수명이 {seconds}초입니다. 정책이 허용하는 것은 {allowed}초입니다."
        ))
    } else {
        Outcome::pass(say!(
            "Access tokens live for {seconds} s, within the policy ({allowed} s).",
            "액세스 토큰의 수명이 {seconds}초로 정책({allowed}초) 안에 있습니다."
        ))
    };
    Ok(outcome.seen(&issued.answer))
}
