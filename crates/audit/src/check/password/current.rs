//! `password-current`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::Words;

use super::{Changer, proven, strong};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, asks_for_current};

pub(crate) static RULE: Rule = Rule {
    id: "password-current",
    title: Words::fixed("A new password needs the current one", "새 비밀번호를 정하려면 현재 비밀번호가 필요하다"),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.3"],
    cwe: &[620],
    why: Words::fixed(
        "A minute at a screen that was left open, or one stolen session, becomes the account for good: its owner is locked out.",
        "자리를 비운 화면 앞의 1분이나 훔친 세션 하나로 계정을 영영 빼앗기고, 주인은 들어오지 못합니다.",
    ),
    how: Words::fixed(
        "Sends the form for a new password with a wrong current one. If that is taken, and one signs in with the new password, it is a \
         failure. The old password is set back.",
        "틀린 현재 비밀번호로 새 비밀번호 양식을 보냅니다. 받아들여지고 새 비밀번호로 로그인되면 실패입니다. 원래 비밀번호는 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Ask for the current password in the same form, and check it at the server as in a sign-in.",
        "같은 양식에서 현재 비밀번호를 묻고, 로그인할 때처럼 서버에서 확인하세요.",
    ),
    stacks: &[
        (Stack::Express, "if (!await argon2.verify(user.hash, req.body.current_password)) return res.sendStatus(403)"),
        (Stack::Django, "use PasswordChangeForm and not SetPasswordForm"),
        (Stack::Rails, "resource.update_with_password(params)  # Devise"),
        (Stack::Spring, "if (!encoder.matches(current, user.getPassword())) throw new BadCredentialsException(\"…\");"),
        (Stack::Laravel, "'current_password' => ['required', 'current_password']"),
        (Stack::Axum, "nothing to do: admit's account page asks for it"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut changer = Changer::begin(site).await?;
    let answer = look(site, &mut changer).await;
    changer.end(site, answer).await
}

async fn look(site: &mut Site, changer: &mut Changer) -> Answer {
    let (page, form) = site.password_form(&mut changer.visitor).await?;
    let asks = asks_for_current(&form);
    let account = site.account(Who::Ordinary)?;
    // The one of the recipe is taken where everything is right, as is seen below.
    let new = account.new_password.clone().filter(|new| new != account.password()).unwrap_or_else(|| strong(16));
    let renewal = changer.set_with(site, &strong(24), &new).await?;
    if renewal.taken && proven(site, &new, account.password()).await? {
        let told = if asks {
            Words::fixed(
                "A new password was taken with a wrong current one; one signs in with it.",
                "틀린 현재 비밀번호로도 새 비밀번호가 받아들여졌고, 그것으로 로그인됩니다.",
            )
        } else {
            Words::fixed(
                "The form does not ask for the current password, and a new one was taken without it; one signs in with it.",
                "양식이 현재 비밀번호를 묻지 않고, 새 비밀번호가 그대로 받아들여져 그것으로 로그인됩니다.",
            )
        };
        return Ok(Outcome::fail(told).seen(&page).seen_all(renewal.steps.iter().take(1)));
    }
    site.password_works().await?;
    if !asks {
        return Ok(Outcome::manual(Words::fixed(
            "The form has no field for the current password that could be told by its name; a change without it was refused.",
            "양식에서 이름으로 알아볼 수 있는 현재 비밀번호 칸이 없습니다. 그것 없이 보낸 변경은 거부되었습니다.",
        ))
        .seen(&page)
        .seen_all(renewal.steps.iter().take(1)));
    }
    Ok(Outcome::pass(Words::fixed("A wrong current password was refused.", "틀린 현재 비밀번호가 거부되었습니다."))
        .seen_all(renewal.steps.iter().take(1)))
}
