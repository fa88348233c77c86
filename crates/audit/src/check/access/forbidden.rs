//! `access-403`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::guarded::inside;
use super::{admin_addresses, answers};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, asks_to_sign_in};

pub(crate) static RULE: Rule = Rule {
    id: "access-403",
    title: Words::fixed("Who may not is told so", "권한이 없는 사람에게 그렇다고 답한다"),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Access,
    asvs: &[],
    cwe: &[393],
    why: Words::fixed(
        "A signed-in user who is told to sign in signs in again, in vain; a program throws its good token away. And attempts on \
         what is the admin's do not stand out in the logs.",
        "로그인한 사용자가 로그인하라는 답을 받으면 다시 로그인해도 소용이 없고, 프로그램은 멀쩡한 토큰을 버립니다. 관리자 기능을 \
         노린 시도도 로그에서 눈에 띄지 않습니다.",
    ),
    how: Words::fixed(
        "Opens the admin's pages and API addresses as the ordinary account. 403 is right; 404 is taken too, because it hides that \
         there is something.",
        "관리자 페이지와 API 주소를 일반 계정으로 엽니다. 403이 맞고, 무엇이 있다는 사실을 숨기는 404도 인정합니다.",
    ),
    remedy: Words::fixed(
        "Answer 403 to a signed-in user without the permission, and keep 401 and the login page for strangers.",
        "로그인했지만 권한이 없는 사용자에게는 403으로 답하고, 401과 로그인 페이지는 낯선 사람에게만 쓰세요.",
    ),
    stacks: &[
        (Stack::Express, "if (req.user.role !== 'admin') return res.sendStatus(403)"),
        (Stack::Django, "@permission_required('app.change_thing', raise_exception=True)"),
        (Stack::Rails, "head :forbidden unless current_user.admin?"),
        (Stack::Spring, "http.exceptionHandling(e -> e.accessDeniedHandler(new AccessDeniedHandlerImpl()))"),
        (Stack::Laravel, "abort_unless($request->user()->can('administer'), 403);"),
        (Stack::Axum, "nothing to do: admit answers 403 where the permission is missing"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let addresses = admin_addresses(site)?;
    site.account(Who::Ordinary)?;
    let (mut right, mut wrong, mut elsewhere) = (Vec::new(), Vec::new(), Vec::new());
    for address in addresses {
        let exchange = inside(site, &address, Who::Ordinary).await?;
        match exchange.status() {
            403 | 404 => right.push(exchange),
            _ if asks_to_sign_in(&exchange) => wrong.push(exchange),
            // Whether it may be open is another check's question.
            200..=299 => {}
            300..=399 => elsewhere.push(exchange),
            _ => wrong.push(exchange),
        }
    }
    if !wrong.is_empty() {
        let answers = answers(&wrong);
        return Ok(Outcome::fail(say!(
            "The ordinary account, signed in, gets neither 403 nor 404: {answers}.",
            "로그인한 일반 계정이 403도 404도 받지 않습니다: {answers}."
        ))
        .seen_all(&wrong));
    }
    if !elsewhere.is_empty() {
        let answers = answers(&elsewhere);
        return Ok(Outcome::warn(say!(
            "The ordinary account is led elsewhere instead of being refused: {answers}.",
            "일반 계정이 거부되는 대신 다른 곳으로 보내집니다: {answers}."
        ))
        .seen_all(&elsewhere));
    }
    if right.is_empty() {
        return Ok(Outcome::not_applicable(Words::fixed(
            "No named address refuses the ordinary account.",
            "지정된 주소 가운데 일반 계정을 거부하는 것이 없습니다.",
        )));
    }
    let answers = answers(&right);
    Ok(Outcome::pass(say!("The ordinary account is refused: {answers}.", "일반 계정이 거부됩니다: {answers}."))
        .seen_all(right.iter().take(4)))
}
