//! Keys that must not be used: `json_web_key_test.json`.

use std::collections::BTreeMap;

use admit_core::jws::{JwkError, KeySet};
use admit_testkit::vectors;

use super::case::{Case, Counted, cases, decide, reason, table};

#[test]
fn of_26_keys_of_others_no_bad_one_lets_a_signature_pass_and_the_one_good_public_one_does() {
    let Some(folder) = vectors() else { return };
    let cases = cases(&folder, "json_web_key_test.json");
    assert_eq!(cases.len(), 26, "the file has changed");
    let (mut taken, mut invalid, mut refused) = (0, 0, Counted::new());
    for case in &cases {
        match (case.valid, decide(&case.keys, &case.text)) {
            (false, Ok(_)) => panic!("case {} ({}) is invalid and was taken", case.id, case.comment),
            (false, Err(_)) => invalid += 1,
            (true, Ok(_)) => taken += 1,
            (true, Err(why)) => *refused.entry((case.algorithm.clone(), reason(case, &why))).or_default() += 1,
        }
    }
    let symmetric = "whoever verifies with a symmetric key can sign with it";
    assert_eq!(refused, table(&[("HS256", symmetric, 2), ("HS384", symmetric, 1), ("HS512", symmetric, 1)]));
    assert_eq!((invalid, taken), (21, 1));
}

/// A key could also be refused by accident, because of the text that comes with it.
#[test]
fn a_bad_public_key_is_refused_when_it_is_read_and_for_what_is_bad_about_it() {
    let Some(folder) = vectors() else { return };
    let mut seen = BTreeMap::new();
    for case in cases(&folder, "json_web_key_test.json").into_iter().filter(|case| !case.valid) {
        let Case { comment, keys, algorithm, .. } = case;
        match KeySet::parse(&keys) {
            Ok(_) => match &*comment {
                // The key is the good one; it is the signature that was changed.
                "rejectsModifiedSignature" => {}
                _ => panic!("{comment}: the key was taken"),
            },
            Err(JwkError::Symmetric) => {}
            Err(why) => drop(seen.insert((comment, algorithm), why)),
        }
    }
    let of = |comment: &str, algorithm: &str| seen.get(&(comment.to_owned(), algorithm.to_owned())).cloned();
    assert_eq!(of("rejectsWrongUse", "RSA1_5"), Some(JwkError::Use));
    assert_eq!(of("rejectsKeyWithRocaVulnerability", "RS256"), Some(JwkError::Weak));
    assert_eq!(of("rejects1024bitRsaKey", "RS256"), Some(JwkError::Unsupported));
    assert_eq!(of("rejectsPublicExponent1", "RS256"), Some(JwkError::Unsupported));
    assert_eq!(of("mismatchedAlgAndCurve", "ES521"), Some(JwkError::Unsupported));
    assert_eq!(of("mismatchedAlgAndCurve", "ES224"), Some(JwkError::Unsupported));
    // A point off the curve, and a kty and a crv that do not go with it.
    assert!(of("rejectsModifiedKey", "ES256").is_some());
    assert_eq!(seen.len(), 7);
}
