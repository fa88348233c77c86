//! `cookie-samesite`

use admit_words::say;

use super::{names, session_cookies};
use crate::http::SameSite;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) use admit_rules::shared::COOKIE_SAMESITE as RULE;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let cookies = session_cookies(site).await?;
    let evidence: Vec<_> = cookies.iter().map(|(_, exchange)| exchange).collect();
    let open: Vec<_> = cookies.iter().filter(|(cookie, _)| cookie.same_site == Some(SameSite::None)).collect();
    if !open.is_empty() {
        let names = names(&open);
        return Ok(Outcome::fail(say!(
            "{names} is SameSite=None: browsers send it with requests that any site makes.",
            "{names}이(가) SameSite=None입니다. 브라우저는 어느 사이트가 만든 요청에든 이 쿠키를 보냅니다."
        ))
        .seen_all(evidence));
    }
    let unsaid: Vec<_> = cookies.iter().filter(|(cookie, _)| cookie.same_site.is_none()).collect();
    if !unsaid.is_empty() {
        let names = names(&unsaid);
        return Ok(Outcome::fail(say!(
            "{names} has no SameSite. What a browser makes of that differs: some send it from everywhere.",
            "{names}에 SameSite가 없습니다. 처리 방식은 브라우저마다 다르고, 일부는 어디서든 보냅니다."
        ))
        .seen_all(evidence));
    }
    Ok(Outcome::pass(say!("SameSite is Lax or Strict.", "SameSite가 Lax 또는 Strict입니다.")).seen_all(evidence))
}
