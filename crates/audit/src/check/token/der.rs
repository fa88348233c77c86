//! Public keys in the forms in which libraries read them from files (RFC 5280, RFC 8017, RFC 7468).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RsaPublicKeyComponents, VerificationAlgorithm,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Map, Value};

use super::member;

fn number(key: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(member(key, name).trim_end_matches('=').as_bytes()).ok().filter(|bytes| !bytes.is_empty())
}

/// A number without the zeros that some libraries write before it.
fn bare(key: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    number(key, name).map(|bytes| bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// How many bits the modulus of an RSA key has.
pub(super) fn modulus_bits(key: &Map<String, Value>) -> Option<usize> {
    let modulus = bare(key, "n")?;
    let first = modulus.first()?;
    Some(modulus.len() * 8 - first.leading_zeros() as usize)
}

/// An RSA key as PKCS #1 has it.
pub(super) fn pkcs1(key: &Map<String, Value>) -> Option<Vec<u8>> {
    (member(key, "kty") == "RSA").then_some(())?;
    PublicKey::from_der(&spki(key)?).ok().map(|key| key.as_ref().to_vec())
}

/// A key as certificates have it: `SubjectPublicKeyInfo`.
pub(super) fn spki(key: &Map<String, Value>) -> Option<Vec<u8>> {
    let (algorithm, bytes): (&'static dyn VerificationAlgorithm, _) = match (member(key, "kty"), member(key, "crv")) {
        ("RSA", _) => {
            let numbers = RsaPublicKeyComponents { n: bare(key, "n")?, e: bare(key, "e")? };
            let der: PublicKeyX509Der<'_> = numbers.as_der().ok()?;
            return Some(der.as_ref().to_vec());
        }
        ("OKP", "Ed25519") => (&ED25519, number(key, "x")?),
        ("EC", curve) => {
            let algorithm = match curve {
                "P-256" => &ECDSA_P256_SHA256_FIXED,
                "P-384" => &ECDSA_P384_SHA384_FIXED,
                "P-521" => &ECDSA_P521_SHA512_FIXED,
                _ => return None,
            };
            (algorithm, [vec![4], number(key, "x")?, number(key, "y")?].concat())
        }
        _ => return None,
    };
    let der: PublicKeyX509Der<'_> = ParsedPublicKey::new(algorithm, bytes).ok()?.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

/// The text of a file with a key: lines of 64, and a newline at the end.
pub(super) fn pem(label: &str, der: &[u8]) -> Option<String> {
    let mut lines = BASE64.specification();
    (lines.wrap.width, lines.wrap.separator) = (64, "\n".to_owned());
    let text = lines.encoding().ok()?.encode(der);
    Some(format!("-----BEGIN {label}-----\n{text}-----END {label}-----\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The first is the key of RFC 8037; all as OpenSSL writes them.
    #[test]
    fn a_key_of_each_kind_is_written_as_openssl_writes_it() {
        let modulus = "3z1Ckd0RcsHeFsvPz9pNs8CxMsk2ypsgT0zIlCQ2620afbyzH_5YDDO3DGBa_VSyxYQXCCJzLwuJG-VqAbi6PyZlHY8k9fZ6heZx_X7z\
                       Sr9yk1bJg5zj4DEwpJrPrOHOtkAQG77PSBx2tHXJ-Uz28_4ynVOzKGI7KcgBPvJmxT0";
        for (key, expected) in [
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
                "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            ),
            (
                json!({"kty": "EC", "crv": "P-256", "x": "W6CchcRSfLaeI1wpayion80aKSOoxdHstlXTJ_pUIVc",
                    "y": "CZkLSX8w3IHss7PCRZYw9SNG-9jg9Yo8X6B53wwFc0M"}),
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEW6CchcRSfLaeI1wpayion80aKSOo\n\
                 xdHstlXTJ/pUIVcJmQtJfzDcgeyzs8JFljD1I0b72OD1ijxfoHnfDAVzQw==",
            ),
            (
                json!({"kty": "RSA", "n": modulus, "e": "AQAB"}),
                "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDfPUKR3RFywd4Wy8/P2k2zwLEy\n\
                 yTbKmyBPTMiUJDbrbRp9vLMf/lgMM7cMYFr9VLLFhBcIInMvC4kb5WoBuLo/JmUd\n\
                 jyT19nqF5nH9fvNKv3KTVsmDnOPgMTCkms+s4c62QBAbvs9IHHa0dcn5TPbz/jKd\n\
                 U7MoYjspyAE+8mbFPQIDAQAB",
            ),
        ] {
            let text = pem("PUBLIC KEY", &spki(key.as_object().unwrap()).unwrap()).unwrap();
            assert_eq!(text, format!("-----BEGIN PUBLIC KEY-----\n{expected}\n-----END PUBLIC KEY-----\n"));
        }
        let padded =
            BASE64URL_NOPAD.encode(&[&[0], BASE64URL_NOPAD.decode(modulus.as_bytes()).unwrap().as_slice()].concat());
        let key = json!({"kty": "RSA", "n": padded, "e": "AQAB="});
        let key = key.as_object().unwrap();
        let expected = "MIGJAoGBAN89QpHdEXLB3hbLz8/aTbPAsTLJNsqbIE9MyJQkNuttGn28sx/+WAwz\n\
                        twxgWv1UssWEFwgicy8LiRvlagG4uj8mZR2PJPX2eoXmcf1+80q/cpNWyYOc4+Ax\n\
                        MKSaz6zhzrZAEBu+z0gcdrR1yflM9vP+Mp1TsyhiOynIAT7yZsU9AgMBAAE=";
        assert_eq!(
            pem("RSA PUBLIC KEY", &pkcs1(key).unwrap()).unwrap(),
            format!("-----BEGIN RSA PUBLIC KEY-----\n{expected}\n-----END RSA PUBLIC KEY-----\n")
        );
        assert_eq!(modulus_bits(key), Some(1_024));
    }
}
