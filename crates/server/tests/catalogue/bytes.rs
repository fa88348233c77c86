//! Base64url, the little DER of keys and certificates, PEM, and numbers as bytes.

use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use num_bigint::BigUint;

/// The order of P-256.
pub(crate) const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The order of Ed25519's group.
pub(crate) const ED25519_ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    bytes
}

/// A number written in hexadecimal.
pub(crate) fn hex(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
}

/// A number in so many bytes, the most significant first.
pub(crate) fn wide(number: &BigUint, width: usize) -> Vec<u8> {
    let digits = number.to_bytes_be();
    [vec![0; width - digits.len()], digits].concat()
}

/// One element of DER.
pub(crate) fn der(tag: u8, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
    let head = match body.len() {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head, body].concat()
}

/// An unsigned number in DER.
pub(crate) fn der_integer(bytes: &[u8]) -> Vec<u8> {
    let digits = BigUint::from_bytes_be(bytes).to_bytes_be();
    der(2, if digits[0] & 0x80 == 0 { digits } else { [&[0], digits.as_slice()].concat() })
}

/// Bytes in lines of 64 characters between their marks.
pub(crate) fn pem(label: &str, bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A certificate that a key of Ed25519 has given to itself (RFC 5280, RFC 8410).
pub(crate) fn certificate(pair: &Ed25519KeyPair, spki: &[u8]) -> Vec<u8> {
    let algorithm = der(0x30, der(6, [0x2b, 0x65, 0x70]));
    let name = der(0x30, der(0x31, der(0x30, [der(6, [0x55, 4, 3]), der(0x0c, "admit")].concat())));
    let valid = der(0x30, [der(0x17, "250101000000Z"), der(0x17, "450101000000Z")].concat());
    let version = der(0xa0, der(2, [2]));
    let body = [version, der(2, [1]), algorithm.clone(), name.clone(), valid, name, spki.to_vec()].concat();
    let body = der(0x30, body);
    let signature = [&[0], pair.sign(&body).as_ref()].concat();
    der(0x30, [body, algorithm, der(3, signature)].concat())
}

/// A text in DEFLATE (RFC 1951) that grows a thousandfold: `zeros` bytes of nothing, each of which stands for 1,032 more.
pub(crate) fn deflate_bomb(zeros: usize) -> Vec<u8> {
    let front = [0xed, 0xc1, 1, 1, 0, 0, 0, 0x82, 0x20, 0xff, 0xaf, 0x6e, 0x48, 0x40, 1];
    [front.as_slice(), &vec![0; zeros], &[0x6f, 6]].concat()
}
