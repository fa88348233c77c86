//! `csrf-json`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forged::worked;
use crate::html::Page;
use crate::http::{Origin, Request};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-json",
    title: Words::fixed(
        "JSON in disguise cannot act in the user's name",
        "위장한 JSON이 사용자 이름으로 행동할 수 없다",
    ),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.2"],
    cwe: &[352],
    why: Words::fixed(
        "A form can send text/plain from anywhere without asking first (no preflight). An endpoint that reads JSON from it is as open as one for forms.",
        "양식은 사전 요청 없이 어디서든 text/plain을 보낼 수 있습니다. 그것을 JSON으로 읽는 주소는 양식을 받는 주소만큼 열려 있습니다.",
    ),
    how: Words::fixed(
        "Sends the JSON of json_url of [change] as text/plain from another site, without a token, and looks whether the value changed.",
        "[change]의 json_url에 보낼 JSON을 다른 사이트에서 토큰 없이 text/plain으로 보내고 값이 바뀌었는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Take JSON as application/json alone (415 otherwise), and ask for the token in a header.",
        "JSON은 application/json으로만 받고(아니면 415) 토큰을 헤더로 요구하세요.",
    ),
    stacks: &[
        (Stack::Express, "express.json({ type: 'application/json' }), and the CSRF check on JSON routes too"),
        (Stack::Django, "no @csrf_exempt on JSON views; check request.content_type"),
        (Stack::Rails, "protect_from_forgery on API controllers that use the cookie"),
        (Stack::Spring, "consumes = \"application/json\", and csrf() left on"),
        (Stack::Laravel, "API routes with the cookie belong behind the web middleware or Sanctum's stateful one"),
        (Stack::Axum, "nothing to do"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let Some((place, field)) = site.recipe.change.clone().and_then(|change| Some((change.json_url?, change.field)))
    else {
        return Err(unnamed(
            "No address that takes the change as JSON was named (json_url of [change]).",
            "변경을 JSON으로 받는 주소가 지정되지 않았습니다 ([change]의 json_url).",
        ));
    };
    let url = site.url(&place)?;
    let mut victim = site.session(Who::Ordinary).await?.visitor;
    // A page without a form is that of a script: its token, if there is one, stands in a meta element.
    let page = site.open(&place_of(site), &mut victim).await?;
    let read = Page::read(page.body(), &page.request.url);
    let form = read.forms.iter().find(|form| form.fields.iter().any(|known| known.name == field));
    let token = form.and_then(|form| form.token_field()).map(|field| field.value.clone());
    let token = token.or_else(|| read.meta_token().map(str::to_owned));
    if site.original.is_none() {
        let shown =
            form.and_then(|form| form.fields.iter().find(|known| known.name == field)).map(|known| known.value.clone());
        site.original = shown.or_else(|| page.json().and_then(|json| member(&json, &field)));
    }
    let value = site.new_value(form, &field);
    let body = |value: &str| serde_json::json!({ &field: value });
    let mut right = Request::json(url.clone(), &body(&value), Origin::OwnScript);
    if let Some(token) = token {
        right = right.header("X-CSRF-Token", token);
    }
    let rightly = site.change_by(right, &value, &mut victim).await?;
    if !rightly.applied {
        return Ok(Outcome::untested(say!(
            "{place} did not take the change as JSON when it was sent rightly.",
            "{place}은(는) 정상적으로 보낸 JSON 변경을 받아들이지 않았습니다."
        ))
        .seen(&rightly.answer));
    }
    let value = site.new_value(form, &field);
    let forged =
        Request::new("POST", url, Origin::ForeignScript).body("text/plain;charset=UTF-8", body(&value).to_string());
    let change = site.change_by(forged, &value, &mut victim).await?;
    if change.applied {
        let told = say!(
            "JSON sent as text/plain by another site, without a token, changed the value.",
            "다른 사이트가 토큰 없이 text/plain으로 보낸 JSON이 값을 바꾸었습니다."
        );
        return Ok(worked(site, told).await?.seen(&change.after).seen(&change.answer));
    }
    let status = change.answer.status();
    Ok(Outcome::pass(say!(
        "The disguised JSON was answered with {status}.",
        "위장한 JSON은 {status} 응답을 받았습니다."
    ))
    .seen(&change.answer))
}

/// A text of this name, however deep.
fn member(json: &serde_json::Value, name: &str) -> Option<String> {
    match json {
        serde_json::Value::Object(object) => {
            let own = object.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
            own.or_else(|| object.values().find_map(|inner| member(inner, name)))
        }
        serde_json::Value::Array(list) => list.iter().find_map(|inner| member(inner, name)),
        _ => None,
    }
}

fn place_of(site: &Site) -> String {
    site.recipe.change.clone().map(|change| change.page).unwrap_or_default()
}
