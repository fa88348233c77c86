//! `password-short`

use super::{Changer, strong};
use crate::outcome::{Answer, Outcome};
use crate::rule::{Area, Rule, Severity, Stack, Tier};
use crate::site::Site;
use crate::words::Words;

pub(crate) static RULE: Rule = Rule {
    id: "password-short",
    title: Words::fixed("Passwords under eight characters are refused", "8자 미만의 비밀번호는 거부된다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.1"],
    cwe: &[521],
    why: Words::fixed(
        "Whoever gets the hashes can try all passwords of seven characters, and people who may choose short ones choose guessable ones.",
        "해시를 손에 넣은 사람은 7자짜리 비밀번호를 모두 시도할 수 있고, 짧은 것이 허용되면 사람들은 짐작하기 쉬운 것을 고릅니다.",
    ),
    how: Words::fixed(
        "Tries to set a random password of seven characters with upper and lower case, a digit and a sign. If it is taken and one signs \
         in with it, it is a failure. The old password is set back.",
        "대소문자, 숫자, 기호가 섞인 7자 임의 비밀번호를 설정해 봅니다. 받아들여지고 그것으로 로그인되면 실패입니다. 원래 비밀번호는 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Ask for eight characters at least; NIST SP 800-63B-4 wants fifteen where the password is the only factor.",
        "적어도 8자를 요구하세요. 비밀번호가 유일한 인증 수단이면 NIST SP 800-63B-4는 15자를 요구합니다.",
    ),
    stacks: &[
        (Stack::Express, "z.string().min(15).max(128)"),
        (
            Stack::Django,
            "{'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator', 'OPTIONS': {'min_length': 15}}",
        ),
        (Stack::Rails, "config.password_length = 15..128  # Devise"),
        (Stack::Spring, "@Size(min = 15, max = 128) String newPassword"),
        (Stack::Laravel, "Password::defaults(fn () => Password::min(15));"),
        (Stack::Axum, "password.min_length = 15  # the default; under 8 admit does not start in production"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    site.password_works().await?;
    let (renewal, proven) = changer.takes(site, &strong(7)).await?;
    let evidence = renewal.steps.iter().take(1);
    if proven {
        return Ok(Outcome::fail(Words::fixed(
            "A password of seven characters was taken; one signs in with it.",
            "7자짜리 비밀번호가 받아들여졌고, 그것으로 로그인됩니다.",
        ))
        .seen_all(evidence));
    }
    Ok(Outcome::pass(Words::fixed("A password of seven characters was refused.", "7자짜리 비밀번호가 거부되었습니다."))
        .seen_all(evidence))
}
