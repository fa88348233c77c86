//! `logout-get`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::http::{Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who};

pub(crate) static RULE: Rule = Rule {
    id: "logout-get",
    title: Words::fixed("Opening an address does not sign out", "주소를 여는 것만으로 로그아웃되지 않는다"),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Csrf,
    asvs: &["V3.5.3"],
    cwe: &[352],
    why: Words::fixed(
        "Prefetching browsers, link previews and pictures sign users out; SameSite=Lax does not help against a link.",
        "미리 가져오는 브라우저, 링크 미리보기, 이미지가 사용자를 로그아웃시킵니다. SameSite=Lax도 링크는 막지 못합니다.",
    ),
    how: Words::fixed(
        "Signs in, opens the address that signs out as a link, and looks whether the user is still signed in.",
        "로그인한 뒤 로그아웃 주소를 링크로 열어 보고, 아직 로그인되어 있는지 봅니다.",
    ),
    remedy: Words::fixed("Sign out by POST alone, with the token.", "로그아웃은 토큰이 있는 POST로만 하세요."),
    stacks: &[
        (Stack::Express, "app.post('/logout', …)"),
        (Stack::Django, "LogoutView takes POST alone since 5.0"),
        (Stack::Rails, "delete '/session', with button_to"),
        (Stack::Spring, "csrf() left on makes /logout POST alone"),
        (Stack::Laravel, "Route::post('/logout', …)"),
        (Stack::Axum, "nothing to do: POST /logout"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut session = site.fresh_session(Who::Ordinary).await?;
    let url = site.exit(&mut session.visitor).await?.url().clone();
    let mut copy = session.visitor.clone();
    let answer = site.send(Request::new("GET", url, Origin::Foreign), &mut session.visitor).await?;
    let (after, alive) = site.recognised(&mut copy).await?;
    let still = alive && (session.visitor.jar == copy.jar || site.recognises(&mut session.visitor).await?);
    let status = answer.status();
    let outcome = if still {
        Outcome::pass(say!(
            "The GET was answered with {status}, and the user was still signed in.",
            "GET은 {status} 응답을 받았고 사용자는 그대로 로그인되어 있었습니다."
        ))
    } else {
        Outcome::fail(say!("A GET signed the user out.", "GET 하나로 사용자가 로그아웃되었습니다."))
    };
    Ok(outcome.seen(&after).seen(&answer))
}
