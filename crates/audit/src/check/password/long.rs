//! `password-long`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{Changer, strong};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, new_fields};

pub(crate) static RULE: Rule = Rule {
    id: "password-long",
    title: Words::fixed("Passwords of 64 characters are taken", "64자 비밀번호를 받는다"),
    severity: Severity::Low,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.9"],
    cwe: &[521],
    why: Words::fixed(
        "Password managers and people with passphrases are sent back to something shorter, and a low limit is often a sign that passwords \
         are not hashed.",
        "비밀번호 관리자와 긴 문구를 쓰는 사람이 더 짧은 것을 골라야 하고, 낮은 한도는 비밀번호를 해시하지 않는다는 표시일 때가 많습니다.",
    ),
    how: Words::fixed(
        "Reads maxlength of the form, and tries to set a random password of 64 characters. If it is refused and a shorter one of the same \
         kind is taken, it is a failure. The old password is set back.",
        "양식의 maxlength를 읽고, 64자 임의 비밀번호를 설정해 봅니다. 거부되고 같은 종류의 더 짧은 것은 받아들여지면 실패입니다. 원래 \
         비밀번호는 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Take 64 characters at least. Bound the length where it would cost too much to hash, at 128 or more.",
        "적어도 64자를 받으세요. 해시 비용 때문에 한도가 필요하면 128자 이상으로 정하세요.",
    ),
    stacks: &[
        (Stack::Express, "z.string().min(15).max(128)"),
        (Stack::Django, "nothing to do: Django has no upper limit for passwords of its own forms below 4096"),
        (Stack::Rails, "config.password_length = 15..128  # Devise; with bcrypt 72 bytes at most count"),
        (Stack::Spring, "@Size(min = 15, max = 128) String newPassword"),
        (Stack::Laravel, "Password::min(15)->max(128)"),
        (Stack::Axum, "nothing to do: admit takes 1,024 bytes"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    let (page, form) = site.password_form(&mut changer.visitor).await?;
    if let Some(most) = new_fields(&form).filter_map(|field| field.max_length).min().filter(|most| *most < 64) {
        return Ok(Outcome::fail(say!(
            "The field for a new password takes {most} characters at most (maxlength).",
            "새 비밀번호 칸이 많아야 {most}자를 받습니다 (maxlength)."
        ))
        .seen(&page));
    }
    let long = changer.set(site, &strong(64)).await?;
    let mut evidence: Vec<_> = long.steps.into_iter().take(1).collect();
    if long.taken {
        return Ok(Outcome::pass(Words::fixed(
            "A password of 64 characters was taken.",
            "64자 비밀번호가 받아들여졌습니다.",
        ))
        .seen_all(&evidence));
    }
    for length in [24, 16, 12] {
        let (shorter, proven) = changer.takes(site, &strong(length)).await?;
        evidence.extend(shorter.steps.into_iter().take(1));
        if proven {
            return Ok(Outcome::fail(say!(
                "A password of 64 characters was refused, one of {length} of the same kind was taken.",
                "64자 비밀번호는 거부되고, 같은 종류의 {length}자 비밀번호는 받아들여졌습니다."
            ))
            .seen_all(evidence.iter().rev().take(1))
            .seen_all(evidence.iter().take(1)));
        }
    }
    Ok(Outcome::untested(Words::fixed(
        "Shorter passwords of the same kind were refused as well, so it is not the length.",
        "같은 종류의 더 짧은 비밀번호도 거부되어, 길이 때문이 아닙니다.",
    ))
    .seen_all(&evidence))
}
