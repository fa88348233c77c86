//! What the cookie of the session is like.

mod domain;
mod httponly;
mod lifetime;
mod opaque;
mod prefix;
mod samesite;
mod secure;

use std::sync::Arc;

use admit_words::Words;

use crate::http::{Cookie, Exchange};
use crate::outcome::{Outcome, Stop};
use crate::site::{Site, Who};

super::checks![secure, httponly, samesite, prefix, domain, lifetime, opaque];

/// The cookies that carry the session, as they were set last while signing in.
async fn session_cookies(site: &mut Site) -> Result<Vec<(Cookie, Arc<Exchange>)>, Stop> {
    let names = site.session_cookies().await?;
    let session = site.session(Who::Ordinary).await?;
    let mut found: Vec<(Cookie, Arc<Exchange>)> = Vec::new();
    for exchange in &session.steps {
        for cookie in exchange.set_cookies().filter(|cookie| names.contains(&cookie.name) && !cookie.value.is_empty()) {
            found.retain(|(known, _)| known.name != cookie.name);
            found.push((cookie, Arc::clone(exchange)));
        }
    }
    if found.is_empty() {
        // The cookie of before was kept, and not set again by signing in.
        let (page, _) = site.login_page(&mut crate::site::Visitor::default()).await?;
        found.extend(
            page.set_cookies().filter(|cookie| names.contains(&cookie.name)).map(|cookie| (cookie, Arc::clone(&page))),
        );
    }
    if found.is_empty() {
        return Err(Outcome::untested(Words::fixed(
            "The answer that sets the session's cookie was not seen.",
            "세션 쿠키를 설정하는 응답을 보지 못했습니다.",
        ))
        .into());
    }
    Ok(found)
}

/// Names, as a list for a sentence.
fn names(cookies: &[&(Cookie, Arc<Exchange>)]) -> String {
    cookies.iter().map(|(cookie, _)| cookie.name.as_str()).collect::<Vec<_>>().join(", ")
}
