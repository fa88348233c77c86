//! `page-cache`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::http::Exchange;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who};

pub(crate) static RULE: Rule = Rule {
    id: "page-cache",
    title: Words::fixed("Private pages are not kept by caches", "비공개 페이지가 캐시에 남지 않는다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Page,
    asvs: &["V14.2.2", "V14.3.2"],
    cwe: &[525],
    why: Words::fixed(
        "After signing out the back button shows the account; a shared cache on the way shows it to the next user.",
        "로그아웃한 뒤 뒤로 가기를 누르면 계정이 보이고, 중간의 공유 캐시는 다음 사용자에게 보여 줍니다.",
    ),
    how: Words::fixed(
        "Signs in and reads Cache-Control of the private pages.",
        "로그인한 뒤 비공개 페이지의 Cache-Control을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Send Cache-Control: no-store with everything that is for one user.",
        "한 사용자를 위한 모든 것에 Cache-Control: no-store를 보내세요.",
    ),
    stacks: &[
        (Stack::Express, "res.set('Cache-Control', 'no-store')"),
        (Stack::Django, "@never_cache"),
        (Stack::Rails, "response.headers['Cache-Control'] = 'no-store'"),
        (Stack::Spring, "built in with Spring Security"),
        (Stack::Laravel, "->middleware('cache.headers:no_store')"),
        (Stack::Axum, "nothing to do for admit's pages; header::CACHE_CONTROL on yours"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut session = site.session(Who::Ordinary).await?;
    let mut places = site.recipe.pages.private.clone();
    places.push(site.oracle().await?.page.to_string());
    let mut worst: Option<(u8, Arc<Exchange>)> = None;
    for place in places {
        let exchange = site.open(&place, &mut session.visitor).await?;
        if !exchange.is_success() {
            continue;
        }
        let control = exchange.headers("cache-control").collect::<Vec<_>>().join(",").to_ascii_lowercase();
        let has = |word: &str| control.split(',').any(|part| part.trim() == word);
        let kept = control.split(',').any(|part| {
            part.trim()
                .strip_prefix("max-age=")
                .is_some_and(|seconds| seconds.parse::<u64>().is_ok_and(|seconds| seconds > 0))
        });
        let grade = if has("no-store") {
            0
        } else if has("public") || (kept && !has("private")) {
            2
        } else {
            1
        };
        if worst.as_ref().is_none_or(|(known, _)| grade > *known) {
            worst = Some((grade, exchange));
        }
    }
    let Some((grade, exchange)) = worst else {
        return Ok(Outcome::untested(say!("No private page could be opened.", "열 수 있는 비공개 페이지가 없습니다.")));
    };
    let at = exchange.request.url.path().to_owned();
    let outcome = match grade {
        0 => Outcome::pass(say!("Private pages are no-store.", "비공개 페이지는 no-store입니다.")),
        1 => Outcome::warn(say!(
            "{at} does not say no-store: browsers may keep it.",
            "{at}에 no-store가 없습니다. 브라우저가 보관할 수 있습니다."
        )),
        _ => Outcome::fail(say!("{at} lets shared caches keep it.", "{at}은(는) 공유 캐시가 보관하도록 허용합니다.")),
    };
    Ok(outcome.seen(&exchange))
}
