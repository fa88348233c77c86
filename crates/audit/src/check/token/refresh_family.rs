//! `refresh-family`

use std::sync::Arc;
use std::time::Duration;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{GRACE, fresh_pair, until_refused};
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Issued, Site};

pub(crate) static RULE: Rule = Rule {
    id: "refresh-family",
    title: Words::fixed(
        "A refresh token that comes twice ends its sign-in",
        "두 번 제시된 리프레시 토큰은 그 로그인을 끝낸다",
    ),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V10.4.5"],
    cwe: &[294, 613],
    why: Words::fixed(
        "When a used token comes again, two hold it, and nobody knows which is the thief. If the thief was first, only \
         ending all that came of it puts them out (RFC 9700 §4.14.2).",
        "쓴 토큰이 다시 오면 두 사람이 그것을 갖고 있다는 뜻이고, 누가 도둑인지는 알 수 없습니다. 도둑이 먼저 썼다면 거기서 나온 \
         모든 토큰을 끝내야만 쫓아낼 수 있습니다(RFC 9700 §4.14.2).",
    ),
    how: Words::fixed(
        "Redeems a refresh token, presents it a second time, and then uses the tokens that came of the first. Where they \
         live, it waits 15 s and does so again: within some seconds a second use may be an app that lost the answer.",
        "리프레시 토큰을 쓴 뒤 다시 제시하고, 첫 번째에서 나온 토큰을 사용해 봅니다. 살아 있으면 15초 뒤에 다시 합니다. 몇 초 안의 \
         두 번째 사용은 응답을 받지 못한 앱일 수 있기 때문입니다.",
    ),
    remedy: Words::fixed(
        "Remember used refresh tokens, and when one comes again end every token of the same sign-in.",
        "쓴 리프레시 토큰을 기억해 두고, 다시 오면 같은 로그인에서 나온 모든 토큰을 끝내세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "if (row.used) await db.query('UPDATE families SET ended = now() WHERE id = $1', [row.family])",
        ),
        (Stack::Axum, "nothing to do: after ten seconds a second use ends the sign-in"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (_, old) = fresh_pair(site).await?;
    let (first, renewed) = site.redeem(&old).await?;
    let Some(newest) = renewed.filter(|issued| issued.refresh.as_ref().is_some_and(|new| *new != old)) else {
        return Ok(Outcome::not_applicable(Words::fixed(
            "Refresh tokens are not replaced when they are used (refresh-replay).",
            "리프레시 토큰을 써도 새것으로 바뀌지 않습니다(refresh-replay).",
        ))
        .seen(&first));
    };
    let (replay, kindly) = site.redeem(&old).await?;
    let (after, alive) = next(site, &newest).await?;
    let Some(newest) = alive else {
        return ended(site, &newest, [&first, &replay, &after], 0).await;
    };
    // Refused or answered kindly, it was soon: an app that lost the answer would have done the same.
    let grace = GRACE.as_secs();
    if site.recipe.limits.wait < grace {
        return Ok(Outcome::untested(say!(
            "The sign-in survived a replay within a second, which may be a grace of some seconds; to tell, a check has to wait {grace} s (wait of [limits]).",
            "1초 안의 재사용에는 로그인이 살아남았습니다. 몇 초의 유예일 수 있으므로 판단하려면 {grace}초를 기다려야 합니다([limits]의 wait)."
        ))
        .seen_all([&first, &replay, &after]));
    }
    tokio::time::sleep(GRACE).await;
    let (late, again) = site.redeem(&old).await?;
    if again.is_some() {
        return Ok(Outcome::not_applicable(Words::fixed(
            "A used refresh token is not refused (refresh-replay), so nothing tells the site of a replay.",
            "쓴 리프레시 토큰을 거부하지 않으므로(refresh-replay) 사이트가 재사용을 알아챌 방법이 없습니다.",
        ))
        .seen_all([&first, &replay, &late]));
    }
    let (after, alive) = next(site, &newest).await?;
    if alive.is_none() {
        return ended(site, &newest, [&first, &late, &after], grace).await;
    }
    let told = match kindly {
        None => say!(
            "A used refresh token was refused, at once and {grace} s later, and the tokens that came of it live on.",
            "쓴 리프레시 토큰은 곧바로도 {grace}초 뒤에도 거부되었지만, 거기서 나온 토큰은 계속 살아 있습니다."
        ),
        Some(_) => say!(
            "A used refresh token was refused {grace} s later, and the tokens that came of it live on.",
            "쓴 리프레시 토큰은 {grace}초 뒤에 거부되었지만, 거기서 나온 토큰은 계속 살아 있습니다."
        ),
    };
    Ok(Outcome::fail(told).seen_all([&first, &late, &after]))
}

/// Uses the newest refresh token; the next pair where it lives.
async fn next(site: &mut Site, newest: &Issued) -> Result<(Arc<Exchange>, Option<Issued>), Stop> {
    let refresh = newest.refresh.clone().unwrap_or_default();
    site.redeem(&refresh).await
}

/// The family is dead; whether its access token is too.
async fn ended(site: &mut Site, newest: &Issued, evidence: [&Arc<Exchange>; 3], after: u64) -> Answer {
    let when = if after == 0 {
        say!("A replay ended the sign-in", "재사용하자 로그인이 끝났습니다")
    } else {
        say!("A replay {after} s later ended the sign-in", "{after}초 뒤에 재사용하자 로그인이 끝났습니다")
    };
    let Words { en, ko } = when;
    if site.token_recipe()?.private.is_empty() {
        return Ok(Outcome::pass(say!("{en}.", "{ko}.")).seen_all(evidence));
    }
    let (exchange, passed, accepted) = until_refused(site, &newest.access).await?;
    let outcome = if accepted {
        // What cannot be taken back at all is told by jwt-logout.
        Outcome::pass(say!(
            "{en}. Its newest access token is accepted until it expires.",
            "{ko}. 마지막 액세스 토큰은 만료될 때까지 받아들여집니다."
        ))
    } else if passed > Duration::from_secs(1) {
        let seconds = passed.as_secs();
        Outcome::pass(say!(
            "{en}, and its newest access token {seconds} s later.",
            "{ko}. 마지막 액세스 토큰도 {seconds}초 뒤에 거부되었습니다."
        ))
    } else {
        Outcome::pass(say!("{en}, and its newest access token.", "{ko}. 마지막 액세스 토큰도 거부됩니다."))
    };
    Ok(outcome.seen_all(evidence).seen(&exchange))
}
