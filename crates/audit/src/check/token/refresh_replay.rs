//! `refresh-replay`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{GRACE, fresh_pair};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "refresh-replay",
    title: Words::fixed("A refresh token is good once", "리프레시 토큰은 한 번만 쓸 수 있다"),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V10.4.5"],
    cwe: &[294],
    why: Words::fixed(
        "A refresh token that can be used again and again lets whoever copied it renew in silence beside its owner, for as \
         long as the sign-in lasts (RFC 9700 §2.2.2, §4.14.2).",
        "몇 번이고 쓸 수 있는 리프레시 토큰은 그것을 복사한 사람이 로그인이 유지되는 내내 주인 몰래 함께 갱신할 수 있게 합니다 \
         (RFC 9700 §2.2.2, §4.14.2).",
    ),
    how: Words::fixed(
        "Redeems a refresh token twice. Where the second time works, it waits 15 s and tries again: some sites answer \
         kindly for some seconds, as an app may have lost the answer.",
        "리프레시 토큰을 두 번 사용합니다. 두 번째도 되면 15초 뒤에 다시 시도합니다. 앱이 응답을 받지 못했을 수 있어 몇 초 동안은 \
         너그럽게 응답하는 사이트가 있기 때문입니다.",
    ),
    remedy: Words::fixed(
        "Issue a new refresh token at each renewal and let the old one be dead; or bind tokens to the client's key (DPoP, mTLS).",
        "갱신할 때마다 새 리프레시 토큰을 발급하고 옛 것은 무효로 하세요. 또는 토큰을 클라이언트의 키에 묶으세요(DPoP, mTLS).",
    ),
    stacks: &[
        (
            Stack::Express,
            "UPDATE refresh_tokens SET used = now() WHERE hash = $1 AND used IS NULL  -- and no row is a refusal",
        ),
        (Stack::Django, "SIMPLE_JWT = {\"ROTATE_REFRESH_TOKENS\": True, \"BLACKLIST_AFTER_ROTATION\": True}"),
        (Stack::Rails, "Doorkeeper: use_refresh_token, with the column previous_refresh_token on access tokens"),
        (Stack::Spring, "TokenSettings.builder().reuseRefreshTokens(false)"),
        (Stack::Laravel, "Passport::$revokeRefreshTokenAfterUse = true  // the default"),
        (Stack::Axum, "nothing to do: a refresh token is redeemed once"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (_, refresh) = fresh_pair(site).await?;
    let (first, renewed) = site.redeem(&refresh).await?;
    let Some(renewed) = renewed else {
        let status = first.status();
        return Ok(Outcome::untested(say!(
            "A fresh refresh token was refused (status {status}).",
            "새 리프레시 토큰이 거부되었습니다(상태 {status})."
        ))
        .seen(&first));
    };
    let (second, again) = site.redeem(&refresh).await?;
    if again.is_none() {
        return Ok(
            Outcome::pass(say!("The second use is refused.", "두 번째 사용은 거부됩니다.")).seen_all([&first, &second])
        );
    }
    // The same successor again, and none once that was used: there is one chain of tokens, and an answer may be lost.
    let (new, same) = (renewed.refresh.clone(), again.and_then(|again| again.refresh));
    if let Some(new) = new.filter(|new| *new != refresh && Some(new) == same.as_ref()) {
        let (used, next) = site.redeem(&new).await?;
        let (third, again) = site.redeem(&refresh).await?;
        if next.is_some() && again.is_none() {
            return Ok(Outcome::pass(say!(
                "A second use at once gives the same successor, and none once that was used.",
                "곧바로 다시 쓰면 같은 다음 토큰을 주고, 그 토큰을 쓴 뒤에는 거부됩니다."
            ))
            .seen_all([&first, &second, &used, &third]));
        }
    }
    // A client that proves who it is may keep its refresh token (RFC 9700 §2.2.2).
    let keeps = renewed.refresh.as_ref().is_none_or(|new| *new == refresh);
    if keeps
        && site.token_recipe()?.refresh_fields.keys().any(|name| name.starts_with("client_") && name != "client_id")
    {
        return Ok(Outcome::warn(Words::fixed(
            "The refresh token is good again and again, for a client that proves who it is. Whoever has both renews in silence.",
            "클라이언트 인증이 있는 경우에 한해 리프레시 토큰을 몇 번이고 쓸 수 있습니다. 둘 다 가진 사람은 몰래 갱신할 수 있습니다.",
        ))
        .seen_all([&first, &second]));
    }
    let grace = GRACE.as_secs();
    if keeps || site.recipe.limits.wait < grace {
        return Ok(Outcome::fail(say!(
            "The same refresh token was redeemed twice.",
            "같은 리프레시 토큰을 두 번 쓸 수 있었습니다."
        ))
        .seen_all([&first, &second]));
    }
    tokio::time::sleep(GRACE).await;
    let (third, again) = site.redeem(&refresh).await?;
    let evidence = [&first, &second, &third];
    Ok(match again {
        Some(_) => Outcome::fail(say!(
            "The same refresh token was redeemed a second time, and a third {grace} s later.",
            "같은 리프레시 토큰을 두 번 쓸 수 있었고, {grace}초 뒤에도 다시 쓸 수 있었습니다."
        )),
        None => Outcome::pass(say!(
            "A second use at once is answered kindly; {grace} s later it is refused.",
            "곧바로 두 번 쓰면 너그럽게 응답하지만, {grace}초 뒤에는 거부됩니다."
        )),
    }
    .seen_all(evidence))
}
