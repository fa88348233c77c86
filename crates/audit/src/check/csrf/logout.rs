//! `csrf-logout`

use admit_rules::{Area, Rule, Severity, Tier};
use admit_words::{Words, say};

use super::forged::{STACKS, worked};
use crate::http::{Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Exit, Site, Who, submit};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-logout",
    title: Words::fixed("Another site cannot sign a user out", "다른 사이트가 사용자를 로그아웃시킬 수 없다"),
    severity: Severity::Low,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.1"],
    cwe: &[352],
    why: Words::fixed(
        "A nuisance by itself; with a forged login it is how a victim ends in the attacker's account without noticing.",
        "그 자체로는 성가신 일이지만, 위조된 로그인과 합치면 피해자가 모르는 사이 공격자의 계정에 들어가게 됩니다.",
    ),
    how: Words::fixed(
        "Signs in, sends the request that signs out as a form of another site, without a token, and looks whether the user is still signed in.",
        "로그인한 뒤 로그아웃 요청을 다른 사이트의 양식처럼 토큰 없이 보내고, 아직 로그인되어 있는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Treat signing out as any unsafe request: POST, token, Origin.",
        "로그아웃도 다른 변경 요청처럼 POST, 토큰, Origin을 확인하세요.",
    ),
    stacks: STACKS,
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut session = site.fresh_session(Who::Ordinary).await?;
    let request = match site.exit(&mut session.visitor).await? {
        Exit::Link(_) => {
            return Ok(Outcome::not_applicable(say!(
                "A link signs out here; logout-get says what that means.",
                "링크로 로그아웃합니다. 그 의미는 logout-get에서 봅니다."
            )));
        }
        Exit::Form(form) => {
            let token = form.token_field().map(|field| field.name.clone());
            let mut fields = form.filled();
            fields.retain(|(name, _)| Some(name) != token.as_ref());
            submit(&form, &fields, Origin::Foreign)
        }
        Exit::Address { url, json: true } => {
            Request::new("POST", url, Origin::ForeignScript).body("text/plain;charset=UTF-8", "{}")
        }
        Exit::Address { url, json: false } => Request::form(url, [], Origin::Foreign),
    };
    // The answer to a forged request may delete the cookie; what the copy is worth is what counts.
    let mut copy = session.visitor.clone();
    let answer = site.send(request, &mut session.visitor).await?;
    let (after, alive) = site.recognised(&mut copy).await?;
    let cookie_gone = session.visitor.jar != copy.jar && !site.recognises(&mut session.visitor).await?;
    if !alive || cookie_gone {
        let told = say!("A forged form signed the user out.", "위조된 양식이 사용자를 로그아웃시켰습니다.");
        return Ok(worked(site, told).await?.seen(&after).seen(&answer));
    }
    let status = answer.status();
    Ok(Outcome::pass(say!("The forged form was answered with {status}.", "위조된 양식은 {status} 응답을 받았습니다."))
        .seen(&answer))
}
