//! `token-storage`

use std::collections::BTreeSet;
use std::sync::Arc;

use admit_words::{Words, say};

use crate::browser::{Browser, Kept};
use crate::html::Page;
use crate::http::{Exchange, Origin, Request};
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Session, Site, Visitor, Who};

pub(crate) use admit_rules::shared::TOKEN_STORAGE as RULE;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let session = site.session(Who::Ordinary).await?;
    let mut places = site.recipe.pages.scripted.clone();
    places.extend(site.recipe.pages.private.clone());
    places.push(site.oracle().await?.page.to_string());
    let settings = site.recipe.browser.clone();
    if !settings.run && settings.webdriver.is_none() {
        return scripts(site, &places, session).await;
    }
    let browser = match Browser::start(settings.webdriver.as_deref()).await {
        Ok(browser) => browser,
        Err(error) => {
            return Ok(Outcome::untested(say!(
                "The browser could not be used: {error}.",
                "브라우저를 쓸 수 없었습니다: {error}."
            )));
        }
    };
    let seen = visit(site, &browser, &places, &session).await;
    browser.end().await;
    seen
}

/// Opens the pages in the browser and judges what they store.
async fn visit(site: &mut Site, browser: &Browser, places: &[String], session: &Session) -> Answer {
    let failed = |error: String| {
        Stop::Known(Outcome::untested(say!(
            "The browser stopped working: {error}.",
            "브라우저가 작동을 멈췄습니다: {error}."
        )))
    };
    let start = site.start.clone();
    browser.open(&start).await.map_err(failed)?;
    for (name, value) in session.visitor.jar.iter() {
        browser.set_cookie(name, value, &start).await.map_err(failed)?;
    }
    let mut secrets: Vec<String> = session.visitor.jar.iter().map(|(_, value)| value.to_owned()).collect();
    secrets.retain(|secret| secret.len() >= 16);
    if let Ok(issued) = site.tokens(Who::Ordinary).await {
        secrets.extend([issued.access].into_iter().chain(issued.refresh));
    }
    let (mut opened, mut done) = (Vec::new(), BTreeSet::new());
    let mut visitor = session.visitor.clone();
    for place in places {
        let url = site.url(place)?;
        if !done.insert(url.clone()) {
            continue;
        }
        let exchange = site.open(place, &mut visitor).await?;
        browser.open(&url).await.map_err(failed)?;
        let page = Page::read(exchange.body(), &exchange.request.url);
        if page.forms.iter().all(|form| form.passwords().count() == 0)
            && browser.asks_for_password().await.map_err(failed)?
        {
            return Ok(Outcome::untested(say!(
                "The browser was asked to sign in at {place}, although it had the cookies of the signed-in user.",
                "로그인한 사용자의 쿠키를 넣었는데도 {place}에서 브라우저에 로그인이 요구되었습니다."
            ))
            .seen(&exchange));
        }
        opened.push(Arc::clone(&exchange));
        for kept in browser.storage().await.map_err(failed)? {
            if let Some(what) = secret_in(&kept, &secrets) {
                let Words { en, ko } = what;
                site.client.redactor.learn(&kept.value, "STORED");
                let (path, area, name) = (url.path().to_owned(), kept.area, kept.name);
                return Ok(Outcome::fail(say!(
                    "{path} keeps {en} in {area}, as \"{name}\".",
                    "{path}이(가) {ko} {area}에 \"{name}\"(으)로 보관합니다."
                ))
                .seen(&exchange));
            }
        }
    }
    let count = opened.len();
    Ok(Outcome::pass(say!(
        "{count} pages were opened in a browser as the signed-in user; none keeps a token in its storage.",
        "로그인한 사용자로 페이지 {count}개를 브라우저에서 열었고, 저장소에 토큰을 두는 페이지는 없었습니다."
    ))
    .seen_all(&opened))
}

