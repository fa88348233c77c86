//! `password-truncated`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{Changer, strong};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "password-truncated",
    title: Words::fixed("Every character of a password counts", "비밀번호의 모든 글자가 쓰인다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.8"],
    cwe: &[222, 521],
    why: Words::fixed(
        "Who chose a long password has a shorter one without knowing. Where a fixed text is put in front of it before hashing, little or \
         nothing of it may be left.",
        "긴 비밀번호를 고른 사람이 모르는 사이에 더 짧은 것을 쓰게 됩니다. 해시하기 전에 앞에 무엇을 붙이면 거의 남지 않을 수도 있습니다.",
    ),
    how: Words::fixed(
        "Sets a long random password, of 100 characters if the site takes that, and tries to sign in once with the last part of it changed. \
         If that works, it is a failure. The old password is set back.",
        "긴 임의 비밀번호(가능하면 100자)를 설정하고, 뒷부분을 바꾼 것으로 한 번 로그인해 봅니다. 로그인되면 실패입니다. 원래 비밀번호는 \
         되돌립니다.",
    ),
    remedy: Words::fixed(
        "Hash the whole password: Argon2id or scrypt. With bcrypt refuse more than 72 bytes.",
        "비밀번호 전체를 해시하세요. Argon2id나 scrypt를 쓰고, bcrypt라면 72바이트를 넘는 것을 거부하세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "argon2.hash(password), or with bcrypt: if (bcrypt.truncates(password)) return res.sendStatus(422)",
        ),
        (Stack::Django, "nothing to do with PBKDF2, Argon2 or BCryptSHA256PasswordHasher; not BCryptPasswordHasher"),
        (Stack::Rails, "nothing to do with has_secure_password, which refuses more than 72 bytes"),
        (Stack::Spring, "Argon2PasswordEncoder.defaultsForSpringSecurity_v5_8()"),
        (Stack::Laravel, "HASH_DRIVER=argon2id"),
        (Stack::Axum, "nothing to do: admit hashes with Argon2id and refuses what is too long"),
    ],
};

/// Lengths that are tried, each with how much of it is kept: as much as shows a cut at 72 bytes, and at 20.
const LENGTHS: [(usize, usize); 5] = [(100, 76), (64, 40), (40, 24), (24, 20), (16, 12)];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    let mut evidence = Vec::new();
    for (length, kept) in LENGTHS {
        let password = strong(length);
        let (renewal, proven) = changer.takes(site, &password).await?;
        evidence.extend(renewal.steps.into_iter().take(1));
        if !proven {
            continue;
        }
        // Each character of the end becomes another one.
        let other: String = password
            .chars()
            .enumerate()
            .map(|(at, character)| match character {
                character if at < kept => character,
                'k' => 'm',
                _ => 'k',
            })
            .collect();
        let changed = length - kept;
        if site.opens(&other).await? {
            return Ok(Outcome::fail(say!(
                "Of a password of {length} characters the last {changed} can be wrong: one signs in all the same.",
                "{length}자 비밀번호에서 마지막 {changed}자가 틀려도 로그인됩니다."
            ))
            .seen_all(&evidence));
        }
        return Ok(Outcome::pass(say!(
            "Of a password of {length} characters the last {changed} count.",
            "{length}자 비밀번호의 마지막 {changed}자도 쓰입니다."
        ))
        .seen_all(evidence.iter().rev().take(1)));
    }
    Ok(Outcome::untested(Words::fixed(
        "No random password of 16 to 100 characters was taken.",
        "16자에서 100자까지의 임의 비밀번호가 하나도 받아들여지지 않았습니다.",
    ))
    .seen_all(&evidence))
}
