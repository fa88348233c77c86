//! `session-adoption`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::ids;
use crate::http::{Exchange, Jar, Origin};
use crate::outcome::{Answer, Outcome};
use crate::site::{Entry, Site, Visitor, Who, random_text, submit};

pub(crate) static RULE: Rule = Rule {
    id: "session-adoption",
    title: Words::fixed(
        "A session id that the site did not make is not taken up",
        "사이트가 만들지 않은 세션 id는 받아들이지 않는다",
    ),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Session,
    asvs: &["V7.2.4"],
    cwe: &[384],
    why: Words::fixed(
        "An attacker invents an id, plants it in the victim's browser, and waits: what the site keeps under that id belongs to both.",
        "공격자가 id를 지어내 피해자의 브라우저에 심어 두면, 사이트가 그 id로 보관하는 것은 두 사람의 것이 됩니다.",
    ),
    how: Words::fixed(
        "Comes with an invented id, looks whether the site replaces it, and if it does not, whether what it hands out (the form's token, the signed-in session) belongs to that id.",
        "지어낸 id로 접속해 사이트가 바꾸어 주는지 보고, 바꾸지 않으면 사이트가 내준 것(양식의 토큰, 로그인된 세션)이 그 id에 묶이는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Answer an unknown id as if there was none, and make a new one where one is needed.",
        "모르는 id는 없는 것으로 여기고, 필요하면 새로 만드세요.",
    ),
    stacks: &[
        (Stack::Express, "express-session does; do not set genid from the request"),
        (Stack::Django, "built in: an unknown key is replaced"),
        (Stack::Rails, "built in, with a server-side store"),
        (Stack::Spring, "built in; never create a session from the request's id"),
        (Stack::Laravel, "built in"),
        (Stack::Axum, "nothing to do: an id is found by its digest, or it is none"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let names = site.session_cookies().await?;
    let real = site.session(Who::Ordinary).await?;
    let mut invented = Visitor::default();
    for name in &names {
        let length = real.visitor.jar.value(name).map_or(43, str::len);
        let value: String = random_text(length).chars().take(length).collect();
        invented.jar.put(name, &value);
    }
    let planted = invented.jar.clone();
    let account = site.account(Who::Ordinary)?;
    if let Entry::Form { page } = site.entry().await? {
        let place = page.to_string();
        let first = site.open(&place, &mut invented).await?;
        if first.status() >= 400 {
            let status = first.status();
            return Ok(Outcome::pass(say!(
                "An invented id was answered with {status}.",
                "지어낸 id에 {status}(으)로 응답했습니다."
            ))
            .seen(&first));
        }
        let (page, form) = site.login_page(&mut invented).await?;
        if ids(&invented.jar, &names).ne(ids(&planted, &names)) {
            return Ok(
                Outcome::pass(say!("An invented id was replaced.", "지어낸 id가 새 것으로 바뀌었습니다.")).seen(&page)
            );
        }
        // The token that was handed out under this id: does the site hold it to the id?
        if form.token_field().is_some() {
            let fields = site.login_fields(&form, &account.name, account.password());
            let mut other = Visitor::default();
            for name in &names {
                // With the same ending: of base64 not every ending is one, and an id that cannot be read is refused for that.
                let value = planted.value(name).unwrap_or_default();
                let half = value.len() / 2;
                let start: String = random_text(half).chars().take(half).collect();
                other.jar.put(name, &format!("{start}{}", value.get(half..).unwrap_or_default()));
            }
            // Cookies besides the session's stay: a token that is compared with one of them is not the session's.
            for (name, value) in
                invented.jar.clone().iter().filter(|(name, _)| !names.iter().any(|known| known == name))
            {
                other.jar.put(name, value);
            }
            let under_other = site.sign_in_with(submit(&form, &fields, Origin::Own), &mut other).await?;
            let under_own = site.sign_in_with(submit(&form, &fields, Origin::Own), &mut invented).await?;
            if under_own.succeeded && !under_other.succeeded && under_other.limited().is_none() {
                return Ok(Outcome::fail(say!(
                    "The site kept a form token under an id that it never made: the invented session exists.",
                    "사이트가 만든 적 없는 id에 양식 토큰을 보관했습니다. 지어낸 세션이 존재합니다."
                ))
                .seen(&page)
                .seen_all(&under_own.steps));
            }
            return adopted(&names, &planted, &invented, under_own.succeeded, &under_own.steps);
        }
    }
    let attempt = site.sign_in(&account.name, account.password(), &mut invented).await?;
    adopted(&names, &planted, &invented, attempt.succeeded, &attempt.steps)
}

/// Whether the invented id is that of the signed-in user now.
fn adopted(names: &[String], planted: &Jar, now: &Visitor, signed_in: bool, steps: &[Arc<Exchange>]) -> Answer {
    let kept = signed_in && names.iter().any(|name| planted.value(name) == now.jar.value(name));
    let outcome = if kept {
        Outcome::fail(say!("Signing in kept an id that was invented.", "로그인 뒤에도 지어낸 id가 그대로 쓰입니다."))
    } else {
        Outcome::pass(say!("An invented id was not taken up.", "지어낸 id는 받아들여지지 않았습니다."))
    };
    Ok(outcome.seen_all(steps))
}
