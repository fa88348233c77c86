//! `access-path`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use url::Url;

use super::guarded::guarded;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Visitor};

pub(crate) static RULE: Rule = Rule {
    id: "access-path",
    title: Words::fixed("No other spelling of an address opens it", "주소를 다르게 써도 열리지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Access,
    asvs: &["V8.3.1"],
    cwe: &[647, 288],
    why: Words::fixed(
        "Where the guard compares the text of a path and the router reads it more loosely, one more slash walks past the guard.",
        "검사는 경로의 글자를 비교하고 라우터는 더 느슨하게 읽으면, 슬래시 하나로 검사를 지나칩니다.",
    ),
    how: Words::fixed(
        "As a stranger, asks for guarded pages with another slash, in capitals, encoded, with endings that servers cut off, and \
         looks whether what signed-in users see comes back.",
        "낯선 사람으로서 보호된 페이지를 슬래시를 더하거나, 대문자로, 인코딩해서, 서버가 잘라 내는 끝을 붙여 요청하고, 로그인한 \
         사용자가 보는 내용이 돌아오는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Put the rule on the route that was matched and not on a pattern for paths, and refuse by default.",
        "경로 패턴이 아니라 실제로 맞춰진 라우트에 규칙을 두고, 기본으로 거부하세요.",
    ),
    stacks: &[
        (Stack::Express, "router.get('/admin', requireAdmin, handler)  // on the route, not by comparing req.path"),
        (Stack::Django, "@permission_required on the view, not a comparison of request.path in middleware"),
        (Stack::Rails, "before_action in the controller, not a comparison of request.path"),
        (Stack::Spring, ".anyRequest().denyAll() at the end, and @PreAuthorize on the methods"),
        (Stack::Laravel, "middleware on the route or group, not Request::is('admin')"),
        (Stack::Axum, "nothing to do: the rule is part of the route"),
    ],
};

/// Other spellings of a path. `/.` cannot be among them: clients take it away before they send.
fn spellings(path: &str) -> Vec<String> {
    let path = path.trim_end_matches('/');
    let Some((_, rest)) = path.split_once('/') else { return Vec::new() };
    let Some(first) = rest.bytes().next() else { return Vec::new() };
    let after = rest.get(1..).unwrap_or_default();
    vec![
        format!("{path}/"),
        format!("/{path}"),
        format!("{path}//"),
        path.to_ascii_uppercase(),
        format!("/%{first:02x}{after}"),
        format!("{path};x"),
        format!("{path};/"),
        format!("{path}.json"),
        format!("{path}.css"),
        format!("{path}%2f"),
        format!("{path}%20"),
        format!("{path}%0a"),
        format!("/.;{path}"),
        format!("/x/..;{path}"),
    ]
}

/// The address with another path, as long as it is kept as it is written.
fn with_path(url: &Url, path: &str) -> Option<Url> {
    let mut other = url.clone();
    other.set_path(path);
    (other.path() != url.path()).then_some(other)
}

pub(crate) async fn run(site: &mut Site) -> Answer {
    let mut count = 0;
    let (mut reached, mut refused) = (Vec::new(), Vec::new());
    for target in guarded(site).await? {
        refused.push(target.refused.clone());
        for path in spellings(target.url.path()) {
            let Some(url) = with_path(&target.url, &path) else { continue };
            count += 1;
            let exchange = site.send(target.request_at(url), &mut Visitor::default()).await?;
            if target.is_shown_by(&exchange) {
                reached.push(exchange);
            }
        }
    }
    if reached.is_empty() {
        return Ok(Outcome::pass(say!(
            "{count} other spellings of guarded addresses showed nothing.",
            "보호된 주소를 {count}가지로 다르게 썼지만 아무것도 보이지 않았습니다."
        ))
        .seen_all(refused.iter().take(4)));
    }
    let paths: Vec<&str> = reached.iter().map(|exchange| exchange.request.url.path()).collect();
    let paths = paths.join(", ");
    Ok(Outcome::fail(say!(
        "Without signing in, {paths} shows what is guarded.",
        "로그인하지 않아도 {paths}에서 보호된 내용이 보입니다."
    ))
    .seen_all(refused.iter().take(1))
    .seen_all(reached.iter().take(4)))
}
