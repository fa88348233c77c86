//! `csrf-get`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forged::victim;
use crate::http::{Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, set};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-get",
    title: Words::fixed("Opening an address changes nothing", "주소를 여는 것만으로는 아무것도 바뀌지 않는다"),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.3"],
    cwe: &[352, 650],
    why: Words::fixed(
        "A picture, a link in a mail, a prefetching browser: any of them makes a GET with the user's cookie, also under SameSite=Lax.",
        "이미지, 메일 속 링크, 미리 가져오는 브라우저 모두 사용자의 쿠키로 GET을 보냅니다. SameSite=Lax여도 그렇습니다.",
    ),
    how: Words::fixed(
        "Sends the fields of the form of [change] as a query of a GET that comes from another site, without the token.",
        "[change] 양식의 칸들을 다른 사이트에서 오는 GET의 쿼리로, 토큰 없이 보냅니다.",
    ),
    remedy: Words::fixed(
        "Let GET and HEAD read only; give changes a POST, PUT, PATCH or DELETE.",
        "GET과 HEAD는 읽기만 하게 하고, 변경은 POST, PUT, PATCH, DELETE로 하세요.",
    ),
    stacks: &[
        (Stack::Express, "app.post(…), not app.all(…) or app.get(…)"),
        (Stack::Django, "@require_POST"),
        (Stack::Rails, "resources in routes.rb; no match … via: :all"),
        (Stack::Spring, "@PostMapping, not a bare @RequestMapping"),
        (Stack::Laravel, "Route::post(…), not Route::any(…)"),
        (Stack::Axum, "nothing to do: a GET under a changing permission is not mounted"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut victim = victim(site).await?;
    let (_, form) = site.change_form(&mut victim).await?;
    let field = site.recipe.change.clone().map(|change| change.field).unwrap_or_default();
    let value = site.new_value(Some(&form), &field);
    let token = form.token_field().map(|field| field.name.clone());
    let mut fields = form.filled();
    fields.retain(|(name, _)| Some(name) != token.as_ref());
    set(&mut fields, &field, &value);
    let mut url = form.action.clone();
    url.query_pairs_mut().extend_pairs(&fields);
    // The page shows what its own query says on some sites: the value has to be there when it is opened without.
    let change = site.change_by(Request::new("GET", url, Origin::Foreign), &value, &mut victim).await?;
    let status = change.answer.status();
    let outcome = if change.applied {
        Outcome::fail(say!("A GET from another site changed the value.", "다른 사이트에서 온 GET이 값을 바꾸었습니다."))
    } else {
        Outcome::pass(say!(
            "The GET was answered with {status} and changed nothing.",
            "GET은 {status} 응답을 받았고 아무것도 바꾸지 못했습니다."
        ))
    };
    Ok(outcome.seen(&change.after).seen(&change.answer))
}
