//! `login-brute-force`

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::features::features;
use super::wrong_password;
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor, Who};

pub(crate) static RULE: Rule = Rule {
    id: "login-brute-force",
    title: Words::fixed("Guessing a password is slowed down", "비밀번호 추측이 늦춰진다"),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Login,
    asvs: &["V6.3.1"],
    cwe: &[307],
    why: Words::fixed(
        "Without a limit a program tries the commonest passwords, or those of a breach elsewhere, as fast as the site answers.",
        "제한이 없으면 프로그램이 흔한 비밀번호나 다른 곳에서 유출된 비밀번호를 사이트가 답하는 속도로 시도합니다.",
    ),
    how: Words::fixed(
        "Sends wrong passwords for the account, as many as limits.tries of the recipe says (25), until the site answers otherwise: \
         429, 423, 403, a captcha, a growing delay, another page. Then the right password is tried: some sites lock without saying \
         so. Then the same at the address for tokens. The account may be locked for a while afterwards, so this comes last.",
        "계정에 틀린 비밀번호를 레시피의 limits.tries(25)만큼, 사이트가 다르게 답할 때까지 보냅니다. 429, 423, 403, 캡차, 늘어나는 \
         지연, 다른 페이지가 그것입니다. 그다음 올바른 비밀번호를 시도합니다. 말없이 잠그는 사이트도 있기 때문입니다. 토큰 주소에도 \
         똑같이 합니다. 계정이 한동안 잠길 수 있어 마지막에 실행합니다.",
    ),
    remedy: Words::fixed(
        "Count wrong tries by account and by address, at every way in, and answer 429 with Retry-After past a limit. Do not lock the \
         owner out for good.",
        "모든 로그인 경로에서 틀린 시도를 계정과 주소별로 세고, 한도를 넘으면 Retry-After와 함께 429로 답하세요. 주인을 영영 잠그지는 마세요.",
    ),
    stacks: &[
        (Stack::Express, "app.use('/login', rateLimit({ windowMs: 15 * 60_000, limit: 10 }))  // express-rate-limit"),
        (Stack::Django, "django-axes: INSTALLED_APPS += ['axes']; AXES_FAILURE_LIMIT = 5; AXES_COOLOFF_TIME = 1"),
        (Stack::Rails, "rate_limit to: 10, within: 3.minutes, only: :create  # 7.2 and later"),
        (Stack::Spring, "count AuthenticationFailureBadCredentialsEvent, e.g. with Bucket4j, and answer 429"),
        (Stack::Laravel, "Route::post('/login', …)->middleware('throttle:5,1');"),
        (Stack::Axum, "nothing to do: admit serve slows guesses by account and address"),
    ],
};

/// A door at which passwords are tried.
enum Door {
    Login,
    Tokens,
}

/// How a door answered one wrong password after the other.
enum Answered {
    /// After so many tries, in this way.
    After(usize, Words, Vec<Arc<Exchange>>),
    /// Never, and the right password opens it at once afterwards.
    Never(Vec<Arc<Exchange>>),
}

async fn knock(site: &mut Site, door: &Door, password: &str) -> Result<(Vec<Arc<Exchange>>, bool), Stop> {
    let account = site.account(Who::Ordinary)?;
    let mut visitor = Visitor::default();
    if let Door::Login = door {
        let attempt = site.sign_in(&account.name, password, &mut visitor).await?;
        return Ok((attempt.steps, attempt.succeeded));
    }
    let request = site.token_request(&account.name, password, &std::collections::BTreeMap::new())?;
    let exchange = site.send(request, &mut visitor).await?;
    let opened = exchange.is_success();
    Ok((vec![exchange], opened))
}

