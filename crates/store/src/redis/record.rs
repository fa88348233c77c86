//! What is kept of a session and of a subject, as bytes. Numbers are big-endian.
//!
//! | a session | bytes | | a subject's state | bytes |
//! |---|---|---|---|---|
//! | format, 1 | 1 | | format, 1 | 1 |
//! | subject | 16 | | number in the log | 8 |
//! | public name | 16 | | generation | 4 |
//! | began at, in seconds | 4 | | roles version | 4 |
//! | last seen at | 4 | | 0 active, 1 disabled | 1 |
//! | ends at the latest | 4 | | id | 16 |
//! | generation | 4 | | length of the name, the name | 2 + |
//! | roles version | 4 | | of each role its length, its name | 1 + |
//! | length of the user agent, that, the address | 2 + | | | |
//!
//! A check reads the front of a session, the 53 bytes before the texts. Format 1 means that a password was proved when the session
//! began; it is the only format that nodes of the previous release know. Any other proof is in format 3, whose front has 5 more
//! bytes: when (4), and the bits of the methods (1).
//!
//! Under its previous secret, a session is kept for some seconds in format 2 (for format 1) or 4 (for format 3): the front, then
//! when that secret was superseded (4) and the digest of its successor (32), in place of the texts. The scripts rely on these
//! places. As in the other stores times are whole seconds in 32 bits, rounded down: a session never lives longer than it
//! says.

use std::sync::Arc;
use std::time::Duration;

use admit_core::assurance::{Assurance, Methods, UnknownAssurance};
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{Device, SessionRecord};
use admit_core::store::StoreError;
use admit_core::subject::{Generation, RoleName, Status, SubjectState};
use admit_core::time::Timestamp;

use crate::truth::Versioned;
use crate::whole::{in_whole_seconds, seconds};

/// The format of a subject's state, and of a session that began with a password.
const FORMAT: u8 = 1;

/// The format of a session for which something else was proved.
const WITH_ASSURANCE: u8 = 3;

/// Bytes of a session that a check reads, by its format. Under a previous secret, the time when that was superseded follows.
pub(super) fn front(format: Option<u8>) -> usize {
    match format {
        Some(2) => 53 + 4,
        Some(WITH_ASSURANCE) => 58,
        Some(4) => 58 + 4,
        _ => 53,
    }
}

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Whose.
    pub(super) subject: SubjectId,
    /// What its check needs.
    pub(super) record: SessionRecord,
    /// Where from; empty when only the front was read.
    pub(super) device: Device,
}

/// A password given at most this long before the session was opened counts as given at the same moment.
const AT_ONCE: Duration = Duration::from_secs(10);

/// When a session began, as it is kept. If it was opened right after its password was given, that is when it began: nodes of the
/// previous release know nothing else.
pub(super) fn began_at(opened_at: Timestamp, assurance: Assurance) -> Timestamp {
    let given_at = assurance.proved_at();
    let soon = given_at <= opened_at && opened_at.is_soon_after(given_at, AT_ONCE);
    let at_once = assurance.methods() == Methods::PASSWORD && soon;
    if at_once { given_at } else { opened_at }
}

/// A time as it is kept.
pub(super) fn time(time: Timestamp) -> [u8; 4] {
    seconds(time).to_be_bytes()
}

impl Kept {
    /// As bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let record = &self.record;
        let Device { user_agent: agent, address } = self.device.kept();
        let mut bytes = Vec::with_capacity(55 + agent.len() + address.len());
        let is_said = record.assurance != Assurance::of_before(record.created_at);
        bytes.push(if is_said { WITH_ASSURANCE } else { FORMAT });
        bytes.extend_from_slice(self.subject.as_bytes());
        bytes.extend_from_slice(record.id.as_bytes());
        for at in [record.created_at, record.last_seen_at, record.absolute_expires_at] {
            bytes.extend_from_slice(&time(at));
        }
        bytes.extend_from_slice(&record.generation.0.to_be_bytes());
        bytes.extend_from_slice(&record.roles_version.to_be_bytes());
        if is_said {
            bytes.extend_from_slice(&time(record.assurance.proved_at()));
            bytes.push(record.assurance.methods().bits());
        }
        bytes.extend_from_slice(&u16::try_from(agent.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(agent.as_bytes());
        bytes.extend_from_slice(address.as_bytes());
        bytes
    }

    /// From the bytes, or from the front of them.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let (mut rest, is_superseded, says_assurance) = match bytes.split_first() {
            Some((format @ 2..=4, left)) => (Bytes { left, of: "a session" }, *format != WITH_ASSURANCE, *format != 2),
            _ => (Bytes::of(bytes, "a session")?, false, false),
        };
        let (subject, id) = (SubjectId::from_bytes(rest.array()?), SessionId::from_bytes(rest.array()?));
        let created_at = rest.time()?;
        let mut record = SessionRecord {
            id,
            created_at,
            last_seen_at: rest.time()?,
            absolute_expires_at: rest.time()?,
            generation: Generation(u32::from_be_bytes(rest.array()?)),
            roles_version: u32::from_be_bytes(rest.array()?),
            superseded_at: None,
            assurance: Assurance::of_before(created_at),
        };
        if says_assurance {
            let (at, [methods]) = (rest.time()?, rest.array()?);
            let methods = Methods::from_bits(methods)
                .ok_or_else(|| StoreError::new(UnknownAssurance((at.seconds() << 8) | u64::from(methods))))?;
            record.assurance = Assurance::new(methods, at);
        }
        if is_superseded {
            record.superseded_at = Some(rest.time()?);
            return Ok(Self { subject, record, device: Device::default() });
        }
        let device = if rest.left.is_empty() {
            Device::default()
        } else {
            let length = u16::from_be_bytes(rest.array()?);
            Device { user_agent: rest.text(length.into())?.to_owned(), address: rest.text(rest.left.len())?.to_owned() }
        };
        Ok(Self { subject, record, device })
    }

    /// As it is read back: in whole seconds, with its texts cut.
    pub(super) fn in_whole_seconds(self) -> Self {
        Self { record: in_whole_seconds(self.record), ..self }
    }
}

