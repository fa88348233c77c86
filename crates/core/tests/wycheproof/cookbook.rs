//! The cookbooks of RFC 7520, RFC 7797 and RFC 8037: worked examples of every form there is.

use std::path::Path;

use admit_core::jws::{JwkError, JwsError, KeySet, UnknownAlgorithm};
use admit_testkit::vectors;
use serde_json::Value;

use super::case::{Refused, decide, public_part, read};

/// An example's public key and its compact form.
fn example(folder: &Path, name: &str) -> (Value, Value, String) {
    let file = read(&folder.join("rfc7520-cookbook").join(name));
    let key = public_part(&file["input"]["key"]);
    let compact = file["output"]["compact"].as_str().unwrap().to_owned();
    (file, key, compact)
}

#[test]
fn the_examples_of_rs256_and_eddsa_are_taken_under_the_public_key_and_their_private_keys_are_not() {
    let Some(folder) = vectors() else { return };
    for name in ["jws/4_1.rsa_v15_signature.json", "curve25519/jws.json"] {
        let (file, key, compact) = example(&folder, name);
        assert_eq!(decide(&key.to_string(), &compact).as_deref(), Ok(file["input"]["payload"].as_str().unwrap()));
        let private = file["input"]["key"].to_string();
        assert_eq!(decide(&private, &compact), Err(Refused::Keys(JwkError::Private)), "{name}");
    }
}

#[test]
fn every_other_example_that_has_a_compact_form_is_refused_for_what_it_is() {
    let Some(folder) = vectors() else { return };
    let refused = |name: &str| {
        let (_, key, compact) = example(&folder, name);
        decide(&key.to_string(), &compact).unwrap_err()
    };
    // RSA with a padding that is not offered: the key would do, the algorithm does not.
    assert_eq!(refused("jws/4_2.rsa-pss_signature.json"), Refused::Text(JwsError::Algorithm(UnknownAlgorithm)));
    assert_eq!(refused("jws/4_3.ecdsa_signature.json"), Refused::Keys(JwkError::Unsupported), "P-521");
    assert_eq!(refused("jws/4_4.hmac-sha2_integrity_protection.json"), Refused::Keys(JwkError::Symmetric));
}

#[test]
fn no_form_of_any_example_is_taken_but_the_compact_ones_of_rs256_and_eddsa() {
    let Some(folder) = vectors() else { return };
    let (_, rsa, _) = example(&folder, "jws/4_1.rsa_v15_signature.json");
    let (mut forms, mut taken) = (0, Vec::new());
    for part in ["jws", "jwe", "rfc7797", "curve25519"] {
        for entry in std::fs::read_dir(folder.join("rfc7520-cookbook").join(part)).unwrap() {
            let path = entry.unwrap().path();
            let file = read(&path);
            let key = file["input"].get("key").map_or(rsa.clone(), public_part);
            for (form, output) in file["output"].as_object().unwrap() {
                let text = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
                forms += 1;
                if [&key, &rsa].iter().any(|key| decide(&key.to_string(), &text).is_ok()) {
                    taken.push(format!("{} {form}", path.file_name().unwrap().display()));
                }
            }
        }
    }
    taken.sort();
    assert_eq!(taken, ["4_1.rsa_v15_signature.json compact", "jws.json compact"]);
    assert_eq!(forms, 65, "the examples have changed");
}

#[test]
fn of_the_example_keys_the_public_rsa_one_is_taken_alone() {
    let Some(folder) = vectors() else { return };
    let why = |name: &str| {
        KeySet::parse(&read(&folder.join("rfc7520-cookbook/jwk").join(name)).to_string()).map(|keys| keys.len())
    };
    assert_eq!(why("3_1.ec_public_key.json"), Err(JwkError::Unsupported), "P-521");
    assert_eq!(why("3_2.ec_private_key.json"), Err(JwkError::Private));
    assert_eq!(why("3_3.rsa_public_key.json"), Ok(1));
    assert_eq!(why("3_4.rsa_private_key.json"), Err(JwkError::Private));
    assert_eq!(why("3_5.symmetric_key_mac_computation.json"), Err(JwkError::Symmetric));
    assert_eq!(why("3_6.symmetric_key_encryption.json"), Err(JwkError::Symmetric));
}
