//! What was proved at a sign-in, and when: the methods with their names in RFC 8176, the resulting level, the time of the last proof.
//!
//! Sessions, token families and access tokens carry it; it comes from a [`crate::proved::Proved`]. A new secret, a refresh, an
//! exchange and a change of roles keep it; a sign-in and a change of one's password replace it. It says what was proved for
//! this sign-in alone: nothing carries over from the previous one.

use std::fmt;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use crate::time::Timestamp;

/// How somebody proved who they are (RFC 8176 section 2).
///
/// Stores and tokens are read strictly: an unknown method is an error. So a method that is added here is read for one release
/// before anything writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Method {
    /// `pwd`: a password.
    Password = 1,
    /// `otp`: a one-time password.
    OneTimePassword = 2,
    /// `hwk`: a key that cannot leave its hardware.
    HardwareKey = 4,
    /// `swk`: a key that software keeps, such as a synchronized passkey.
    SoftwareKey = 8,
    /// `user`: a person was present and confirmed. By itself it identifies nobody.
    UserPresence = 16,
    /// `mfa`: more than one kind of factor. The caller passes it with a key whose device verified the user; a password together
    /// with something the user has implies it.
    MultipleFactors = 32,
}

impl Method {
    /// Every method, in the order in which they are written.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::OneTimePassword,
        Self::HardwareKey,
        Self::SoftwareKey,
        Self::UserPresence,
        Self::MultipleFactors,
    ];

    /// The name in RFC 8176.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimePassword => "otp",
            Self::HardwareKey => "hwk",
            Self::SoftwareKey => "swk",
            Self::UserPresence => "user",
            Self::MultipleFactors => "mfa",
        }
    }

    /// The method of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// One or more methods, at least one of which identifies the user. No other bit is ever set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    /// A password alone.
    pub const PASSWORD: Self = Self(Method::Password as u8);

    const KNOWN: u8 = 63;
    const POSSESSION: u8 = Method::OneTimePassword as u8 | Method::HardwareKey as u8 | Method::SoftwareKey as u8;

    /// These methods, with `mfa` if there is a password and something the user has. `None` if none of them identifies the user.
    #[must_use]
    pub fn of(methods: impl IntoIterator<Item = Method>) -> Option<Self> {
        let bits = methods.into_iter().fold(0, |bits, method| bits | method as u8);
        let both = bits & Method::Password as u8 != 0 && bits & Self::POSSESSION != 0;
        let bits = if both { bits | Method::MultipleFactors as u8 } else { bits };
        (bits & !(Method::UserPresence as u8) != 0).then_some(Self(bits))
    }

    /// Reads bits that [`Self::bits`] has written, and no others.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        let methods = Self::of(Method::ALL.into_iter().filter(|method| bits & *method as u8 != 0))?;
        (methods.0 == bits && bits & !Self::KNOWN == 0).then_some(methods)
    }

    /// As bits, one for each method.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether this is one of them.
    #[must_use]
    pub const fn has(self, method: Method) -> bool {
        self.0 & method as u8 != 0
    }

    /// Each, in the order of [`Method::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.has(*method))
    }

    /// How much they prove.
    #[must_use]
    pub const fn level(self) -> Level {
        if self.has(Method::MultipleFactors) { Level::Two } else { Level::One }
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Method::as_str)).finish()
    }
}

impl Serialize for Methods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for method in self.iter() {
            sequence.serialize_element(method.as_str())?;
        }
        sequence.end()
    }
}

/// How much was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One kind of factor.
    One,
    /// More than one.
    Two,
}

impl Level {
    /// The value of `acr`. The values are admit's own: OpenID Connect Core section 2 leaves them to the parties.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
        }
    }
}

/// What was proved at a sign-in, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assurance {
    methods: Methods,
    /// In whole seconds.
    proved_at: Timestamp,
}

/// A stored assurance that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the assurance of a sign-in is stored as {0}, which this release cannot read")]
pub struct UnknownAssurance(pub u64);

impl Assurance {
    /// These methods, proved at this time (rounded down to whole seconds).
    #[must_use]
    pub const fn new(methods: Methods, proved_at: Timestamp) -> Self {
        Self { methods, proved_at: Timestamp::from_seconds(proved_at.seconds()) }
    }

    /// The assurance of a session, family or token from a release that did not record it: a password, given when it began.
    #[must_use]
    pub const fn of_before(began: Timestamp) -> Self {
        Self::new(Methods::PASSWORD, began)
    }

    /// What was proved: `amr`.
    #[must_use]
    pub const fn methods(self) -> Methods {
        self.methods
    }

    /// How much that proves: `acr`.
    #[must_use]
    pub const fn level(self) -> Level {
        self.methods.level()
    }

    /// When the last proof was given: `auth_time`.
    #[must_use]
    pub const fn proved_at(self) -> Timestamp {
        self.proved_at
    }