impl Versioned {
    /// As bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let state = &*self.state;
        let mut bytes = Vec::with_capacity(36 + state.username.len() + state.roles.len() * 16);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes.extend_from_slice(&state.generation.0.to_be_bytes());
        bytes.extend_from_slice(&state.roles_version.to_be_bytes());
        bytes.push(u8::from(state.status != Status::Active));
        bytes.extend_from_slice(state.id.as_bytes());
        bytes.extend_from_slice(&u16::try_from(state.username.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(state.username.as_bytes());
        for role in &*state.roles {
            // A role has 129 bytes at most, with its tenant.
            bytes.push(u8::try_from(role.as_str().len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(role.as_str().as_bytes());
        }
        bytes
    }

    /// From the bytes.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut rest = Bytes::of(bytes, "a subject")?;
        let version = u64::from_be_bytes(rest.array()?);
        let generation = Generation(u32::from_be_bytes(rest.array()?));
        let roles_version = u32::from_be_bytes(rest.array()?);
        let status = if rest.array::<1>()? == [0] { Status::Active } else { Status::Disabled };
        let id = SubjectId::from_bytes(rest.array()?);
        let length = u16::from_be_bytes(rest.array()?);
        let username = rest.text(length.into())?.into();
        let mut roles = Vec::new();
        while !rest.left.is_empty() {
            let [length] = rest.array()?;
            roles.push(RoleName::parse(rest.text(length.into())?).map_err(StoreError::new)?);
        }
        let state = SubjectState { id, username, status, generation, roles_version, roles: roles.into() };
        Ok(Self { state: Arc::new(state), version })
    }
}

/// What is left to read.
struct Bytes<'a> {
    left: &'a [u8],
    of: &'static str,
}

impl<'a> Bytes<'a> {
    fn of(bytes: &'a [u8], of: &'static str) -> Result<Self, StoreError> {
        match bytes.split_first() {
            Some((&FORMAT, left)) => Ok(Self { left, of }),
            Some((other, _)) => Err(StoreError::new(format_args!(
                "{of} in Redis has format {other} and this admit knows only {FORMAT}: use the release that wrote it"
            ))),
            None => Err(StoreError::new(format_args!("{of} in Redis is empty"))),
        }
    }

