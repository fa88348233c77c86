//! Random bytes of the operating system's generator.

use aws_lc_rs::rand;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

/// Nobody would notice a site that runs on without randomness, so it does not.
#[expect(clippy::expect_used, reason = "a site without randomness has nothing sound to answer")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// 256 bits, base64url.
pub(crate) fn id() -> String {
    BASE64URL_NOPAD.encode(&bytes::<32>())
}

/// Six hex digits: what somebody types who wants short ids.
pub(crate) fn short_id() -> String {
    HEXLOWER.encode(&bytes::<3>())
}
