//! `session-password-change`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "session-password-change",
    title: Words::fixed(
        "A new password ends the user's other sessions",
        "비밀번호를 바꾸면 그 사용자의 다른 세션이 끝난다",
    ),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.4.3"],
    cwe: &[613],
    why: Words::fixed(
        "Users change their password because they fear that somebody else is in. If that one stays in, the change was for nothing.",
        "사용자는 누군가 들어와 있을까 걱정되어 비밀번호를 바꿉니다. 그 누군가가 그대로 남아 있으면 바꾼 보람이 없습니다.",
    ),
    how: Words::fixed(
        "Signs in twice, changes the password in one browser to new_password of the recipe, looks whether the other is still signed in, and sets the password back.",
        "두 번 로그인해서 한 브라우저에서 비밀번호를 레시피의 new_password로 바꾸고, 다른 브라우저가 아직 로그인되어 있는지 본 뒤 비밀번호를 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Count a generation for each user, or delete all their sessions and refresh tokens, in the same step that stores the new password.",
        "새 비밀번호를 저장하는 같은 단계에서 사용자의 세대를 올리거나 모든 세션과 리프레시 토큰을 지우세요.",
    ),
    stacks: &[
        (Stack::Express, "delete the user's rows in the session store when the password changes"),
        (Stack::Django, "update_session_auth_hash(request, user) keeps this session; the others end by themselves"),
        (Stack::Rails, "user.sessions.where.not(id: current).destroy_all"),
        (Stack::Spring, "SessionRegistry / FindByIndexNameSessionRepository: expire the others"),
        (Stack::Laravel, "Auth::logoutOtherDevices($password), with AuthenticateSession"),
        (Stack::Axum, "nothing to do: one write ends them all"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let account = site.account(Who::Ordinary)?;
    let Some(new) = account.new_password.clone() else {
        return Err(unnamed(
            "No password was given that may be set for a moment (new_password of the account).",
            "잠시 설정해도 되는 비밀번호가 주어지지 않았습니다 (계정의 new_password).",
        ));
    };
    let mut here = site.fresh_session(Who::Ordinary).await?;
    let mut there = site.fresh_session(Who::Ordinary).await?;
    // Whether the page is there at all, before anything is changed.
    site.password_form(&mut here.visitor).await?;
    let renewal = site.try_password(&mut here.visitor, Some(account.password()), &new).await?;
    if !renewal.taken {
        return Ok(Outcome::untested(say!(
            "The site did not take the new password.",
            "사이트가 새 비밀번호를 받아들이지 않았습니다."
        ))
        .seen_all(&renewal.steps));
    }
    let seen = site.recognised(&mut there.visitor).await;
    site.forget(Who::Ordinary);
    site.password_back(&mut here.visitor, &new).await?;
    let (after, alive) = seen?;
    let outcome = if alive {
        Outcome::fail(say!(
            "The other session was still signed in after the password was changed.",
            "비밀번호를 바꾼 뒤에도 다른 세션은 로그인된 상태였습니다."
        ))
    } else {
        Outcome::pass(say!("The other session was over.", "다른 세션은 끝났습니다."))
    };
    Ok(outcome.seen_all(&renewal.steps).seen(&after))
}
