//! `login-enumeration`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::Words;

use super::features::{features, only_in, plainest};
use super::{name_like, try_wrong};
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who};

pub(crate) static RULE: Rule = Rule {
    id: "login-enumeration",
    title: Words::fixed(
        "A refused sign-in does not tell who has an account",
        "거부된 로그인이 계정이 있는지 알려 주지 않는다",
    ),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Login,
    asvs: &["V6.3.8"],
    cwe: &[204],
    why: Words::fixed(
        "Lists of addresses become lists of customers: worth guessing at, writing to with false mails, or knowing by itself.",
        "주소 목록이 고객 목록이 됩니다. 비밀번호를 추측할 대상과 속이는 메일을 보낼 대상이 정해지고, 그 사실만으로도 정보가 됩니다.",
    ),
    how: Words::fixed(
        "Tries a wrong password with the account's name and with a name of the same length that nobody has, and compares status, \
         headers and text; a difference has to show a second time.",
        "계정의 이름과, 길이가 같고 아무도 쓰지 않는 이름으로 틀린 비밀번호를 보내 상태, 헤더, 본문을 비교합니다. 차이는 두 번 \
         나타나야 인정합니다.",
    ),
    remedy: Words::fixed(
        "Answer both alike, with one sentence: the name or the password is wrong.",
        "두 경우에 똑같이, 이름 또는 비밀번호가 틀렸다는 한 문장으로 답하세요.",
    ),
    stacks: &[
        (Stack::Express, "res.status(401).render('login', { error: 'The name or the password is wrong.' })"),
        (Stack::Django, "nothing to do with AuthenticationForm; do not replace its invalid_login text by two"),
        (Stack::Rails, "config.paranoid = true  # Devise"),
        (Stack::Spring, "provider.setHideUserNotFoundExceptions(true)  // the default of DaoAuthenticationProvider"),
        (Stack::Laravel, "throw ValidationException::withMessages(['email' => __('auth.failed')]);"),
        (Stack::Axum, "nothing to do: admit answers both alike"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let known = site.account(Who::Ordinary)?.name;
    let unknown = [name_like(&known), name_like(&known)];
    let [first_unknown, second_unknown] = &unknown;
    let names = [known.as_str(), first_unknown, second_unknown];
    let wrong = try_wrong(site, &known).await?.steps;
    let nobody = try_wrong(site, first_unknown).await?.steps;
    let pass = || {
        Outcome::pass(Words::fixed(
            "A known and an unknown name get the same answer.",
            "있는 이름과 없는 이름에 같은 응답이 옵니다.",
        ))
        .seen_all(wrong.first())
        .seen_all(nobody.first())
    };
    let (a, b) = (features(&wrong, &names), features(&nobody, &names));
    if a == b {
        return Ok(pass());
    }
    let nobody_again = try_wrong(site, second_unknown).await?.steps;
    let wrong_again = try_wrong(site, &known).await?.steps;
    let (c, d) = (features(&wrong_again, &names), features(&nobody_again, &names));
    let for_known = only_in([&a, &c], [&b, &d]);
    let for_unknown = only_in([&b, &d], [&a, &c]);
    if for_known.is_empty() && for_unknown.is_empty() {
        return Ok(pass());
    }
    let (known, unknown) = (plainest(&for_known), plainest(&for_unknown));
    let told = Words {
        en: format!("A wrong password of a known name: {}. An unknown name: {}.", known.en, unknown.en).into(),
        ko: format!("있는 이름의 틀린 비밀번호: {}. 없는 이름: {}.", known.ko, unknown.ko).into(),
    };
    Ok(Outcome::fail(told).seen_all(wrong.first()).seen_all(nobody.first()))
}
