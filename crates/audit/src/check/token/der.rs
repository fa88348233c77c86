//! Public keys in the forms in which libraries read them from files (X.690, RFC 5280, RFC 8017).

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Map, Value};

use super::member;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const NULL: [u8; 2] = [0x05, 0x00];
/// Object identifiers, with tag and length.
const RSA_ENCRYPTION: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC_PUBLIC_KEY: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];

/// A value with its tag and length.
fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut all = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(length) if length < 0x80 => all.push(length),
        _ => {
            let length = contents.len().to_be_bytes();
            let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            all.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
            all.extend(length);
        }
    }
    all.extend_from_slice(contents);
    all
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, &parts.concat())
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut number: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if number.first().is_none_or(|first| *first >= 0x80) {
        number.insert(0, 0);
    }
    value(INTEGER, &number)
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BITS, &[&[0], bytes].concat())
}

fn number(key: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(member(key, name).trim_end_matches('=').as_bytes()).ok().filter(|bytes| !bytes.is_empty())
}

/// How many bits the modulus of an RSA key has.
pub(super) fn modulus_bits(key: &Map<String, Value>) -> Option<usize> {
    let modulus: Vec<u8> = number(key, "n")?.into_iter().skip_while(|byte| *byte == 0).collect();
    let first = modulus.first()?;
    Some(modulus.len() * 8 - first.leading_zeros() as usize)
}

/// An RSA key as PKCS #1 has it.
pub(super) fn pkcs1(key: &Map<String, Value>) -> Option<Vec<u8>> {
    (member(key, "kty") == "RSA").then_some(())?;
    Some(sequence(&[&integer(&number(key, "n")?), &integer(&number(key, "e")?)]))
}

/// A key as certificates have it: `SubjectPublicKeyInfo`.
pub(super) fn spki(key: &Map<String, Value>) -> Option<Vec<u8>> {
    let curve: &[u8] = match (member(key, "kty"), member(key, "crv")) {
        ("RSA", _) => return Some(sequence(&[&sequence(&[&RSA_ENCRYPTION, &NULL]), &bits(&pkcs1(key)?)])),
        ("OKP", "Ed25519") => return Some(sequence(&[&sequence(&[&ED25519]), &bits(&number(key, "x")?)])),
        ("EC", "P-256") => &P256,
        ("EC", "P-384") => &P384,
        ("EC", "P-521") => &P521,
        _ => return None,
    };
    let point = [vec![4], number(key, "x")?, number(key, "y")?].concat();
    Some(sequence(&[&sequence(&[&EC_PUBLIC_KEY, curve]), &bits(&point)]))
}

/// The text of a file with a key: lines of 64, and a newline at the end.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, letter) in BASE64.encode(der).chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

/// The modulus and the exponent of an RSA key in PKCS #1.
pub(super) fn rsa_numbers(pkcs1: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (key, _) = read(pkcs1)?;
    let (modulus, rest) = read(key)?;
    let (exponent, _) = read(rest)?;
    let bare = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
    Some((bare(modulus), bare(exponent)))
}

/// The contents of the first value, and what comes behind it.
fn read(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *first < 0x80 {
        return rest.split_at_checked(usize::from(*first));
    }
    let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, as OpenSSL writes it.
    #[test]
    fn an_ed25519_key_is_written_as_openssl_writes_it() {
        let key =
            serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let text = pem("PUBLIC KEY", &spki(key.as_object().unwrap()).unwrap());
        let expected = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn an_rsa_key_is_read_as_it_was_written() {
        let modulus = vec![0xc1; 256];
        let key = serde_json::json!({"kty": "RSA", "n": BASE64URL_NOPAD.encode(&modulus), "e": "AQAB"});
        let key = key.as_object().unwrap();
        assert_eq!(rsa_numbers(&pkcs1(key).unwrap()), Some((modulus, vec![1, 0, 1])));
        assert_eq!(modulus_bits(key), Some(2_048));
    }
}
