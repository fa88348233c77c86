//! `csrf-login`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::http::Origin;
use crate::outcome::{Answer, Outcome};
use crate::site::{Entry, Site, Visitor, Who, submit};

pub(crate) static RULE: Rule = Rule {
    id: "csrf-login",
    title: Words::fixed("Another site cannot sign a visitor in", "다른 사이트가 방문자를 로그인시킬 수 없다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Csrf,
    asvs: &["V3.5.1"],
    cwe: &[352],
    why: Words::fixed(
        "The attacker signs the victim's browser in to the attacker's account. What the victim then types, an address, a card, a search, is the attacker's to read.",
        "공격자는 피해자의 브라우저를 공격자 계정으로 로그인시킵니다. 피해자가 그 뒤 입력하는 주소, 카드, 검색어를 공격자가 봅니다.",
    ),
    how: Words::fixed(
        "Sends the right name and password as a form (or as text/plain, where JSON is wanted) from another site, in a browser without cookies and without a token.",
        "맞는 이름과 비밀번호를 쿠키도 토큰도 없는 브라우저에서, 다른 사이트의 양식으로(JSON을 받는 곳에는 text/plain으로) 보냅니다.",
    ),
    remedy: Words::fixed(
        "Ask for the same proof as for any other unsafe request: a token bound to a session of before, and the Origin.",
        "다른 변경 요청과 같은 증거를 요구하세요. 로그인 전 세션에 묶인 토큰과 Origin입니다.",
    ),
    stacks: &[
        (Stack::Express, "the CSRF middleware before the login route too, with a session for anonymous visitors"),
        (Stack::Django, "built in for LoginView; keep csrf_protect on your own"),
        (Stack::Rails, "no skip_forgery_protection in the sessions controller"),
        (Stack::Spring, "csrf() covers /login; do not ignore it"),
        (Stack::Laravel, "keep login in the web group"),
        (Stack::Axum, "nothing to do: login is covered like every unsafe request"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let account = site.account(Who::Ordinary)?;
    let mut attacker = Visitor::default();
    let request = match site.entry().await? {
        Entry::Json { .. } => {
            let mut request = site.login_request(&account.name, account.password(), &mut attacker).await?;
            // What a script of another site cannot add.
            request.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-"));
            if let Some((media, _)) = &mut request.body {
                "text/plain;charset=UTF-8".clone_into(media);
            }
            request.from(Origin::ForeignScript)
        }
        Entry::Form { .. } => {
            let (_, form) = site.login_page(&mut attacker).await?;
            if form.method == "GET" {
                return Ok(Outcome::not_applicable(say!(
                    "The form signs in by GET, which is worse (login-form-get).",
                    "양식이 GET으로 로그인합니다. 그것이 더 나쁩니다 (login-form-get)."
                )));
            }
            let token = form.token_field().map(|field| field.name.clone());
            let mut fields = site.login_fields(&form, &account.name, account.password());
            fields.retain(|(name, _)| Some(name) != token.as_ref());
            submit(&form, &fields, Origin::Foreign)
        }
    };
    let mut victim = Visitor::default();
    let attempt = site.sign_in_with(request, &mut victim).await?;
    if attempt.limited().is_some() {
        return Ok(Outcome::untested(say!(
            "The site limits sign-ins just now.",
            "사이트가 지금 로그인을 제한하고 있습니다."
        ))
        .seen_all(&attempt.steps));
    }
    let inside = attempt.succeeded && site.recognises(&mut victim).await?;
    let outcome = if inside {
        Outcome::fail(say!("A forged login signed the visitor in.", "위조된 로그인이 방문자를 로그인시켰습니다."))
    } else {
        Outcome::pass(say!("A forged login was refused.", "위조된 로그인은 거부되었습니다."))
    };
    Ok(outcome.seen_all(attempt.steps.first()))
}
