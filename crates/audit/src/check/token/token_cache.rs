//! `token-cache`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::fresh_pair;
use crate::http::Exchange;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Who};

pub(crate) static RULE: Rule = Rule {
    id: "token-cache",
    title: Words::fixed("Answers with tokens are not cached", "토큰이 든 응답은 캐시되지 않는다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V14.3.2"],
    cwe: &[525, 524],
    why: Words::fixed(
        "What a cache keeps, somebody else may read: the next user of the machine, or of the proxy. RFC 6749 §5.1 \
         requires no-store.",
        "캐시에 남은 것은 그 컴퓨터나 프록시를 쓰는 다음 사람이 읽을 수 있습니다. RFC 6749 §5.1은 no-store를 요구합니다.",
    ),
    how: Words::fixed(
        "Reads Cache-Control of the answers that issue and renew tokens.",
        "토큰을 발급하고 갱신하는 응답의 Cache-Control을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Send Cache-Control: no-store with each answer that has a token in it.",
        "토큰이 든 모든 응답에 Cache-Control: no-store를 보내세요.",
    ),
    stacks: &[
        (Stack::Express, "res.set('Cache-Control', 'no-store').json(tokens)"),
        (Stack::Django, "@method_decorator(cache_control(no_store=True), name=\"dispatch\")"),
        (Stack::Rails, "response.headers['Cache-Control'] = 'no-store'"),
        (Stack::Spring, "ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(tokens)"),
        (Stack::Laravel, "return response()->json($tokens)->header('Cache-Control', 'no-store');"),
        (Stack::Axum, "nothing to do: each answer with a token says no-store"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let issued = site.fresh_tokens(Who::Ordinary).await?;
    let mut answers = vec![Arc::clone(&issued.answer)];
    if site.token_recipe()?.refresh.is_some() {
        answers.extend(renewal(site).await?);
    }
    let kept: Vec<_> = answers.iter().filter(|answer| !says_no_store(answer)).collect();
    let Some(first) = kept.first() else {
        return Ok(Outcome::pass(say!("Answers with tokens say no-store.", "토큰이 든 응답에 no-store가 있습니다."))
            .seen_all(&answers));
    };
    let path = first.request.url.path();
    let told = first.header("cache-control").unwrap_or("—");
    Ok(Outcome::fail(say!(
        "{path} answers with tokens without no-store (Cache-Control: {told}).",
        "{path}이(가) no-store 없이 토큰을 응답합니다(Cache-Control: {told})."
    ))
    .seen_all(kept))
}

/// The answer that renews, where it does.
async fn renewal(site: &mut Site) -> Result<Option<Arc<Exchange>>, Stop> {
    match fresh_pair(site).await {
        Ok((_, refresh)) => {
            let (answer, renewed) = site.redeem(&refresh).await?;
            Ok(renewed.map(|_| answer))
        }
        Err(Stop::Known(_)) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn says_no_store(answer: &Exchange) -> bool {
    answer.headers("cache-control").any(|line| line.to_ascii_lowercase().contains("no-store"))
}
