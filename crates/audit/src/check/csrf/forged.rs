//! What the checks of forged requests share.

use admit_rules::Stack;
use admit_words::{Words, say};

use crate::http::{Origin, SameSite};
use crate::outcome::{Outcome, Stop};
use crate::site::{Change, Site, Token, Visitor, Who};

/// Where each stack has its check.
pub(super) const STACKS: &[(Stack, &str)] = &[
    (Stack::Express, "csrf-csrf or csrf-sync on every unsafe route"),
    (Stack::Django, "'django.middleware.csrf.CsrfViewMiddleware'; no @csrf_exempt"),
    (Stack::Rails, "protect_from_forgery with: :exception"),
    (Stack::Spring, "do not write http.csrf(csrf -> csrf.disable())"),
    (Stack::Laravel, "the web middleware group; nothing in validateCsrfTokens(except: […])"),
    (Stack::Axum, "nothing to do: the gate asks for it on every unsafe request with a cookie"),
];

/// The signed-in user whose name is used, once the change has been seen to work when it is made rightly.
pub(super) async fn victim(site: &mut Site) -> Result<Visitor, Stop> {
    let mut session = site.session(Who::Ordinary).await?;
    site.change_works(&mut session.visitor).await?;
    Ok(session.visitor)
}

/// Whether browsers would send the session's cookie with a forged POST: not when it says Lax or Strict.
pub(super) async fn cookie_stays_home(site: &mut Site) -> Result<bool, Stop> {
    let names = site.session_cookies().await?;
    let session = site.session(Who::Ordinary).await?;
    let set: Vec<_> = session
        .steps
        .iter()
        .flat_map(|step| step.set_cookies())
        .filter(|cookie| names.contains(&cookie.name) && !cookie.value.is_empty())
        .collect();
    Ok(!set.is_empty() && set.iter().all(|cookie| matches!(cookie.same_site, Some(SameSite::Lax | SameSite::Strict))))
}

/// A forged request worked: how grave that is hangs on SameSite, which then is all that is left.
pub(super) async fn worked(site: &mut Site, what: Words) -> Result<Outcome, Stop> {
    let (en, ko) = (what.en, what.ko);
    Ok(if cookie_stays_home(site).await? {
        Outcome::warn(say!(
            "{en} SameSite of the cookie is all that stands in the way: a page on a neighbouring host, or a browser that does not know it, gets through.",
            "{ko} 막는 것은 쿠키의 SameSite뿐입니다. 이웃 호스트의 페이지나 SameSite를 모르는 브라우저는 통과합니다."
        ))
    } else {
        Outcome::fail(say!("{en}", "{ko}"))
    })
}

/// Tries the change with something wrong about its token, from the site's own page. Not applicable when nothing is
/// looked at anyway: then `csrf-form` is what has to be mended.
pub(super) async fn with_token(site: &mut Site, token: Token) -> Result<Change, Stop> {
    let mut victim = victim(site).await?;
    if site.form_token(&mut victim).await?.is_none() {
        return Err(Outcome::not_applicable(say!(
            "The form has no token. Whether forged forms are refused by other means, csrf-form says.",
            "양식에 토큰이 없습니다. 위조된 양식을 다른 방법으로 거부하는지는 csrf-form에서 봅니다."
        ))
        .into());
    }
    if is_open(site, &mut victim).await? {
        return Err(Outcome::not_applicable(say!(
            "A form without a token from another site is accepted already (csrf-form).",
            "토큰 없는 다른 사이트의 양식이 이미 받아들여집니다 (csrf-form)."
        ))
        .into());
    }
    site.try_change(&mut victim, &token, Origin::Own).await
}

/// What a change with something wrong about its token means: `worked` is said when it went through.
pub(super) fn judged(change: &Change, worked: Words) -> Outcome {
    let status = change.answer.status();
    let outcome = if change.applied {
        Outcome::fail(worked)
    } else {
        Outcome::pass(say!(
            "It was answered with {status} and changed nothing.",
            "{status} 응답을 받았고 아무것도 바뀌지 않았습니다."
        ))
    };
    outcome.seen(&change.after).seen(&change.answer)
}

/// Whether an invented token is accepted. Asked once.
pub(super) async fn accepts_any(site: &mut Site) -> Result<bool, Stop> {
    if let Some(any) = site.takes_any_token {
        return Ok(any);
    }
    let any = with_token(site, Token::Wrong).await?.applied;
    site.takes_any_token = Some(any);
    Ok(any)
}

/// Whether a forged form is accepted. Asked once.
pub(super) async fn is_open(site: &mut Site, victim: &mut Visitor) -> Result<bool, Stop> {
    if let Some(open) = site.takes_forged_forms {
        return Ok(open);
    }
    let open = site.try_change(victim, &Token::Missing, Origin::Foreign).await?.applied;
    site.takes_forged_forms = Some(open);
    Ok(open)
}
