//! Signing in, and what it tells to strangers.

mod brute_force;
mod enumeration;
mod enumeration_time;
mod error_details;
mod features;
mod form_get;
mod redirect;
mod reset_enumeration;

use std::sync::Arc;

use admit_words::say;

use crate::http::Exchange;
use crate::outcome::{Outcome, Stop};
use crate::site::{Attempt, Site, Visitor, random_text};

// Wrong passwords come last, and so many of them that the account may be locked last of all.
super::checks![form_get, redirect, error_details, reset_enumeration, enumeration, enumeration_time, brute_force,];

/// A name that nobody has and that looks like this one: the same length, letters for letters, the same domain.
fn name_like(name: &str) -> String {
    let (local, domain) = name.split_once('@').map_or((name, None), |(local, domain)| (local, Some(domain)));
    let random = random_text(local.len().max(1) * 2);
    let mut random = random.bytes().cycle();
    let mut like: String = local
        .chars()
        .map(|character| {
            let byte = random.next().unwrap_or(b'q');
            match character {
                'A'..='Z' => char::from(b'A' + byte % 26),
                '0'..='9' => char::from(b'0' + byte % 10),
                character if character.is_alphanumeric() => char::from(b'a' + byte % 26),
                other => other,
            }
        })
        .collect();
    if let Some(domain) = domain {
        like.push('@');
        like.push_str(domain);
    }
    like
}

/// A password that is wrong.
fn wrong_password() -> String {
    format!("Wq7-{}", random_text(12))
}

/// Tries a wrong password as a new visitor. A site that limits sign-ins, or takes it, ends the check.
async fn try_wrong(site: &mut Site, name: &str) -> Result<Attempt, Stop> {
    let attempt = site.sign_in(name, &wrong_password(), &mut Visitor::default()).await?;
    if attempt.limited().is_some() {
        return Err(limited(&attempt.steps).into());
    }
    if attempt.succeeded {
        return Err(Outcome::untested(say!(
            "A wrong password looks as if it had been taken, so answers to it cannot be judged.",
            "틀린 비밀번호가 받아들여진 것처럼 보여, 그 응답을 판단할 수 없습니다."
        ))
        .seen_all(&attempt.steps)
        .into());
    }
    Ok(attempt)
}

/// What is said where the site limits attempts.
fn limited(steps: &[Arc<Exchange>]) -> Outcome {
    let status = steps.iter().map(|exchange| exchange.status()).find(|status| *status >= 400).unwrap_or(429);
    Outcome::untested(say!(
        "The site limits attempts just now ({status}). Run this check by itself after a while.",
        "사이트가 지금 시도를 제한하고 있습니다({status}). 잠시 뒤에 이 검사만 따로 실행하세요."
    ))
    .seen_all(steps)
}

#[cfg(test)]
mod tests {
    use super::name_like;

    #[test]
    fn a_name_like_another_has_its_length_and_domain() {
        let like = name_like("Anna-7@example.org");
        assert_eq!(like.len(), 18);
        assert!(like.ends_with("@example.org") && like.chars().nth(4) == Some('-') && like != "Anna-7@example.org");
        assert!(name_like("alice").bytes().all(|byte| byte.is_ascii_lowercase()));
    }
}
