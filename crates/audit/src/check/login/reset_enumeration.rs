//! `reset-enumeration`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::features::{features, only_in, plainest};
use super::{limited, name_like};
use crate::html::Page;
use crate::http::{Exchange, Origin};
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Site, Visitor, Who, set, submit, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "reset-enumeration",
    title: Words::fixed(
        "The page for a forgotten password does not tell who has an account",
        "비밀번호 찾기 페이지가 계정이 있는지 알려 주지 않는다",
    ),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Login,
    asvs: &["V6.3.8"],
    cwe: &[204],
    why: Words::fixed(
        "Whoever cannot learn it from the login asks here, for as many addresses as they like.",
        "로그인 페이지에서 알아내지 못한 사람은 여기서, 원하는 만큼 많은 주소를 물어봅니다.",
    ),
    how: Words::fixed(
        "Sends the form with the account's name and with a name of the same length that nobody has, and compares status, headers and \
         text; a difference has to show a second time. The account may get one or two mails.",
        "계정의 이름과, 길이가 같고 아무도 쓰지 않는 이름으로 양식을 보내 상태, 헤더, 본문을 비교합니다. 차이는 두 번 나타나야 \
         인정합니다. 계정에 메일이 한두 통 갈 수 있습니다.",
    ),
    remedy: Words::fixed(
        "Answer both alike: if there is such an account, a mail is on its way. Send the mail after the answer.",
        "두 경우에 똑같이, 그런 계정이 있으면 메일을 보냈다고 답하고, 메일은 응답한 뒤에 보내세요.",
    ),
    stacks: &[
        (Stack::Express, "res.render('sent')  // whether or not there is such a user; queue the mail"),
        (Stack::Django, "nothing to do with PasswordResetView"),
        (Stack::Rails, "config.paranoid = true  # Devise"),
        (Stack::Spring, "return \"reset-sent\";  // whether or not there is such a user; send the mail with @Async"),
        (
            Stack::Laravel,
            "return back()->with('status', __('passwords.sent'));  // whatever Password::sendResetLink() returned",
        ),
    ],
};

/// Sends the form for a name.
async fn ask(site: &mut Site, place: &str, name: &str) -> Result<Vec<Arc<Exchange>>, Stop> {
    let mut visitor = Visitor::default();
    let exchange = site.open(place, &mut visitor).await?;
    let page = Page::read(exchange.body(), &exchange.request.url);
    let form = page.forms.iter().find(|form| form.method == "POST" && form.passwords().next().is_none());
    let Some((form, field)) = form.and_then(|form| form.name_field().map(|field| (form, field))) else {
        return Err(Outcome::untested(say!(
            "{place} shows no form with a field for a name or an address.",
            "{place}에 이름이나 주소를 넣을 양식이 없습니다."
        ))
        .seen(&exchange)
        .into());
    };
    let mut fields = form.filled();
    set(&mut fields, &field.name, name);
    let steps = site.follow(submit(form, &fields, Origin::Own), &mut visitor).await?;
    if steps.iter().any(|exchange| matches!(exchange.status(), 429 | 423 | 503)) {
        return Err(limited(&steps).into());
    }
    Ok(steps)
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let Some(place) = site.recipe.reset.page.clone() else {
        return Err(unnamed(
            "The page for a forgotten password was not named (--reset-url, or [reset] in a recipe).",
            "비밀번호 찾기 페이지가 지정되지 않았습니다 (--reset-url 또는 레시피의 [reset]).",
        ));
    };
    let known = site.account(Who::Ordinary)?.name;
    let unknown = [name_like(&known), name_like(&known)];
    let [first_unknown, second_unknown] = &unknown;
    let names = [known.as_str(), first_unknown, second_unknown];
    let yes = ask(site, &place, &known).await?;
    let no = ask(site, &place, first_unknown).await?;
    let pass = || {
        Outcome::pass(Words::fixed(
            "A known and an unknown name get the same answer.",
            "있는 이름과 없는 이름에 같은 응답이 옵니다.",
        ))
        .seen_all(yes.first())
        .seen_all(no.first())
    };
    let (a, b) = (features(&yes, &names), features(&no, &names));
    if a == b {
        return Ok(pass());
    }
    let no_again = ask(site, &place, second_unknown).await?;
    let yes_again = ask(site, &place, &known).await?;
    let (c, d) = (features(&yes_again, &names), features(&no_again, &names));
    let (for_known, for_unknown) = (only_in([&a, &c], [&b, &d]), only_in([&b, &d], [&a, &c]));
    if for_known.is_empty() && for_unknown.is_empty() {
        return Ok(pass());
    }
    let (known, unknown) = (plainest(&for_known), plainest(&for_unknown));
    let told = Words {
        en: format!("A known name: {}. An unknown name: {}.", known.en, unknown.en).into(),
        ko: format!("있는 이름: {}. 없는 이름: {}.", known.ko, unknown.ko).into(),
    };
    Ok(Outcome::fail(told).seen_all(yes.first()).seen_all(no.first()))
}