/// What a stored value is, when it is a secret.
fn secret_in(kept: &Kept, secrets: &[String]) -> Option<Words> {
    if secrets.iter().any(|secret| kept.value.contains(secret.as_str())) {
        return Some(Words::fixed("the session's id or a token of the account", "세션 id나 계정의 토큰을"));
    }
    let words = kept.value.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    words
        .filter(|word| word.starts_with("eyJ"))
        .any(|word| Jwt::read(word).is_some())
        .then(|| Words::fixed("a JWT", "JWT를"))
}

/// Without a browser: whether a script of the pages stores something that is called like a token.
async fn scripts(site: &mut Site, places: &[String], session: Session) -> Answer {
    let mut visitor = session.visitor;
    let mut texts: Vec<(String, Arc<Exchange>)> = Vec::new();
    for place in places {
        let exchange = site.open(place, &mut visitor).await?;
        let page = Page::read(exchange.body(), &exchange.request.url);
        texts.push((page.inline_script, exchange));
        for script in page.scripts {
            if site.is_ours(&script) && !texts.iter().any(|(_, known)| known.request.url == script) {
                let request = Request::new("GET", script, Origin::OwnScript).header("Accept", "*/*");
                let exchange = site.send(request, &mut Visitor::default()).await?;
                texts.push((exchange.body().to_owned(), exchange));
            }
        }
    }
    for (text, exchange) in &texts {
        if let Some(name) = stored_name(text) {
            let path = exchange.request.url.path();
            return Ok(Outcome::manual(say!(
                "A script at {path} stores \"{name}\" in the browser. Look whether that is a token, or let a browser look (run of [browser]).",
                "{path}의 스크립트가 \"{name}\"을(를) 브라우저에 저장합니다. 토큰인지 직접 확인하거나 브라우저로 확인하세요([browser]의 run)."
            ))
            .seen(exchange));
        }
    }
    Ok(Outcome::untested(Words::fixed(
        "No browser was asked for (--browser, or run of [browser]); the scripts of the pages show nothing.",
        "브라우저를 쓰도록 지정하지 않았습니다(--browser 또는 [browser]의 run). 페이지의 스크립트에서는 보이는 것이 없습니다.",
    )))
}

/// The name under which a script stores something that is called like a token.
fn stored_name(script: &str) -> Option<String> {
    let calls = ["localStorage.setItem(", "sessionStorage.setItem("];
    let names = calls.iter().flat_map(|call| script.split(*call).skip(1)).filter_map(|after| {
        let quote = after.trim_start().chars().next().filter(|c| "\"'`".contains(*c))?;
        Some(after.trim_start().trim_start_matches(quote).split(quote).next()?.to_owned())
    });
    let fields = ["localStorage.", "sessionStorage."];
    let assigned = fields.iter().flat_map(|field| script.split(*field).skip(1)).filter_map(|after| {
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let (name, rest) = after.split_at_checked(end)?;
        let rest = rest.trim_start();
        (rest.starts_with('=') && !rest.starts_with("==")).then(|| name.to_owned())
    });
    names.chain(assigned).find(|name| {
        let name = name.to_ascii_lowercase();
        let like = ["token", "jwt", "session", "bearer", "auth"].iter().any(|word| name.contains(word));
        like && !name.contains("csrf") && !name.contains("xsrf")
    })
}

#[cfg(test)]
mod tests {
    use super::stored_name;

    #[test]
    fn scripts_that_store_a_token_are_found_by_the_name() {
        assert_eq!(stored_name("localStorage.setItem('access_token', t)").as_deref(), Some("access_token"));
        assert_eq!(stored_name("a();sessionStorage.jwt = x").as_deref(), Some("jwt"));
        assert_eq!(stored_name("localStorage.setItem(\"theme\", t); if (localStorage.token == 1) {}"), None);
        assert_eq!(stored_name("localStorage.setItem('csrf_token', t)"), None);
    }
}
