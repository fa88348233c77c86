//! The compact form: `header.payload.signature`, each in base64url without padding.

use data_encoding::BASE64URL_NOPAD;

use super::{Header, UnknownAlgorithm, VerifyingKey};

/// The longest compact form that is read at all, in bytes. A client's assertion with an RS256 signature fits; an access
/// token has a limit of its own.
pub const MAX_COMPACT_BYTES: usize = 4096;

/// Why a text is not a signature of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts, or too long.
    #[error("it is not three parts of base64url, or is too long")]
    Shape,
    /// A part that is not base64url in its one spelling.
    #[error("a part is not base64url without padding")]
    Base64,
    /// A header that is not one.
    #[error("its header cannot be taken: {0}")]
    Header(String),
    /// An algorithm that is never accepted.
    #[error(transparent)]
    Algorithm(#[from] UnknownAlgorithm),
    /// An algorithm other than the key's.
    #[error("its algorithm is not the key's")]
    OtherAlgorithm,
    /// A signature that is not the key's.
    #[error("its signature is wrong")]
    Signature,
}

/// A compact form, split and not yet believed.
#[derive(Clone, Copy, Debug)]
pub struct Compact<'a> {
    signed: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Splits a compact form.
    ///
    /// # Errors
    /// When it has not exactly three parts that are not empty, or is over [`MAX_COMPACT_BYTES`].
    pub fn split(text: &'a str) -> Result<Self, JwsError> {
        if text.len() > MAX_COMPACT_BYTES {
            return Err(JwsError::Shape);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Shape)?;
        if header.is_empty() || payload.is_empty() || signature.is_empty() || payload.contains('.') {
            return Err(JwsError::Shape);
        }
        Ok(Self { signed, header, payload, signature })
    }

    /// The header as it is written, not decoded.
    pub(crate) fn header_text(&self) -> &'a str {
        self.header
    }

    /// Reads the header into `buffer`.
    ///
    /// # Errors
    /// When it is not base64url, not JSON, names something twice, or has a member that is never accepted.
    pub fn header<'b>(&self, buffer: &'b mut [u8]) -> Result<Header<'b>, JwsError> {
        // UTF-8 for the whole of it: the parser would only look at the strings that it keeps.
        let text = std::str::from_utf8(decode(self.header, buffer)?).map_err(|_| JwsError::Base64)?;
        serde_json::from_str(text).map_err(|error| JwsError::Header(error.to_string()))
    }

    /// The payload, in `buffer`, of which nothing is believed yet: to find out whose keys to ask.
    ///
    /// # Errors
    /// When it is not base64url, or no text.
    pub(crate) fn unverified<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b str, JwsError> {
        std::str::from_utf8(decode(self.payload, buffer)?).map_err(|_| JwsError::Base64)
    }

    /// The payload, in `buffer`, if the key signed it with its own algorithm.
    ///
    /// # Errors
    /// When the header names another algorithm, or the signature is not the key's.
    pub fn verify<'b>(
        &self,
        header: &Header<'_>,
        key: &VerifyingKey,
        buffer: &'b mut [u8],
    ) -> Result<&'b str, JwsError> {
        if super::Algorithm::parse(&header.alg)? != key.algorithm() {
            return Err(JwsError::OtherAlgorithm);
        }
        self.verify_signature(key, buffer)
    }

    /// The payload, in `buffer`, if the key signed it. For a header that names this key's algorithm for certain.
    pub(crate) fn verify_signature<'b>(&self, key: &VerifyingKey, buffer: &'b mut [u8]) -> Result<&'b str, JwsError> {
        // RSA with 8,192 bits has the longest.
        let mut signature = [0; 1024];
        let signature = decode(self.signature, &mut signature)?;
        if !key.verifies(self.signed.as_bytes(), signature) {
            return Err(JwsError::Signature);
        }
        std::str::from_utf8(decode(self.payload, buffer)?).map_err(|_| JwsError::Base64)
    }
}

/// Decodes into the front of `buffer`.
fn decode<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], JwsError> {
    let length = BASE64URL_NOPAD.decode_len(text.len()).map_err(|_| JwsError::Base64)?;
    let place = buffer.get_mut(..length).ok_or(JwsError::Shape)?;
    // data-encoding refuses padding, line breaks and bits that are left over: each value has one spelling.
    let written = BASE64URL_NOPAD.decode_mut(text.as_bytes(), place).map_err(|_| JwsError::Base64)?;
    place.get(..written).ok_or(JwsError::Shape)
}
