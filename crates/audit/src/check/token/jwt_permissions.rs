//! `jwt-permissions`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use serde_json::{Map, Value};

use super::access_jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-permissions",
    title: Words::fixed("Access tokens carry no list of permissions", "액세스 토큰에 권한 목록이 없다"),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V8.3.2"],
    cwe: &[863],
    why: Words::fixed(
        "A permission in a token is true until the token ends, also after it was taken away; and each new permission \
         makes every request longer.",
        "토큰에 든 권한은 회수된 뒤에도 토큰이 만료될 때까지 유효하고, 권한이 하나 늘 때마다 모든 요청이 길어집니다.",
    ),
    how: Words::fixed(
        "Reads the claims of a token that was issued. Role names and a `scope` (RFC 9068 §2.2.3) are as they should be; a \
         list of more than five permissions, or of more than ten scopes, is not.",
        "발급된 토큰의 클레임을 읽습니다. 역할 이름과 `scope`(RFC 9068 §2.2.3)는 괜찮습니다. 다섯 개가 넘는 권한 목록이나 \
         열 개가 넘는 스코프 목록은 문제로 봅니다.",
    ),
    remedy: Words::fixed(
        "Put role names at most into the token, and ask what a role permits at the moment of use.",
        "토큰에는 많아야 역할 이름만 넣고, 역할이 무엇을 허용하는지는 사용하는 순간에 확인하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.sign({ roles: user.roles }, key, { algorithm: 'RS256', subject: user.id })"),
        (Stack::Django, "request.user.has_perm('shop.change_product')  # asked of the database, not of the token"),
        (Stack::Rails, "authorize product, :update?  # Pundit, with the user of today"),
        (
            Stack::Spring,
            "JwtAuthenticationConverter with a JwtGrantedAuthoritiesConverter that looks the user's rights up",
        ),
        (Stack::Laravel, "Gate::authorize('update', $product)"),
        (Stack::Axum, "require(\"product:update\", …): the policy tells what a role permits"),
    ],
};

/// What lists of permissions are called.
const CLAIMS: [&str; 8] =
    ["permissions", "permission", "perms", "privileges", "authorities", "entitlements", "rights", "grants"];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    let found = listed(&jwt.claims);
    let outcome = if found.is_empty() {
        Outcome::pass(say!("The access token carries no list of permissions.", "액세스 토큰에 권한 목록이 없습니다."))
    } else {
        let told = found.iter().map(|(name, count)| format!("{name} ({count})")).collect::<Vec<_>>().join(", ");
        Outcome::fail(say!(
            "The access token carries what its user may do: {told}.",
            "액세스 토큰에 사용자가 할 수 있는 일의 목록이 들어 있습니다: {told}."
        ))
    };
    Ok(outcome.seen(&issued.answer))
}

/// The claims that list permissions, and how many.
pub(super) fn listed(claims: &Map<String, Value>) -> Vec<(String, usize)> {
    let count = |value: &Value| match value {
        Value::Array(values) => values.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    let found = claims.iter().filter_map(|(name, value)| {
        let bare = name.rsplit(['/', ':', '#']).next().unwrap_or(name).to_ascii_lowercase();
        let count = count(value);
        let many = match bare.as_str() {
            "scopes" | "scp" => count > 10,
            bare => CLAIMS.contains(&bare) && count > 5,
        };
        many.then(|| (name.clone(), count))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_permissions_are_found_and_roles_and_scopes_are_none() {
        let many: Vec<String> = (0..12).map(|number| format!("thing:{number}")).collect();
        let found = |claims: Value| listed(claims.as_object().unwrap());
        assert_eq!(found(serde_json::json!({"permissions": many})), [("permissions".to_owned(), 12)]);
        assert_eq!(found(serde_json::json!({"authorities": ["ROLE_USER"], "groups": many})), []);
        assert_eq!(found(serde_json::json!({"scope": "a b c d e f g h i j k l", "scp": ["a"], "roles": many})), []);
    }
}
