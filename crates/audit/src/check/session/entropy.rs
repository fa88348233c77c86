//! `session-entropy`

use std::collections::BTreeSet;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::ids;
use crate::outcome::{Answer, Outcome};
use crate::site::{Entry, Site, Visitor, Who};

pub(crate) static RULE: Rule = Rule {
    id: "session-entropy",
    title: Words::fixed("Session ids cannot be guessed", "세션 id를 추측할 수 없다"),
    severity: Severity::Critical,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.2.3"],
    cwe: &[331, 340],
    why: Words::fixed(
        "Ids that count up, or are short, are found by trying: each hit is somebody's account.",
        "하나씩 늘어나거나 짧은 id는 시도해 보면 맞습니다. 맞을 때마다 누군가의 계정입니다.",
    ),
    how: Words::fixed(
        "Collects ids of several visitors, and estimates the random bits from the places that differ and the letters that stand there. It sees short ids and counters; it cannot see a weak generator behind long ones.",
        "여러 방문자의 id를 모아, 서로 다른 자리와 거기 쓰인 글자로 무작위 비트를 추정합니다. 짧은 id와 카운터는 보이지만, 긴 id 뒤의 약한 난수 생성기는 보이지 않습니다.",
    ),
    remedy: Words::fixed(
        "Take at least 128 bits from the system's random generator for each id.",
        "id마다 시스템 난수 생성기에서 128비트 이상을 쓰세요.",
    ),
    stacks: &[
        (Stack::Express, "express-session's default genid (uid-safe, 24 bytes)"),
        (Stack::Django, "built in (get_random_string, 32 characters)"),
        (Stack::Rails, "built in (SecureRandom.hex(16))"),
        (Stack::Spring, "built in (SecureRandom)"),
        (Stack::Laravel, "built in (Str::random(40))"),
        (Stack::Axum, "nothing to do: 256 bits"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let names = site.session_cookies().await?;
    let mut samples: Vec<String> = Vec::new();
    let mut seen = None;
    // Where strangers get a session, theirs do. Elsewhere what signing in gave so far has to be enough.
    if let Entry::Form { page } = site.entry().await? {
        for _ in 0..STRANGERS {
            let mut stranger = Visitor::default();
            let exchange = site.open(page.as_str(), &mut stranger).await?;
            seen = Some(exchange);
            samples.extend(ids(&stranger.jar, &names).next().map(str::to_owned));
            if samples.is_empty() {
                break;
            }
        }
    }
    if samples.len() < STRANGERS {
        let mut known = site.seen_ids(&names);
        while known.len() < 4 {
            let session = site.fresh_session(Who::Ordinary).await?;
            known.extend(ids(&session.visitor.jar, &names).next().map(str::to_owned));
            if ids(&session.visitor.jar, &names).next().is_none() {
                break;
            }
        }
        samples = known;
    }
    let count = samples.len();
    if count < 3 {
        return Ok(Outcome::manual(say!(
            "Only {count} ids were seen: look at how they are made.",
            "id를 {count}개만 보았습니다. 어떻게 만드는지 직접 확인하세요."
        )));
    }
    let distinct: BTreeSet<&String> = samples.iter().collect();
    let bits = random_bits(&samples);
    let told = say!("{count} ids differ in about {bits} bits.", "id {count}개가 서로 다른 정도는 약 {bits}비트입니다.");
    let outcome = if distinct.len() < count {
        Outcome::fail(say!(
            "{count} visitors did not get {count} different ids.",
            "방문자 {count}명이 서로 다른 id {count}개를 받지 못했습니다."
        ))
    } else if bits < 64 {
        Outcome::fail(told)
    } else if bits < 112 {
        Outcome::warn(told)
    } else {
        Outcome::pass(told)
    };
    Ok(outcome.seen_all(&seen))
}

/// How many strangers are asked for.
const STRANGERS: usize = 12;

/// The bits of the places in which the samples differ: 10 letters there are digits, up to 16 hexadecimal, up to 36 or 64
/// more. Samples of different length are compared from their ends as far as the shortest goes.
fn random_bits(samples: &[String]) -> u32 {
    let shortest = samples.iter().map(String::len).min().unwrap_or_default();
    let columns = (0..shortest).filter(|at| {
        let mut letters = samples.iter().filter_map(|sample| sample.as_bytes().get(*at));
        letters.next().is_some_and(|first| letters.any(|letter| letter != first))
    });
    let varying: Vec<usize> = columns.collect();
    let letters: BTreeSet<u8> =
        samples.iter().flat_map(|sample| varying.iter().filter_map(|at| sample.as_bytes().get(*at)).copied()).collect();
    let per_letter = if letters.iter().all(u8::is_ascii_digit) {
        3.32
    } else if letters.iter().all(u8::is_ascii_hexdigit) {
        4.0
    } else if letters.iter().all(|letter| !letter.is_ascii_uppercase()) {
        5.17
    } else {
        6.0
    };
    (varying.len() as f64 * per_letter) as u32
}

#[cfg(test)]
mod tests {
    use super::random_bits;

    #[test]
    fn a_counter_has_the_bits_of_its_last_places() {
        let counter: Vec<String> = (4_000..4_012).map(|number| format!("{number:032x}")).collect();
        assert!(random_bits(&counter) < 16);
    }

    #[test]
    fn random_ids_have_the_bits_of_all_their_places() {
        let random: Vec<String> = (0..12).map(|_| crate::site::random_text(32)).collect();
        assert!(random_bits(&random) >= 240, "{}", random_bits(&random));
        let hexadecimal: Vec<String> = (1..12_u128)
            .map(|n| format!("{:032x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)))
            .collect();
        assert!(random_bits(&hexadecimal) >= 112);
    }
}
