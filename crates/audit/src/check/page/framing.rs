//! `page-framing`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) static RULE: Rule = Rule {
    id: "page-framing",
    title: Words::fixed(
        "The login page cannot be framed by another site",
        "다른 사이트가 로그인 페이지를 프레임에 넣을 수 없다",
    ),
    severity: Severity::Medium,
    tier: Tier::Safe,
    area: Area::Page,
    asvs: &["V3.4.6"],
    cwe: &[1021],
    why: Words::fixed(
        "The attacker lays the page invisibly under their own: the victim clicks on a prize and presses a button of the site.",
        "공격자는 사이트를 보이지 않게 자기 페이지 아래에 깔아 둡니다. 피해자는 경품을 누른다고 생각하지만 사이트의 버튼을 누릅니다.",
    ),
    how: Words::fixed(
        "Reads frame-ancestors of Content-Security-Policy, or X-Frame-Options, on the login page.",
        "로그인 페이지의 Content-Security-Policy frame-ancestors나 X-Frame-Options를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Send Content-Security-Policy: frame-ancestors 'none' (or 'self') with every page.",
        "모든 페이지에 Content-Security-Policy: frame-ancestors 'none'(또는 'self')을 보내세요.",
    ),
    stacks: &[
        (Stack::Express, "helmet() sends 'self'"),
        (Stack::Django, "XFrameOptionsMiddleware; X_FRAME_OPTIONS = 'DENY'"),
        (Stack::Rails, "config.action_dispatch.default_headers['X-Frame-Options'] = 'DENY'"),
        (Stack::Spring, "built in (DENY)"),
        (Stack::Laravel, "a middleware or the proxy that adds the header"),
        (Stack::Axum, "nothing to do for admit's pages"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (page, _) = site.login_page(&mut Visitor::default()).await?;
    let ancestors = page.headers("content-security-policy").find_map(|policy| {
        let policy = policy.to_ascii_lowercase();
        policy
            .split(';')
            .find_map(|part| part.trim().strip_prefix("frame-ancestors").map(|list| list.trim().to_owned()))
    });
    let option = page.header("x-frame-options").map(str::to_ascii_uppercase);
    let closed = match (&ancestors, option.as_deref()) {
        // Where both are sent browsers go by the policy.
        (Some(list), _) => !list.split_whitespace().any(|source| matches!(source, "*" | "https:" | "http:")),
        (None, Some(option)) => matches!(option.trim(), "DENY" | "SAMEORIGIN"),
        (None, None) => false,
    };
    let outcome = if closed {
        Outcome::pass(say!("Other sites cannot frame it.", "다른 사이트가 프레임에 넣을 수 없습니다."))
    } else {
        Outcome::fail(say!(
            "Any site can put the login page into a frame.",
            "어느 사이트든 로그인 페이지를 프레임에 넣을 수 있습니다."
        ))
    };
    Ok(outcome.seen(&page))
}
