//! Forged tokens: made from a genuine one, presented where the genuine one is accepted.

use std::sync::Arc;

use admit_words::{Words, say};
use url::Url;

use super::access_jwt;
use crate::http::Exchange;
use crate::jwt::{self, Jwt};
use crate::outcome::{Outcome, Stop};
use crate::site::{Site, Tampered, Who};

/// A genuine token, and the addresses at which it matters.
pub(super) struct Genuine {
    pub(super) token: String,
    pub(super) jwt: Jwt,
    gates: Vec<Url>,
}

impl Genuine {
    /// The addresses, for a sentence.
    pub(super) fn places(&self) -> String {
        self.gates.iter().map(Url::path).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn gates(&self) -> &[Url] {
        &self.gates
    }
}

/// A forged token, and how it was made.
pub(super) struct Forgery {
    pub(super) made: Words,
    pub(super) token: String,
}

impl Forgery {
    pub(super) fn new(made: Words, token: String) -> Self {
        Self { made, token }
    }
}

/// How forged tokens fared.
pub(super) enum Verdict {
    Accepted {
        made: Words,
        exchange: Arc<Exchange>,
    },
    /// The last refusal, and how many there were.
    Refused {
        exchange: Arc<Exchange>,
        count: usize,
    },
}

/// A genuine JWT, and the addresses that accept it and nothing less.
pub(super) async fn genuine(site: &mut Site) -> Result<Genuine, Stop> {
    access_jwt(site).await?;
    let issued = site.working_token(Who::Ordinary).await?;
    let Some(jwt) = Jwt::read(&issued.access) else {
        return Err(Outcome::untested(Words::fixed(
            "One access token was a JWT and the next was none.",
            "액세스 토큰이 한 번은 JWT였고 다음에는 아니었습니다.",
        ))
        .into());
    };
    let gates = match site.tried.gates.clone() {
        Some(gates) => gates,
        None => {
            let gates = gates(site, &issued.access).await?;
            site.tried.gates = Some(gates.clone());
            gates
        }
    };
    Ok(Genuine { token: issued.access, jwt, gates })
}

/// The addresses that accept a token, and neither none nor a text that is no token: such an answer says nothing of whom
/// the site takes the caller for.
async fn gates(site: &mut Site, token: &str) -> Result<Vec<Url>, Stop> {
    let first = site.guarded()?;
    let (exchange, accepted) = site.accepts_at(first.clone(), "admit.audit.no-token").await?;
    if accepted {
        return Err(Outcome::untested(say!(
            "{first} answers a text that is no token as if it were one, so nothing is shown by what it accepts.",
            "{first}이(가) 토큰이 아닌 글에도 성공으로 응답하므로, 무엇을 받아들이는지로는 알 수 있는 것이 없습니다."
        ))
        .seen(&exchange)
        .into());
    }
    let mut gates = vec![first];
    for place in site.token_recipe()?.private.iter().skip(1) {
        let url = site.url(place)?;
        if site.accepts_at(url.clone(), token).await?.1
            && !site.without_token(url.clone()).await?.is_success()
            && !site.accepts_at(url.clone(), "admit.audit.no-token").await?.1
        {
            gates.push(url);
        }
    }
    Ok(gates)
}

/// The same, for checks whose forgeries show nothing at a site that accepts any signature.
pub(super) async fn verified(site: &mut Site) -> Result<Genuine, Stop> {
    let tampered = tampered(site).await?;
    if tampered.accepted.is_some() {
        return Err(Outcome::untested(Words::fixed(
            "Signatures are not checked here (jwt-signature), so nothing is shown by what else is accepted.",
            "이 사이트는 서명을 확인하지 않으므로(jwt-signature) 다른 무엇을 받아들이는지로는 알 수 있는 것이 없습니다.",
        ))
        .seen(&tampered.exchange)
        .into());
    }
    genuine(site).await
}

/// Presents each forgery at each address. After refusals the genuine token is presented again: were it refused too,
/// nothing would be shown.
pub(super) async fn present(site: &mut Site, genuine: &Genuine, forgeries: Vec<Forgery>) -> Result<Verdict, Stop> {
    let mut last = None;
    let count = forgeries.len();
    for forgery in forgeries {
        site.client.redactor.learn(&forgery.token, "FORGED_TOKEN");
        for gate in &genuine.gates {
            let (exchange, accepted) = site.accepts_at(gate.clone(), &forgery.token).await?;
            if accepted {
                return Ok(Verdict::Accepted { made: forgery.made, exchange });
            }
            last = Some(exchange);
        }
    }
    let Some(exchange) = last else {
        return Err(Outcome::untested(Words::fixed(
            "No token could be forged in this way.",
            "이 방법으로는 토큰을 위조할 수 없었습니다.",
        ))
        .into());
    };
    let (again, accepted) = site.accepts(&genuine.token).await?;
    if accepted {
        return Ok(Verdict::Refused { exchange, count });
    }
    let status = again.status();
    Err(Outcome::untested(say!(
        "The genuine token was refused too afterwards (status {status}), so the refusals show nothing.",
        "그 뒤에는 진짜 토큰도 거부되어(상태 {status}) 거부만으로는 알 수 있는 것이 없습니다."
    ))
    .seen_all([&exchange, &again])
    .into())
}

/// How tokens with a broken signature fare; asked once.
pub(super) async fn tampered(site: &mut Site) -> Result<Tampered, Stop> {
    if let Some(known) = site.tried.tampered.clone() {
        return Ok(known);
    }
    let genuine = genuine(site).await?;
    let tampered = match present(site, &genuine, broken(&genuine.jwt)).await? {
        Verdict::Accepted { made, exchange } => Tampered { accepted: Some(made), exchange },
        Verdict::Refused { exchange, .. } => Tampered { accepted: None, exchange },
    };
    site.tried.tampered = Some(tampered.clone());
    Ok(tampered)
}

/// Tokens whose signature is not theirs.
fn broken(jwt: &Jwt) -> Vec<Forgery> {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(jwt.signature.as_bytes()).unwrap_or_default();
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    if let Some(byte) = flipped.get_mut(middle) {
        *byte ^= 0x55;
    }
    let mut claims = jwt.claims.clone();
    // Whatever the site reads of it, the token stays that of the same account, and in time.
    match jwt.seconds("exp") {
        Some(exp) => claims.insert("exp".to_owned(), (exp + 1).into()),
        None => claims.insert("audited".to_owned(), true.into()),
    };
    vec![
        Forgery::new(say!("without its signature", "서명을 떼어 낸"), jwt::with_signature(&jwt.signed, &[])),
        Forgery::new(
            say!("with zeros for a signature", "서명 자리를 0으로 채운"),
            jwt::with_signature(&jwt.signed, &vec![0; bytes.len().max(32)]),
        ),
        Forgery::new(
            say!("with one byte of the signature changed", "서명의 한 바이트를 바꾼"),
            jwt::with_signature(&jwt.signed, &flipped),
        ),
        Forgery::new(
            say!("with a changed claim under the old signature", "옛 서명을 둔 채 클레임을 바꾼"),
            jwt::with_signature(&jwt::unsigned(&jwt.header, &claims), &bytes),
        ),
    ]
}

/// The outcome of most forging checks.
pub(super) fn judged(genuine: &Genuine, verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Accepted { made, exchange } => accepted(&made, &exchange),
        Verdict::Refused { exchange, count } => {
            let places = genuine.places();
            Outcome::pass(say!(
                "{count} forged tokens were refused at {places}, where the genuine one is accepted.",
                "진짜 토큰을 받아들이는 {places}에서 위조 토큰 {count}개가 모두 거부되었습니다."
            ))
            .seen(&exchange)
        }
    }
}

/// A forged token was accepted.
pub(super) fn accepted(made: &Words, exchange: &Arc<Exchange>) -> Outcome {
    let (path, status) = (exchange.request.url.path(), exchange.status());
    let Words { en, ko } = made;
    Outcome::fail(say!(
        "{path} accepted (status {status}) a token {en}.",
        "{path}이(가) {ko} 토큰을 받아들였습니다(상태 {status})."
    ))
    .seen(exchange)
}
