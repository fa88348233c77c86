//! Encryptions: `json_web_encryption_test.json`. There is none here, so each is refused, the valid ones too.

use admit_core::jws::{Compact, JwkError, KeySet, MAX_COMPACT_BYTES};
use admit_testkit::vectors;

use super::case::{cases, public_part};

#[test]
fn none_of_139_encryptions_of_others_is_read_as_a_signature_and_none_of_their_keys_verifies_one() {
    let Some(folder) = vectors() else { return };
    let cases = cases(&folder, "json_web_encryption_test.json");
    assert_eq!(cases.len(), 139, "the file has changed");
    for case in &cases {
        let mut buffer = [0; MAX_COMPACT_BYTES];
        let header = Compact::split(&case.text).and_then(|compact| compact.header(&mut buffer).map(drop));
        assert!(header.is_err(), "case {} ({}) was read", case.id, case.comment);

        // The public half of a key that came as a private one too: it is the use that stops it.
        assert!(KeySet::parse(&case.keys).is_err(), "the key of case {} was taken", case.id);
        let public = public_part(&serde_json::from_str(&case.keys).unwrap()).to_string();
        let why = KeySet::parse(&public).unwrap_err();
        assert!(matches!(why, JwkError::Symmetric | JwkError::Use), "the key of case {}: {why}", case.id);
    }
    assert_eq!(cases.iter().filter(|case| case.valid).count(), 65);
}
