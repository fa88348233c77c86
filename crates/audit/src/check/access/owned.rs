//! `access-owned`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::content::{Public, shows, words};
use super::{answers, nothing_judged};
use crate::check::if_known;
use crate::http::Request;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, asks_to_sign_in, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "access-owned",
    title: Words::fixed("An object is its owner's alone", "객체는 그 주인에게만 보인다"),
    severity: Severity::Critical,
    tier: Tier::Login,
    area: Area::Access,
    asvs: &["V8.2.2"],
    cwe: &[639],
    why: Words::fixed(
        "Whoever changes the number in the address reads the orders, messages or invoices of everybody.",
        "주소의 번호만 바꾸면 모든 사람의 주문, 메시지, 청구서를 읽을 수 있습니다.",
    ),
    how: Words::fixed(
        "Opens the named objects of the admin account as the ordinary account, and compares with what their owner sees.",
        "관리자 계정의 것으로 지정된 객체를 일반 계정으로 열고, 주인이 보는 것과 비교합니다.",
    ),
    remedy: Words::fixed(
        "Load objects through their owner, or ask for the right to this very object after loading it.",
        "객체를 주인을 통해 불러오거나, 불러온 뒤 바로 그 객체에 대한 권한을 확인하세요.",
    ),
    stacks: &[
        (Stack::Express, "const order = await Order.findOne({ where: { id: req.params.id, userId: req.user.id } })"),
        (Stack::Django, "get_object_or_404(Order, pk=pk, user=request.user)"),
        (Stack::Rails, "current_user.orders.find(params[:id])"),
        (Stack::Spring, "@PostAuthorize(\"returnObject.owner == authentication.name\")"),
        (Stack::Laravel, "Gate::authorize('view', $order);"),
        (Stack::Axum, "principal.authorize(Read, order)?  // with when.owner = true in the policy"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let places = site.recipe.pages.owned.clone();
    if places.is_empty() {
        return Err(unnamed(
            "No object of the admin account was named (--owned, or owned of [pages] in a recipe).",
            "관리자 계정의 객체가 지정되지 않았습니다 (--owned 또는 레시피 [pages]의 owned).",
        ));
    }
    let mut session = site.session(Who::Ordinary).await?;
    let public = Public::of(site).await?;
    let mut common = public.words.clone();
    common.extend(session.landed().map(|landed| words(landed)).unwrap_or_default());
    let (mut open, mut doubtful, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    for place in places.iter().take(10) {
        let request = Request::get(site.url(place)?);
        let ordinary = site.send(request.clone(), &mut session.visitor).await?;
        if !ordinary.is_success() || asks_to_sign_in(&ordinary) || public.is_frame(&ordinary) {
            closed.push(ordinary);
            continue;
        }
        let Some(mut owner) = if_known(site.session(Who::Admin).await)? else {
            doubtful.push(ordinary);
            continue;
        };
        let owner = site.send(request, &mut owner.visitor).await?;
        let own = words(&owner).difference(&common).cloned().collect();
        if owner.is_success() && (words(&owner) == words(&ordinary) || shows(&ordinary, &own)) {
            open.extend([owner, ordinary]);
        } else {
            closed.push(ordinary);
        }
    }
    if !open.is_empty() {
        let answers = answers(open.iter().skip(1).step_by(2));
        return Ok(Outcome::fail(say!(
            "The ordinary account sees an object that is the admin's: {answers}.",
            "일반 계정이 관리자의 객체를 봅니다: {answers}."
        ))
        .seen_all(&open));
    }
    if !doubtful.is_empty() {
        let answers = answers(&doubtful);
        return Ok(Outcome::warn(say!(
            "The ordinary account is not refused: {answers}. Give the admin account, and it is compared with what its owner sees.",
            "일반 계정이 거부되지 않습니다: {answers}. 관리자 계정을 주면 주인이 보는 것과 비교합니다."
        ))
        .seen_all(&doubtful));
    }
    if closed.is_empty() {
        return Ok(nothing_judged(&[]));
    }
    let answers = answers(&closed);
    Ok(Outcome::pass(say!(
        "The ordinary account does not get it: {answers}.",
        "일반 계정에는 보이지 않습니다: {answers}."
    ))
    .seen_all(closed.iter().take(4)))
}
