//! `session-logout`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "session-logout",
    title: Words::fixed("After signing out the old cookie is worth nothing", "로그아웃하면 옛 쿠키는 쓸모없어진다"),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.4.1"],
    cwe: &[613],
    why: Words::fixed(
        "Whoever copied the cookie before (from a backup, a proxy's log, a stolen laptop) stays signed in, and the user has no way to end it.",
        "백업, 프록시 로그, 도난당한 노트북에서 쿠키를 복사해 둔 사람은 계속 로그인되어 있고, 사용자는 그것을 끝낼 방법이 없습니다.",
    ),
    how: Words::fixed(
        "Signs in, keeps a copy of the cookie, signs out as the site offers it, and comes back with the copy.",
        "로그인해서 쿠키를 복사해 두고, 사이트가 제공하는 방법으로 로그아웃한 뒤, 복사본으로 다시 접속합니다.",
    ),
    remedy: Words::fixed(
        "End the session at the server when its user signs out. Deleting the cookie alone changes one browser.",
        "사용자가 로그아웃하면 서버에서 세션을 끝내세요. 쿠키만 지우면 그 브라우저만 바뀝니다.",
    ),
    stacks: &[
        (Stack::Express, "req.session.destroy(…)"),
        (Stack::Django, "django.contrib.auth.logout(request), with a server-side SESSION_ENGINE"),
        (Stack::Rails, "reset_session, with a server-side session_store"),
        (Stack::Spring, "http.logout(l -> l.invalidateHttpSession(true))"),
        (Stack::Laravel, "Auth::logout(); $request->session()->invalidate()"),
        (Stack::Axum, "nothing to do: POST /logout ends it at the server"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let departure = site.departure().await?;
    let outcome = if departure.alive {
        Outcome::fail(say!(
            "The copy of the cookie was still signed in after signing out.",
            "로그아웃한 뒤에도 쿠키 복사본은 로그인된 상태였습니다."
        ))
    } else {
        Outcome::pass(say!("The copy of the cookie was worth nothing.", "쿠키 복사본은 쓸모없었습니다."))
    };
    Ok(outcome.seen_all(&departure.steps).seen(&departure.after))
}
