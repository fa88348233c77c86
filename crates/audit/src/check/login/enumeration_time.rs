//! `login-enumeration-time`

use std::sync::Arc;
use std::time::Duration;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{name_like, wrong_password};
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor, Who};

pub(crate) static RULE: Rule = Rule {
    id: "login-enumeration-time",
    title: Words::fixed(
        "The time of a refused sign-in does not tell who has an account",
        "거부된 로그인의 응답 시간이 계정이 있는지 알려 주지 않는다",
    ),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Login,
    asvs: &["V6.3.8"],
    cwe: &[208],
    why: Words::fixed(
        "A password that is checked well takes tens of milliseconds. Where an unknown name takes none, a few tries tell the two apart, \
         whatever the answer says.",
        "비밀번호를 제대로 확인하면 수십 밀리초가 걸립니다. 없는 이름에는 그 시간이 들지 않는다면, 응답 내용이 같아도 몇 번이면 구별됩니다.",
    ),
    how: Words::fixed(
        "Sends six wrong passwords for the account and as many for each of two names that nobody has, in turn, and compares the times. \
         Only a clear gap is a failure; small differences need a statistic of many more tries.",
        "계정과 아무도 쓰지 않는 이름 둘에 틀린 비밀번호를 번갈아 여섯 번씩 보내 시간을 비교합니다. 뚜렷한 간격만 실패로 봅니다. 작은 \
         차이를 보려면 훨씬 많은 시도가 필요합니다.",
    ),
    remedy: Words::fixed(
        "Check the password against a fixed hash of the same cost where there is no such user.",
        "그런 사용자가 없으면 비용이 같은 고정 해시로 비밀번호를 확인하세요.",
    ),
    stacks: &[
        (Stack::Express, "const ok = await argon2.verify(user?.hash ?? DUMMY_HASH, password) && user !== undefined"),
        (Stack::Django, "nothing to do with ModelBackend; a backend of your own: UserModel().set_password(password)"),
        (Stack::Rails, "User.authenticate_by(email: email, password: password)  # 7.1 and later"),
        (Stack::Spring, "nothing to do with DaoAuthenticationProvider; it encodes for unknown names too"),
        (Stack::Laravel, "Hash::check($password, $user?->password ?? self::DUMMY_HASH)"),
        (Stack::Axum, "nothing to do: admit does the same work for unknown names"),
    ],
};

const ROUNDS: usize = 6;
/// With fewer rounds nothing is said.
const LEAST: usize = 4;

/// Times of the known name and of the unknown ones, and the last answers.
#[derive(Default)]
struct Samples {
    known: Vec<Duration>,
    unknown: Vec<Duration>,
    evidence: Vec<Arc<Exchange>>,
}

/// One try; `None` when the site limits.
async fn time(site: &mut Site, name: &str) -> Result<Option<Arc<Exchange>>, Stop> {
    let attempt = site.sign_in(name, &wrong_password(), &mut Visitor::default()).await?;
    Ok(attempt.answer().filter(|_| attempt.limited().is_none() && !attempt.succeeded).cloned())
}

async fn sample(site: &mut Site, known: &str) -> Result<Samples, Stop> {
    let others = [name_like(known), name_like(known)];
    let mut samples = Samples::default();
    // The first try wakes what sleeps.
    time(site, &name_like(known)).await?;
    'rounds: for _ in 0..ROUNDS {
        let mut round = Vec::new();
        for name in others.iter().map(String::as_str).chain([known]) {
            let Some(exchange) = time(site, name).await? else { break 'rounds };
            round.push(exchange);
        }
        samples.known.extend(round.last().map(|exchange| exchange.elapsed));
        samples.unknown.extend(round.iter().take(others.len()).map(|exchange| exchange.elapsed));
        samples.evidence = round.into_iter().skip(1).collect();
    }
    samples.known.sort_unstable();
    samples.unknown.sort_unstable();
    Ok(samples)
}

