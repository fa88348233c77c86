//! `session-fixation`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::ids;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who};

pub(crate) static RULE: Rule = Rule {
    id: "session-fixation",
    title: Words::fixed("Signing in makes a new session id", "로그인하면 새 세션 id가 만들어진다"),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.2.4"],
    cwe: &[384],
    why: Words::fixed(
        "An attacker who knows or plants the id of before, on a shared computer or by a neighbouring host, is signed in with it once the victim has signed in.",
        "공유 컴퓨터나 이웃 호스트를 통해 로그인 전의 id를 알거나 심어 둔 공격자는, 피해자가 로그인하는 순간 그 id로 함께 로그인됩니다.",
    ),
    how: Words::fixed(
        "Opens the login page, signs in in the same browser, and compares the ids before and after.",
        "로그인 페이지를 열고 같은 브라우저로 로그인한 뒤 전후의 id를 견줍니다.",
    ),
    remedy: Words::fixed(
        "Make a new id whenever somebody signs in, and drop the old one at the server.",
        "누군가 로그인할 때마다 새 id를 만들고 옛 id는 서버에서 버리세요.",
    ),
    stacks: &[
        (Stack::Express, "req.session.regenerate(…) before req.session.user = …"),
        (Stack::Django, "django.contrib.auth.login(request, user)  # cycles the key"),
        (Stack::Rails, "reset_session before session[:user_id] = user.id"),
        (Stack::Spring, "http.sessionManagement(s -> s.sessionFixation().changeSessionId())"),
        (Stack::Laravel, "$request->session()->regenerate()"),
        (Stack::Axum, "nothing to do: signing in always makes a new session"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let names = site.session_cookies().await?;
    let session = site.session(Who::Ordinary).await?;
    let steps = &session.steps;
    let kept = names.iter().find(|name| {
        let before = session.before.value(name);
        before.is_some() && before == session.visitor.jar.value(name)
    });
    if let Some(name) = kept {
        return Ok(Outcome::fail(say!(
            "{name} has the same value before and after signing in.",
            "{name}의 값이 로그인 전과 후에 같습니다."
        ))
        .seen_all(steps));
    }
    let had_one = ids(&session.before, &names).next().is_some();
    let told = if had_one {
        say!("The id before signing in was replaced.", "로그인 전의 id가 새 것으로 바뀌었습니다.")
    } else {
        say!(
            "There was no id before signing in, and a new one after.",
            "로그인 전에는 id가 없었고 로그인 후에 새로 생겼습니다."
        )
    };
    Ok(Outcome::pass(told).seen_all(steps))
}