    /// As one number for stores: the seconds since 1970 times 256, plus the bits of the methods.
    #[must_use]
    pub const fn stored(self) -> u64 {
        (self.proved_at.seconds() << 8) | self.methods.bits() as u64
    }

    /// Reads that number.
    ///
    /// # Errors
    /// When it has an unknown bit, or a combination that [`Methods::of`] does not make.
    pub fn from_stored(stored: u64) -> Result<Self, UnknownAssurance> {
        let [.., bits] = stored.to_be_bytes();
        let methods = Methods::from_bits(bits).ok_or(UnknownAssurance(stored))?;
        let assurance = Self::new(methods, Timestamp::from_seconds(stored >> 8));
        // Seconds beyond what a time can hold are an error, not cut off.
        (assurance.stored() == stored).then_some(assurance).ok_or(UnknownAssurance(stored))
    }

    /// How it counts at `now`: a time in the future, which a wrong clock wrote, counts as now.
    #[must_use]
    pub fn as_of(self, now: Timestamp) -> Self {
        Self::new(self.methods, self.proved_at.as_of(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(methods: &[Method]) -> Option<Methods> {
        Methods::of(methods.iter().copied())
    }

    #[test]
    fn two_kinds_of_factor_are_level_two_and_two_of_one_kind_are_not() {
        use Method::{HardwareKey, MultipleFactors, OneTimePassword, Password, SoftwareKey, UserPresence};
        for (methods, level) in [
            (&[Password][..], Level::One),
            (&[OneTimePassword], Level::One),
            (&[OneTimePassword, SoftwareKey], Level::One),
            (&[HardwareKey, UserPresence], Level::One),
            (&[Password, UserPresence], Level::One),
            (&[Password, OneTimePassword], Level::Two),
            (&[Password, HardwareKey, UserPresence], Level::Two),
            (&[SoftwareKey, UserPresence, MultipleFactors], Level::Two),
        ] {
            assert_eq!(of(methods).unwrap().level(), level, "{methods:?}");
        }
        assert_eq!((of(&[]), of(&[UserPresence])), (None, None), "neither identifies anybody");
    }

    #[test]
    fn methods_are_written_by_their_names_in_rfc_8176() {
        let methods = of(&[Method::OneTimePassword, Method::Password]).unwrap();
        assert_eq!(serde_json::to_string(&methods).unwrap(), r#"["pwd","otp","mfa"]"#);
        assert_eq!(Method::ALL.map(|method| Method::named(method.as_str())), Method::ALL.map(Some));
        assert_eq!((Method::named("PWD"), Method::named("sms"), Method::named("")), (None, None, None));
    }

    #[test]
    fn the_stored_form_is_the_seconds_and_one_byte_and_stays_what_it_is() {
        let assurance = Assurance::new(Methods::PASSWORD, Timestamp::from_millis(1_700_000_000_999));
        assert_eq!(assurance.stored(), 1_700_000_000 * 256 + 1);
        assert_eq!(assurance.proved_at(), Timestamp::from_seconds(1_700_000_000));
        let both = of(&[Method::Password, Method::OneTimePassword]).unwrap();
        assert_eq!(Assurance::new(both, Timestamp::from_seconds(1)).stored(), 256 + 35);
        for bad in [0, 256, 16, 64, 128, 3, 255, u64::MAX, (u64::MAX << 8) | 1] {
            assert_eq!(Assurance::from_stored(bad), Err(UnknownAssurance(bad)), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back_and_nothing_else_is_read(
            chosen in proptest::collection::vec(proptest::sample::select(&Method::ALL[..]), 0..7),
            at: u64, any: u64, seconds in 0..1_u64 << 40, bits: u8,
        ) {
            if let Some(methods) = Methods::of(chosen.iter().copied()) {
                let assurance = Assurance::new(methods, Timestamp::from_millis(at));
                prop_assert_eq!(Assurance::from_stored(assurance.stored()), Ok(assurance));
                prop_assert!(i64::try_from(assurance.stored()).is_ok(), "databases have signed numbers");
                prop_assert!(chosen.iter().all(|method| methods.has(*method)));
            }
            for stored in [any, (seconds << 8) | u64::from(bits)] {
                if let Ok(read) = Assurance::from_stored(stored) {
                    prop_assert_eq!(read.stored(), stored);
                    prop_assert_eq!(Methods::of(read.methods().iter()), Some(read.methods()));
                }
            }
        }

        #[test]
        fn a_time_from_the_future_counts_as_now(at in 0..400_000_u64, now in 0..400_000_u64) {
            let (assurance, now) = (Assurance::of_before(Timestamp::from_seconds(at)), Timestamp::from_seconds(now));
            let counted = assurance.as_of(now);
            prop_assert!(!counted.proved_at().is_ahead_of(now) && counted.methods() == assurance.methods());
            prop_assert!(counted == assurance || assurance.proved_at().is_ahead_of(now));
        }
    }
}