    fn short(&self) -> StoreError {
        StoreError::new(format_args!("{} in Redis ends too early: another program may use the prefix", self.of))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (array, left) = self.left.split_first_chunk::<N>().ok_or_else(|| self.short())?;
        self.left = left;
        Ok(*array)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, StoreError> {
        let (text, left) = self.left.split_at_checked(length).ok_or_else(|| self.short())?;
        self.left = left;
        std::str::from_utf8(text).map_err(StoreError::new)
    }

    fn time(&mut self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_seconds(u32::from_be_bytes(self.array()?).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use admit_core::assurance::Method;

    fn kept(device: Device) -> Kept {
        let record = SessionRecord {
            id: SessionId::from_bytes([2; 16]),
            created_at: Timestamp::from_seconds(1_700_000_000),
            last_seen_at: Timestamp::from_seconds(1_700_000_060),
            absolute_expires_at: Timestamp::from_seconds(1_700_028_800),
            generation: Generation(7),
            roles_version: 9,
            superseded_at: None,
            assurance: Assurance::of_before(Timestamp::from_seconds(1_700_000_000)),
        };
        Kept { subject: SubjectId::from_bytes([1; 16]), record, device }
    }

    #[test]
    fn a_session_is_read_back_and_its_front_alone_too() {
        let device = Device { user_agent: "여우 🦊".repeat(3), address: "2001:db8::1".to_owned() };
        let session = kept(device);
        let bytes = session.encode();
        assert_eq!(Kept::decode(&bytes).unwrap(), session);
        assert_eq!(Kept::decode(&bytes[..53]).unwrap(), kept(Device::default()));
        assert_eq!(bytes[37..41], time(session.record.last_seen_at), "the place that touches write");
        for end in (0..bytes.len()).filter(|end| *end != 53) {
            // Cut inside the address it is a shorter address.
            assert!(Kept::decode(&bytes[..end]).is_err() || end > bytes.len() - 12, "cut at {end}");
        }
    }

    #[test]
    fn a_session_under_its_secret_of_before_says_since_when_and_nothing_of_its_device() {
        let at = Timestamp::from_seconds(1_700_000_070);
        let mut bytes = kept(Device::default()).encode()[..53].to_vec();
        bytes[0] = 2;
        assert!(Kept::decode(&bytes).is_err(), "without the time");
        bytes.extend_from_slice(&time(at));
        let session = kept(Device::default());
        let superseded = Kept { record: SessionRecord { superseded_at: Some(at), ..session.record }, ..session };
        assert_eq!(Kept::decode(&bytes).unwrap(), superseded);
        bytes.extend_from_slice(&[7; 32]);
        assert_eq!(Kept::decode(&bytes).unwrap(), superseded);
    }

    #[test]
    fn what_was_proved_is_written_unless_it_is_a_password_given_at_the_beginning() {
        let device = Device { user_agent: "Firefox".to_owned(), address: "2001:db8::1".to_owned() };
        let both = Methods::of([Method::Password, Method::OneTimePassword]).unwrap();
        let began = Timestamp::from_seconds(1_700_000_000);
        let later = Timestamp::from_seconds(1_700_000_050);
        for assurance in [Assurance::new(both, began), Assurance::of_before(later), Assurance::new(both, later)] {
            let mut session = kept(device.clone());
            session.record.assurance = assurance;
            let bytes = session.encode();
            assert_eq!((bytes[0], front(bytes.first().copied())), (3, 58));
            assert_eq!(bytes[53..58], assurance.stored().to_be_bytes()[3..], "as the other stores have it");
            assert_eq!(Kept::decode(&bytes).unwrap(), session);
            assert_eq!(Kept::decode(&bytes[..58]).unwrap(), Kept { device: Device::default(), ..session.clone() });
            assert!(Kept::decode(&bytes[..57]).is_err());
            let before = [&[4], &bytes[1..58], &time(later)].concat();
            assert_eq!((front(Some(4)), before.len()), (62, 62));
            let superseded = Kept::decode(&before).unwrap().record;
            assert_eq!((superseded.superseded_at, superseded.assurance), (Some(later), assurance));
            let mut unknown = bytes;
            unknown[57] = 64;
            assert!(Kept::decode(&unknown).is_err());
        }
        assert_eq!(kept(device).encode()[0], 1, "as the previous release has it");
    }

    #[test]
    fn a_session_that_begins_right_after_its_password_is_read_by_the_previous_release() {
        let given = Timestamp::from_seconds(1_700_000_000);
        let format = |methods, opened_at: Timestamp| {
            let mut session = kept(Device::default());
            session.record.assurance = Assurance::new(methods, given);
            session.record.created_at = began_at(opened_at, session.record.assurance);
            let read = Kept::decode(&session.encode()).unwrap().record;
            assert_eq!(read.assurance, session.record.assurance);
            session.encode()[0]
        };
        let key = Methods::of([Method::SoftwareKey]).unwrap();
        assert_eq!(format(Methods::PASSWORD, Timestamp::from_millis(1_700_000_009_999)), 1);
        assert_eq!(format(Methods::PASSWORD, Timestamp::from_seconds(1_700_000_010)), 3);
        assert_eq!(format(key, given), 3);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let device = Device { user_agent: "가".repeat(1000), address: String::new() };
        let read = Kept::decode(&kept(device).encode()).unwrap();
        assert_eq!(read.device.user_agent, "가".repeat(256));
    }

    #[test]
    fn a_subject_is_read_back() {
        for roles in [&[][..], &["admin", "customer"][..]] {
            let state = SubjectState {
                id: SubjectId::from_bytes([3; 16]),
                username: "앨리스".into(),
                status: if roles.is_empty() { Status::Disabled } else { Status::Active },
                generation: Generation(u32::MAX),
                roles_version: 4,
                roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
            };
            let subject = Versioned { state: Arc::new(state), version: 1 << 40 };
            let bytes = subject.encode();
            let read = Versioned::decode(&bytes).unwrap();
            assert_eq!((read.state, read.version), (subject.state, subject.version));
            assert_eq!(bytes[17], u8::from(roles.is_empty()), "the place that scripts look at");
            assert!((0..36).all(|end| Versioned::decode(&bytes[..end]).is_err()));
        }
    }

    #[test]
    fn another_format_is_an_error_that_says_what_to_do() {
        let error = Kept::decode(&[5, 0, 0]).unwrap_err().to_string();
        assert!(error.contains("use the release that wrote it"), "{error}");
    }
}
