//! A row of the catalogue: the tokens that carry out its attack, and the nearest token that is good.

use super::forge::Forge;

/// What is presented for a row at one door.
pub(crate) struct Row {
    /// Accepted right before the others are sent.
    pub(crate) near: String,
    /// What follows `Authorization: Bearer `, in bytes, because some of it is no text.
    pub(crate) bad: Vec<Vec<u8>>,
}

/// Makes a row's tokens, at the moment at which they are sent.
pub(crate) type Build = fn(&Forge<'_>) -> Row;

/// The rows of one kind of attack.
pub(crate) type Rows = Vec<(&'static str, Build)>;

impl Row {
    /// Attacks beside a good token of EdDSA.
    pub(crate) fn new<B: Into<Vec<u8>>>(forge: &Forge<'_>, bad: impl IntoIterator<Item = B>) -> Self {
        Self::near(forge.good(), bad)
    }

    /// Attacks beside this good token.
    pub(crate) fn near<B: Into<Vec<u8>>>(near: String, bad: impl IntoIterator<Item = B>) -> Self {
        Self { near, bad: bad.into_iter().map(Into::into).collect() }
    }

    /// With further attacks.
    pub(crate) fn and<B: Into<Vec<u8>>>(mut self, bad: impl IntoIterator<Item = B>) -> Self {
        self.bad.extend(bad.into_iter().map(Into::into));
        self
    }
}
