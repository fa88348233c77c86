//! A case of the vectors, and what becomes of it here.

use std::collections::BTreeMap;
use std::path::Path;

use admit_core::jws::{Compact, JwkError, JwsError, KeySet, MAX_COMPACT_BYTES};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// A text and a key, with the vectors' word on them.
pub(crate) struct Case {
    pub(crate) id: u64,
    pub(crate) comment: String,
    /// The algorithm that the key, or the first of several, names.
    pub(crate) algorithm: String,
    /// One key or a set, as JSON: the public one, or the symmetric one where there is no public one.
    pub(crate) keys: String,
    pub(crate) text: String,
    /// Whether the text is a JWE.
    pub(crate) encrypted: bool,
    pub(crate) valid: bool,
}

/// Why a text is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The keys are not taken in the first place.
    Keys(JwkError),
    /// No key has the name that the text gives.
    NoSuchKey,
    /// The text is not a signature of the key.
    Text(JwsError),
}

/// How often each reason was met, by algorithm.
pub(crate) type Counted = BTreeMap<(String, &'static str), usize>;

/// Decides a text under these keys as a verifier does, and gives its payload.
pub(crate) fn decide(keys: &str, text: &str) -> Result<String, Refused> {
    let keys = KeySet::parse(keys).map_err(Refused::Keys)?;
    let compact = Compact::split(text).map_err(Refused::Text)?;
    let (mut one, mut two) = ([0; MAX_COMPACT_BYTES], [0; MAX_COMPACT_BYTES]);
    let header = compact.header(&mut one).map_err(Refused::Text)?;
    let (_, key) = keys.find(header.kid.as_deref()).ok_or(Refused::NoSuchKey)?;
    compact.verify(&header, key, &mut two).map(str::to_owned).map_err(Refused::Text)
}

/// The design's reason for refusing a valid text; there are four, and each is looked at in the case itself.
pub(crate) fn reason(case: &Case, refused: &Refused) -> &'static str {
    let payload = || case.text.split('.').nth(1).unwrap();
    match refused {
        Refused::Keys(JwkError::Symmetric) => "whoever verifies with a symmetric key can sign with it",
        Refused::Keys(JwkError::Unsupported) if !["EdDSA", "ES256", "RS256"].contains(&&*case.algorithm) => {
            "the algorithm is not offered"
        }
        Refused::Text(JwsError::Shape) if payload().is_empty() => "an empty payload says nothing",
        Refused::Text(JwsError::Base64)
            if String::from_utf8(BASE64URL_NOPAD.decode(payload().as_bytes()).unwrap()).is_err() =>
        {
            "the payload is no text, so no JSON"
        }
        other => panic!("case {} ({}) is valid and was refused: {other:?}", case.id, case.comment),
    }
}

/// Every case of a file of Wycheproof.
pub(crate) fn cases(folder: &Path, name: &str) -> Vec<Case> {
    let file = read(&folder.join("wycheproof").join(name));
    let mut cases = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        let keys = group.get("public").unwrap_or(&group["private"]);
        let first = keys["keys"].get(0).unwrap_or(keys);
        for test in group["tests"].as_array().unwrap() {
            let encrypted = test.get("jwe").is_some();
            // A few are in the JSON serialization, as an object.
            let text = &test[if encrypted { "jwe" } else { "jws" }];
            cases.push(Case {
                id: test["tcId"].as_u64().unwrap(),
                comment: test["comment"].as_str().unwrap().to_owned(),
                algorithm: first["alg"].as_str().unwrap_or("none named").to_owned(),
                keys: keys.to_string(),
                text: text.as_str().map_or_else(|| text.to_string(), str::to_owned),
                encrypted,
                valid: match test["result"].as_str() {
                    Some("valid") => true,
                    Some("invalid") => false,
                    other => panic!("a result of {other:?}"),
                },
            });
        }
    }
    assert_eq!(file["numberOfTests"].as_u64().unwrap(), u64::try_from(cases.len()).unwrap());
    cases
}

/// A file as JSON.
pub(crate) fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A key, or each of a list of keys, without what makes it private.
pub(crate) fn public_part(key: &Value) -> Value {
    match key {
        Value::Array(keys) => serde_json::json!({ "keys": keys.iter().map(public_part).collect::<Vec<_>>() }),
        Value::Object(members) => {
            let private = ["d", "p", "q", "dp", "dq", "qi"];
            members
                .iter()
                .filter(|(name, _)| !private.contains(&&***name))
                .map(|(a, b)| (a.clone(), b.clone()))
                .collect()
        }
        other => panic!("no key: {other}"),
    }
}

/// A table of reasons, to compare with what was counted.
pub(crate) fn table(rows: &[(&str, &'static str, usize)]) -> Counted {
    rows.iter().map(|(algorithm, reason, count)| (((*algorithm).to_owned(), *reason), *count)).collect()
}