fn median(sorted: &[Duration]) -> Duration {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// How two sorted lists of times stand to each other.
#[derive(Debug, PartialEq, Eq)]
enum Gap {
    None,
    /// The middles and the least are apart, the lists overlap.
    Perhaps,
    Clear,
}

fn gap(one: &[Duration], other: &[Duration]) -> Gap {
    let (slow, fast) = if median(one) > median(other) { (one, other) } else { (other, one) };
    let margin = Duration::from_millis(3).max(median(slow) / 4);
    if median(slow).saturating_sub(median(fast)) < margin {
        return Gap::None;
    }
    // One in six of the fast may have been held up by something else.
    let outliers = fast.len() / 6;
    let slowest = fast.iter().rev().nth(outliers).copied().unwrap_or_default();
    let fastest = slow.first().copied().unwrap_or_default();
    if fastest > slowest {
        return Gap::Clear;
    }
    // What the machine or the network adds is missing from the least of several times; what the site does is not.
    let least = fast.first().copied().unwrap_or_default();
    let apart = fastest.saturating_sub(least) > Duration::from_millis(3).max(fastest / 4);
    if apart { Gap::Perhaps } else { Gap::None }
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let name = site.account(Who::Ordinary)?.name;
    let samples = sample(site, &name).await?;
    let tries = samples.known.len();
    if tries < LEAST {
        return Ok(Outcome::untested(say!(
            "The site limited the tries after {tries} of {ROUNDS} rounds; that is too few to compare times.",
            "사이트가 {ROUNDS}번 가운데 {tries}번 만에 시도를 제한하여 시간을 비교하기에 모자랍니다."
        ))
        .seen_all(&samples.evidence));
    }
    let milliseconds = |sorted: &[Duration]| format!("{:.1}", median(sorted).as_secs_f64() * 1_000.0);
    let (known, unknown) = (milliseconds(&samples.known), milliseconds(&samples.unknown));
    let outcome = match gap(&samples.known, &samples.unknown) {
        Gap::Clear => Outcome::fail(say!(
            "A known name takes {known} ms, an unknown one {unknown} ms (medians of {tries} tries, without overlap).",
            "있는 이름은 {known}ms, 없는 이름은 {unknown}ms가 걸립니다 ({tries}번 시도의 중앙값, 겹치지 않음)."
        )),
        Gap::Perhaps => Outcome::manual(say!(
            "A known name takes {known} ms, an unknown one {unknown} ms (medians), but single times overlap. Measure with more tries.",
            "있는 이름은 {known}ms, 없는 이름은 {unknown}ms가 걸리지만(중앙값) 시간이 서로 겹칩니다. 더 많은 시도로 재어 보세요."
        )),
        Gap::None => Outcome::pass(say!(
            "{known} ms for a known name, {unknown} ms for an unknown one (medians of {tries} tries): no gap that so few tries would show.",
            "있는 이름은 {known}ms, 없는 이름은 {unknown}ms입니다 ({tries}번 시도의 중앙값). 이 정도 시도로 드러나는 간격은 없습니다."
        )),
    };
    Ok(outcome.seen_all(&samples.evidence))
}

#[cfg(test)]
mod tests {
    use super::{Gap, gap};
    use std::time::Duration;

    fn times(list: &[u64]) -> Vec<Duration> {
        list.iter().map(|micros| Duration::from_micros(*micros)).collect()
    }

    #[test]
    fn only_a_gap_without_overlap_is_clear() {
        let fast = times(&[800, 810, 830, 850, 860, 870, 880, 900, 910, 930, 1_000, 31_000]);
        assert_eq!(gap(&times(&[20_000, 21_000, 21_500, 22_000, 23_000, 40_000]), &fast), Gap::Clear);
        assert_eq!(gap(&times(&[820, 820, 860, 900, 910, 1_200]), &fast), Gap::None);
        let noisy = times(&[21_000, 22_000, 24_000, 30_000, 41_000, 52_000]);
        let noise =
            times(&[14_000, 15_000, 15_000, 16_000, 17_000, 18_000, 19_000, 21_000, 23_000, 25_000, 33_000, 60_000]);
        assert_eq!(gap(&noisy, &noise), Gap::Perhaps);
        let same = times(&[14_100, 15_000, 31_000, 33_000, 41_000, 60_000]);
        assert_eq!(gap(&same, &noise), Gap::None);
    }
}
