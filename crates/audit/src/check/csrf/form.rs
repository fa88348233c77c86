//! `csrf-form`

use admit_rules::{Area, Rule, Severity, Tier};
use admit_words::{Words, say};

use super::forged::{STACKS, victim, worked};
use crate::http::Origin;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Token};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-form",
    title: Words::fixed(
        "A form on another site cannot act in the user's name",
        "다른 사이트의 양식이 사용자 이름으로 행동할 수 없다",
    ),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.1"],
    cwe: &[352],
    why: Words::fixed(
        "The user opens a page of the attacker, and the browser sends the attacker's form with the user's cookie: the address is changed, the order placed.",
        "사용자가 공격자의 페이지를 열면 브라우저가 공격자의 양식을 사용자의 쿠키와 함께 보냅니다. 주소가 바뀌고 주문이 됩니다.",
    ),
    how: Words::fixed(
        "Makes the change of [change] rightly, then sends the same form as a browser would from another site: with the cookie, a foreign Origin, Sec-Fetch-Site: cross-site, and no token. Looks on the page whether the value changed.",
        "[change]의 변경을 정상적으로 해 본 뒤, 같은 양식을 다른 사이트에서 온 것처럼 보냅니다. 쿠키와 다른 Origin, Sec-Fetch-Site: cross-site가 붙고 토큰은 없습니다. 값이 바뀌었는지 페이지에서 확인합니다.",
    ),
    remedy: Words::fixed(
        "Refuse unsafe requests whose Sec-Fetch-Site or Origin is foreign, and ask for a token that is bound to the session.",
        "Sec-Fetch-Site나 Origin이 다른 사이트인 변경 요청을 거부하고, 세션에 묶인 토큰을 요구하세요.",
    ),
    stacks: STACKS,
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut victim = victim(site).await?;
    let change = site.try_change(&mut victim, &Token::Missing, Origin::Foreign).await?;
    site.takes_forged_forms = Some(change.applied);
    if change.applied {
        let told = say!(
            "A form of another site, without a token, changed the value.",
            "토큰 없는 다른 사이트의 양식이 값을 바꾸었습니다."
        );
        return Ok(worked(site, told).await?.seen(&change.after).seen(&change.answer));
    }
    let status = change.answer.status();
    Ok(Outcome::pass(say!(
        "The forged form was answered with {status} and changed nothing.",
        "위조된 양식은 {status} 응답을 받았고 아무것도 바꾸지 못했습니다."
    ))
    .seen(&change.answer))
}
