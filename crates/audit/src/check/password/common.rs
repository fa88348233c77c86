//! `password-common`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{Changer, strong};
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "password-common",
    title: Words::fixed("The commonest passwords are refused", "가장 흔한 비밀번호는 거부된다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.4"],
    cwe: &[521],
    why: Words::fixed(
        "Guessers begin with the passwords that most people choose, and a few tries at each of many accounts stay below every limit.",
        "추측은 사람들이 가장 많이 고르는 비밀번호부터 시작하고, 많은 계정에 몇 번씩만 시도하면 어떤 제한에도 걸리지 않습니다.",
    ),
    how: Words::fixed(
        "Tries to set passwords that head the lists of breaches, of eight to ten characters and of fifteen. The long ones count only \
         where a random one of ten characters is refused. If one is taken and one signs in with it, it is a failure. The old password \
         is set back.",
        "유출 목록의 앞머리에 있는 8~10자와 15자 비밀번호를 설정해 봅니다. 15자짜리는 임의의 10자가 거부되는 곳에서만 셉니다. \
         받아들여지고 그것으로 로그인되면 실패입니다. 원래 비밀번호는 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Compare new passwords with a list of common ones that are long enough for your rule, 3,000 at least.",
        "새 비밀번호를, 길이 규칙에 맞는 흔한 비밀번호 목록(적어도 3,000개)과 비교하세요.",
    ),
    stacks: &[
        (Stack::Express, "zxcvbn(password).score >= 3, or the range API of haveibeenpwned.com"),
        (Stack::Django, "{'NAME': 'django.contrib.auth.password_validation.CommonPasswordValidator'}"),
        (Stack::Rails, "devise :pwned_password  # devise-pwned_password"),
        (Stack::Spring, "new HaveIBeenPwnedRestApiPasswordChecker()  // CompromisedPasswordChecker, 6.3 and later"),
        (Stack::Laravel, "Password::min(15)->uncompromised()"),
        (Stack::Axum, "nothing to do: admit has a list, and refuses its words when they are repeated too"),
    ],
};

const SHORT: [&str; 3] = ["12345678", "password1", "1234567890"];
const LONG: [&str; 3] = ["password1234567", "123456789012345", "qwertyuiopasdfg"];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

/// The first of these that is taken, with the answer; else the answer to the last.
async fn first_taken(
    site: &mut Site,
    changer: &mut Changer,
    passwords: [&'static str; 3],
    evidence: &mut Vec<Arc<Exchange>>,
) -> Result<Option<(&'static str, Arc<Exchange>)>, Stop> {
    for password in passwords {
        let (renewal, proven) = changer.takes(site, password).await?;
        let Some(first) = renewal.steps.into_iter().next() else { continue };
        if proven {
            return Ok(Some((password, first)));
        }
        evidence.push(first);
    }
    Ok(None)
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    site.password_works().await?;
    let mut evidence = Vec::new();
    let mut found = first_taken(site, changer, SHORT, &mut evidence).await?;
    // Where seven characters will do, short ones are a matter of their own.
    if found.is_some() && changer.set(site, &strong(7)).await?.taken {
        found = None;
    }
    if found.is_none() {
        found = first_taken(site, changer, LONG, &mut evidence).await?;
        // Where ten will do, nobody who types fifteen has chosen the commonest.
        if found.is_some() && changer.set(site, &strong(10)).await?.taken {
            found = None;
        }
    }
    if let Some((password, exchange)) = found {
        return Ok(Outcome::fail(say!(
            "The password \"{password}\" was taken; one signs in with it.",
            "비밀번호 \"{password}\"이(가) 받아들여졌고, 그것으로 로그인됩니다."
        ))
        .seen(&exchange));
    }
    let count = SHORT.len() + LONG.len();
    Ok(Outcome::pass(say!(
        "None of {count} common passwords was taken that the site's length allows.",
        "사이트의 길이 규칙에 맞는 흔한 비밀번호 {count}개 가운데 받아들여진 것이 없습니다."
    ))
    .seen_all(evidence.iter().rev().take(3)))
}
