//! `jwt-personal`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use serde_json::{Map, Value};

use super::access_jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-personal",
    title: Words::fixed("Access tokens hold no personal data", "액세스 토큰에 개인 정보가 없다"),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V14.2.6"],
    cwe: &[359],
    why: Words::fixed(
        "A JWT is signed and not sealed: each proxy, log and device that sees it reads it (RFC 7519 §12, RFC 9068 §6).",
        "JWT는 서명되었을 뿐 봉인된 것이 아닙니다. 토큰을 보는 모든 프록시와 로그, 기기가 그 내용을 읽을 수 있습니다 \
         (RFC 7519 §12, RFC 9068 §6).",
    ),
    how: Words::fixed(
        "Reads the claims of a token that was issued: what they are called, and whether a value is a mail address.",
        "발급된 토큰에서 클레임의 이름과, 값이 이메일 주소인지를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Put an id that means nothing into `sub`, and look the rest up where it is needed.",
        "`sub`에는 그 자체로 의미 없는 id를 넣고, 나머지는 필요한 곳에서 조회하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.sign({}, key, { algorithm: 'RS256', subject: user.id })"),
        (Stack::Django, "SIMPLE_JWT = {\"USER_ID_FIELD\": \"id\"}  # no custom claims in get_token()"),
        (Stack::Rails, "JWT.encode({ sub: user.id.to_s, … }, key, 'RS256')"),
        (Stack::Spring, "JwtClaimsSet.builder().subject(user.getId().toString())"),
        (Stack::Laravel, "public function getJWTCustomClaims() { return []; }  // jwt-auth"),
        (Stack::Axum, "nothing to do: sub is an id, and there are no claims about the person"),
    ],
};

/// Claims about a person (OpenID Connect Core §5.1, and what else they are called).
const CLAIMS: [&str; 26] = [
    "email",
    "emailaddress",
    "mail",
    "phone",
    "phonenumber",
    "mobile",
    "mobilephone",
    "name",
    "fullname",
    "displayname",
    "givenname",
    "firstname",
    "familyname",
    "lastname",
    "surname",
    "middlename",
    "address",
    "streetaddress",
    "postalcode",
    "birthdate",
    "birthday",
    "dateofbirth",
    "dob",
    "gender",
    "ssn",
    "nationalid",
];

/// Claims about programs: an address in these is a program's name.
const OF_PROGRAMS: [&str; 7] = ["iss", "aud", "azp", "client_id", "cid", "appid", "jti"];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    let found = personal(&jwt.claims).join(", ");
    let outcome = if found.is_empty() {
        let names = jwt.claims.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        Outcome::pass(say!(
            "No claim of the access token is about a person: {names}.",
            "액세스 토큰에 사람에 관한 클레임이 없습니다: {names}."
        ))
    } else {
        Outcome::fail(say!(
            "The access token tells whoever sees it about its user: {found}.",
            "액세스 토큰이 보는 사람 누구에게나 사용자 정보를 알려 줍니다: {found}."
        ))
    };
    Ok(outcome.seen(&issued.answer))
}

/// The claims that are about a person.
pub(super) fn personal(claims: &Map<String, Value>) -> Vec<String> {
    let found = claims.iter().filter(|(name, value)| {
        // A namespace before the name: `https://example.org/email`.
        let bare = name.rsplit(['/', ':', '#']).next().unwrap_or(name);
        let plain: String = bare.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let called = CLAIMS.contains(&plain.as_str()) && !matches!(value, Value::Null | Value::Bool(_));
        called || (!OF_PROGRAMS.contains(&name.as_str()) && holds_mail_address(value))
    });
    found.map(|(name, _)| name.clone()).collect()
}

fn holds_mail_address(value: &Value) -> bool {
    match value {
        Value::String(text) => is_mail_address(text),
        Value::Array(values) => values.iter().any(holds_mail_address),
        Value::Object(members) => members.values().any(holds_mail_address),
        _ => false,
    }
}

fn is_mail_address(text: &str) -> bool {
    let Some((before, domain)) = text.split_once('@') else { return false };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || ".-_+".contains(c));
    // A machine's account is called like a mail address too.
    plain(before) && plain(domain) && domain.contains('.') && !domain.ends_with("gserviceaccount.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(claims: Value) -> Vec<String> {
        personal(claims.as_object().unwrap())
    }

    #[test]
    fn claims_about_a_person_are_found_by_name_or_by_value() {
        assert_eq!(found(serde_json::json!({"sub": "1", "email": "a@b.org", "name": "A"})), ["email", "name"]);
        assert_eq!(found(serde_json::json!({"sub": "ada@example.org"})), ["sub"]);
        assert_eq!(found(serde_json::json!({"user": {"contact": ["ada@example.org"]}})), ["user"]);
        assert_eq!(found(serde_json::json!({"https://x.org/given_name": "Ada"})), ["https://x.org/given_name"]);
    }

    #[test]
    fn claims_about_the_token_are_none() {
        let claims = serde_json::json!({
            "iss": "https://x.org", "aud": "api@x.org", "sub": "alice", "iat": 1, "exp": 2, "jti": "a@b.c",
            "email_verified": true, "scope": "email profile", "roles": ["customer"], "sid": "user@1",
        });
        assert!(found(claims).is_empty());
    }
}