/// What is different about this answer, if it is.
/// `stable` is what the first two answers had in common.
fn changed(first: &[Arc<Exchange>], now: &[Arc<Exchange>], name: &str, stable: &BTreeSet<String>) -> Option<Words> {
    let (before, after) = (first.first()?, now.first()?);
    let (old, new) = (before.status(), after.status());
    let has = |steps: &[Arc<Exchange>], word: &str| {
        steps.iter().any(|exchange| exchange.body().to_ascii_lowercase().contains(word))
    };
    if old != new || matches!(new, 429 | 423 | 503) {
        return Some(say!("status {new}", "상태 {new}"));
    }
    if ["captcha", "turnstile"].iter().any(|word| has(now, word) && !has(first, word)) {
        return Some(say!("a captcha", "캡차"));
    }
    if after.elapsed > before.elapsed * 3 + Duration::from_millis(900) {
        let seconds = format!("{:.1}", after.elapsed.as_secs_f64());
        return Some(say!("a delay of {seconds} s", "{seconds}초의 지연"));
    }
    (!stable.is_subset(&features(now, &[name]))).then(|| say!("another page", "다른 페이지"))
}

async fn guess(site: &mut Site, door: &Door) -> Result<Answered, Stop> {
    let account = site.account(Who::Ordinary)?;
    let tries = site.recipe.limits.tries as usize;
    let mut first = Vec::new();
    let mut last = Vec::new();
    let mut stable = BTreeSet::new();
    let mut other = 0;
    for number in 1..=tries {
        let steps = match knock(site, door, &wrong_password()).await {
            Ok((steps, _)) => steps,
            // A site that no longer answers whoever guesses has answered.
            Err(Stop::Trouble(trouble)) if number > 3 => {
                return Ok(Answered::After(number, trouble.words(), last));
            }
            Err(stop) => return Err(stop),
        };
        if first.is_empty() {
            first.clone_from(&steps);
        } else if number == 2 {
            stable = features(&first, &[&account.name]);
            let second = features(&steps, &[&account.name]);
            stable.retain(|feature| second.contains(feature));
        }
        if let Some(how) = changed(&first, &steps, &account.name, &stable) {
            other += 1;
            let refused = steps.first().is_some_and(|answer| matches!(answer.status(), 401..=403));
            let moved = steps.first().map(|answer| answer.status()) != first.first().map(|answer| answer.status());
            // Pages differ a little by themselves: only what stays is an answer.
            if is_limit(&steps) || (moved && refused) || other >= 3 {
                return Ok(Answered::After(number, how, steps));
            }
        } else {
            other = 0;
        }
        last = steps;
    }
    let (steps, opened) = knock(site, door, account.password()).await?;
    if opened {
        last.extend(steps);
        return Ok(Answered::Never(last));
    }
    Ok(Answered::After(tries, say!("the right password is refused as well", "올바른 비밀번호도 거부됨"), steps))
}

fn is_limit(steps: &[Arc<Exchange>]) -> bool {
    steps.iter().any(|exchange| matches!(exchange.status(), 423 | 429 | 503))
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let tries = site.recipe.limits.tries;
    let (after, how, evidence) = match guess(site, &Door::Login).await? {
        Answered::After(after, how, evidence) => (after, how, evidence),
        Answered::Never(evidence) => {
            return Ok(Outcome::fail(say!(
                "{tries} wrong passwords changed nothing, and the right one signed in at once afterwards.",
                "틀린 비밀번호 {tries}번에도 달라진 것이 없고, 바로 뒤에 올바른 비밀번호로 로그인되었습니다."
            ))
            .seen_all(&evidence));
        }
    };
    if site.recipe.tokens.is_some()
        && let Ok(Answered::Never(evidence)) = guess(site, &Door::Tokens).await
    {
        return Ok(Outcome::fail(say!(
            "The login answers after {after} tries, but the address for tokens took {tries} wrong passwords and then the right one.",
            "로그인은 {after}번 만에 반응하지만, 토큰 주소는 틀린 비밀번호 {tries}번 뒤에 올바른 비밀번호를 받았습니다."
        ))
        .seen_all(&evidence));
    }
    let told = Words {
        en: format!(
            "The site answered otherwise at wrong password number {after} of this check: {}.",
            how.en.trim_end_matches('.')
        )
        .into(),
        ko: format!(
            "이 검사의 틀린 비밀번호 {after}번째에 사이트의 응답이 달라졌습니다: {}.",
            how.ko.trim_end_matches('.')
        )
        .into(),
    };
    Ok(Outcome::pass(told).seen_all(&evidence))
}
