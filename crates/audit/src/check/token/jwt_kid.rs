//! `jwt-kid`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{Forgery, judged, present, verified};
use crate::jwt;
use crate::outcome::Answer;
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-kid",
    title: Words::fixed("The `kid` of a token is no path and no query", "토큰의 `kid`가 경로나 질의로 쓰이지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.1.3"],
    cwe: &[22, 89, 347],
    why: Words::fixed(
        "`kid` is written by whoever wrote the token, and read before the signature is checked. As a file name it leads to \
         a file whose contents are known; in a query it returns a key of the attacker's choice (RFC 8725 §3.10).",
        "`kid`는 토큰을 쓴 사람이 적은 값이고, 서명을 확인하기 전에 읽힙니다. 파일 이름으로 쓰이면 내용이 알려진 파일로 \
         이어지고, 질의에 쓰이면 공격자가 고른 키를 돌려줍니다(RFC 8725 §3.10).",
    ),
    how: Words::fixed(
        "Presents the account's own claims, signed with HS256, with a `kid` that leads to /dev/null (an empty key) or \
         to another file of known contents, and with one that makes a query return a known key.",
        "계정 자신의 클레임을 HS256으로 서명하고, `kid`가 /dev/null(빈 키)이나 내용이 알려진 다른 파일을 가리키는 토큰, 질의가 \
         알려진 키를 돌려주게 하는 토큰을 제시합니다.",
    ),
    remedy: Words::fixed(
        "Look the `kid` up in the list of known keys, letter for letter, and refuse every other.",
        "`kid`는 알려진 키 목록에서 글자 그대로 찾고, 없는 것은 거부하세요.",
    ),
    stacks: &[
        (Stack::Express, "const key = keys.get(header.kid); if (!key) throw new Error('unknown key')"),
        (
            Stack::Django,
            "key = KEYS.get(jwt.get_unverified_header(token).get(\"kid\"))  # a dict, no open() and no SQL",
        ),
        (Stack::Rails, "JWT.decode(token, nil, true, algorithms: ['RS256'], jwks: jwks_of_the_issuer)"),
        (Stack::Spring, "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=https://…"),
        (Stack::Laravel, "JWT::decode($token, ['key-1' => new Key($publicKey, 'RS256')])"),
        (Stack::Axum, "nothing to do: an unknown kid is refused"),
    ],
};

/// A `kid`, the key that it leads to, and where it leads.
const TRICKS: [(&str, &[u8], &str); 6] = [
    ("../../../../../../../../dev/null", b"", "/dev/null"),
    ("/dev/null", b"", "/dev/null"),
    ("../../../../../../../../dev/null", b"\0", "/dev/null"),
    ("../../../../../../../../proc/sys/kernel/randomize_va_space", b"2\n", "a file of known contents"),
    ("admit' UNION SELECT 'admit' -- ", b"admit", "a key in an SQL query"),
    ("admit\" UNION SELECT \"admit\" -- ", b"admit", "a key in an SQL query"),
];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = verified(site).await?;
    let forgeries = TRICKS
        .into_iter()
        .map(|(kid, secret, leads)| {
            let mut header = genuine.jwt.header_with("kid", kid);
            header.insert("alg".to_owned(), "HS256".into());
            let made = say!("whose kid leads to {leads}", "kid가 {leads}(으)로 이어지는");
            Forgery::new(made, jwt::hs256(&header, &genuine.jwt.claims, secret))
        })
        .collect();
    let verdict = present(site, &genuine, forgeries).await?;
    Ok(judged(&genuine, verdict))
}
