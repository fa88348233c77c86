//! `password-composition`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{Changer, lower, strong};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "password-composition",
    title: Words::fixed("No rules on kinds of characters", "글자 종류를 강요하지 않는다"),
    severity: Severity::Low,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.5"],
    cwe: &[521],
    why: Words::fixed(
        "Rules like \"a capital, a digit, a sign\" lead to Password1!, which guessers try first, and refuse long passphrases that nobody \
         guesses.",
        "\"대문자, 숫자, 기호\" 같은 규칙은 공격자가 먼저 시도하는 Password1!을 만들고, 아무도 맞히지 못할 긴 문구는 거부합니다.",
    ),
    how: Words::fixed(
        "Tries to set a random password of 24 lower-case letters. If it is refused and one of the same length with upper case, a digit and \
         a sign is taken, it is a failure. The old password is set back.",
        "소문자 24자로 된 임의 비밀번호를 설정해 봅니다. 거부되고 대문자, 숫자, 기호가 든 같은 길이의 것은 받아들여지면 실패입니다. 원래 \
         비밀번호는 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Ask for length and against common passwords, and for nothing else.",
        "길이와, 흔한 비밀번호가 아닐 것만 요구하세요.",
    ),
    stacks: &[
        (Stack::Express, "z.string().min(15).max(128), without regex()"),
        (Stack::Django, "leave validators for kinds of characters out of AUTH_PASSWORD_VALIDATORS"),
        (Stack::Rails, "validates :password, length: { in: 15..128 }, without format:"),
        (Stack::Spring, "@Size(min = 15, max = 128), without @Pattern"),
        (Stack::Laravel, "Password::min(15)->uncompromised(), without mixedCase(), numbers(), symbols()"),
        (Stack::Axum, "nothing to do: admit has no such rules"),
    ],
};

/// Lengths that are tried: the second where the site takes none as long as the first.
const LENGTHS: [usize; 2] = [24, 16];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    let mut evidence = Vec::new();
    for length in LENGTHS {
        let plain = changer.set(site, &lower(length)).await?;
        if plain.taken {
            return Ok(Outcome::pass(say!(
                "A password of {length} lower-case letters was taken.",
                "소문자 {length}자 비밀번호가 받아들여졌습니다."
            ))
            .seen_all(plain.steps.iter().take(1)));
        }
        let (mixed, proven) = changer.takes(site, &strong(length)).await?;
        evidence = mixed.steps.into_iter().take(1).chain(plain.steps.into_iter().take(1)).collect();
        if proven {
            return Ok(Outcome::fail(say!(
                "{length} lower-case letters were refused; {length} characters with upper case, a digit and a sign were taken.",
                "소문자 {length}자는 거부되고, 대문자, 숫자, 기호가 든 {length}자는 받아들여졌습니다."
            ))
            .seen_all(&evidence));
        }
    }
    Ok(Outcome::untested(Words::fixed(
        "A password of the same length with upper case, a digit and a sign was refused as well.",
        "대문자, 숫자, 기호가 든 같은 길이의 비밀번호도 거부되었습니다.",
    ))
    .seen_all(&evidence))
}
