//! The few bytes of DER around an RSA key: `SEQUENCE { INTEGER n, INTEGER e }` (RFC 8017 appendix A.1.1).

/// Modulus and exponent, each without leading zeros, as a key.
pub(super) fn write_rsa(n: &[u8], e: &[u8]) -> Option<Vec<u8>> {
    let mut body = integer(n)?;
    body.extend(integer(e)?);
    element(0x30, &body)
}

/// An unsigned number, which must come without leading zeros, as RFC 7518 section 2 asks.
fn integer(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = *bytes.first().filter(|first| **first != 0)?;
    let padded = if first & 0x80 == 0 { bytes.to_vec() } else { [&[0], bytes].concat() };
    element(2, &padded)
}

fn element(tag: u8, body: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(body.len()).ok()?;
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    Some([head.as_slice(), body].concat())
}

/// Modulus and exponent without leading zeros.
pub(super) fn read_rsa(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, rest) = take(0x30, bytes)?;
    let (n, more) = take(2, body)?;
    let (e, end) = take(2, more)?;
    (rest.is_empty() && end.is_empty()).then_some((strip(n), strip(e)))
}

fn strip(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(&[0]).unwrap_or(bytes)
}

fn take(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&[tag])?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => rest.split_first().map(|(low, rest)| (usize::from(*low), rest))?,
        0x82 => rest.split_first_chunk::<2>().map(|(two, rest)| (usize::from(u16::from_be_bytes(*two)), rest))?,
        _ => return None,
    };
    rest.split_at_checked(length)
}
