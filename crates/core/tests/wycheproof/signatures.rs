//! Signatures: `json_web_signature_test.json`, and those of `json_web_crypto_test.json`.

use admit_testkit::vectors;

use super::case::{Counted, cases, decide, reason, table};

const SYMMETRIC: &str = "whoever verifies with a symmetric key can sign with it";
const NOT_OFFERED: &str = "the algorithm is not offered";

#[test]
fn of_401_signatures_of_others_no_invalid_one_is_taken_and_each_valid_one_is_or_is_refused_for_a_reason_given_here() {
    let Some(folder) = vectors() else { return };
    let cases = cases(&folder, "json_web_signature_test.json");
    assert_eq!(cases.len(), 401, "the file has changed");
    let (mut taken, mut invalid, mut refused) = (0, 0, Counted::new());
    for case in &cases {
        match (case.valid, decide(&case.keys, &case.text)) {
            (false, Ok(_)) => panic!("case {} ({}) is invalid and was taken", case.id, case.comment),
            (false, Err(_)) => invalid += 1,
            (true, Ok(_)) => taken += 1,
            (true, Err(why)) => *refused.entry((case.algorithm.clone(), reason(case, &why))).or_default() += 1,
        }
    }
    let by_design = table(&[
        ("ES521", NOT_OFFERED, 2),
        ("HS256", SYMMETRIC, 10),
        ("PS256", NOT_OFFERED, 8),
        ("PS384", NOT_OFFERED, 4),
        ("PS512", NOT_OFFERED, 4),
        ("RS256", "an empty payload says nothing", 1),
        ("RS256", "the payload is no text, so no JSON", 1),
        ("RS384", NOT_OFFERED, 4),
        ("RS512", NOT_OFFERED, 4),
    ]);
    assert_eq!(refused, by_design);
    assert_eq!((invalid, taken), (355, 8));
}

#[test]
fn of_83_signatures_and_encryptions_of_others_the_two_that_are_valid_and_of_our_algorithms_are_taken_and_no_other() {
    let Some(folder) = vectors() else { return };
    let cases = cases(&folder, "json_web_crypto_test.json");
    assert_eq!(cases.len(), 83, "the file has changed");
    let (mut taken, mut invalid, mut encrypted, mut refused) = (0, 0, 0, Counted::new());
    for case in &cases {
        match (case.valid, decide(&case.keys, &case.text)) {
            (_, Ok(_)) if case.encrypted => panic!("case {} ({}) is encrypted and was taken", case.id, case.comment),
            (_, Err(_)) if case.encrypted => encrypted += 1,
            (false, Ok(_)) => panic!("case {} ({}) is invalid and was taken", case.id, case.comment),
            (false, Err(_)) => invalid += 1,
            (true, Ok(_)) => taken += 1,
            (true, Err(why)) => *refused.entry((case.algorithm.clone(), reason(case, &why))).or_default() += 1,
        }
    }
    assert_eq!(refused, table(&[("HS256", SYMMETRIC, 2)]));
    assert_eq!((encrypted, invalid, taken), (34, 45, 2));
}
