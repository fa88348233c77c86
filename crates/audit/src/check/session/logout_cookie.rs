//! `session-logout-cookie`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "session-logout-cookie",
    title: Words::fixed("Signing out takes the cookie out of the browser", "로그아웃하면 브라우저에서 쿠키가 사라진다"),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.4.1"],
    cwe: &[613],
    why: Words::fixed(
        "A cookie that stays says to the next user of the computer who was here, and is taken up again if the server has a fault.",
        "남은 쿠키는 그 컴퓨터의 다음 사용자에게 누가 있었는지 알려 주고, 서버에 결함이 있으면 다시 쓰입니다.",
    ),
    how: Words::fixed(
        "Looks whether the answers to signing out delete or replace the session's cookie.",
        "로그아웃 응답이 세션 쿠키를 지우거나 바꾸는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Answer with the same cookie, empty and with Max-Age=0, with the attributes that it was set with.",
        "설정할 때와 같은 속성으로, 값이 비고 Max-Age=0인 쿠키를 응답에 넣으세요.",
    ),
    stacks: &[
        (Stack::Express, "res.clearCookie('__Host-sid', { path: '/', secure: true })"),
        (Stack::Django, "logout(request) does"),
        (Stack::Rails, "reset_session does"),
        (Stack::Spring, "http.logout(l -> l.deleteCookies(\"SESSION\"))"),
        (Stack::Laravel, "$request->session()->invalidate() replaces it"),
        (Stack::Axum, "nothing to do"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let names = site.session_cookies().await?;
    let departure = site.departure().await?;
    let kept = names.iter().find(|name| {
        let before = departure.before.value(name);
        before.is_some() && before == departure.now.value(name)
    });
    let outcome = match kept {
        Some(name) => Outcome::warn(say!("{name} stays in the browser.", "{name}이(가) 브라우저에 남습니다.")),
        None => Outcome::pass(say!("The cookie was deleted or replaced.", "쿠키가 지워지거나 바뀌었습니다.")),
    };
    Ok(outcome.seen_all(&departure.steps))
}
