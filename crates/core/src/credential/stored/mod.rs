//! Stored password hashes: those that admit makes, and those that other systems made and whose users come here.
//!
//! A text is read once, at the door, and what it asks for is bounded there: whoever can bring in users must not be able to
//! bring in one whose login takes the machine. The same reading is done again at each verification, so that a text that came
//! into the database by another way is bounded too.
//!
//! | system | what it writes | read here |
//! |---|---|---|
//! | PHC strings: admit, passlib, argon2-cffi, RustCrypto | `$argon2id$…`, `$scrypt$…`, `$pbkdf2-sha256$…` | yes |
//! | passlib's own | `$pbkdf2-sha256$29000$…` | yes |
//! | PHP, Rails, Spring, Node, Go: bcrypt | `$2a$…`, `$2b$…`, `$2y$…` | yes |
//! | Spring and LDAP, with the scheme before it | `{bcrypt}$2a$…`, `{argon2}…`, `{CRYPT}$2y$…`, `{PBKDF2-SHA256}…`, `{ARGON2}…` | yes, at the import |
//! | Django | `pbkdf2_sha256$…`, `pbkdf2_sha1$…`, `scrypt$…`, `argon2$…`, `bcrypt_sha256$…`, `bcrypt$…` | yes |
//! | anything fast or without salt | MD5, SHA-1, one SHA-2, plain text, crypt | refused |
//!
//! Those systems hash the bytes that the browser sent; admit hashes Unicode normal form KC. So the hash of another system is
//! compared with the password as typed.

mod argon2id;
mod bcrypt;
mod pbkdf2;
mod prefix;
mod scrypt;

use data_encoding::{BASE64, BASE64_NOPAD};

use super::cost::{Cost, HashError, Memory};
use super::plaintext::Password;
use super::unusable;
pub use super::unusable::Unusable;
pub(super) use prefix::bare;

/// The most memory that one verification may take, in bytes. Argon2 as Django sets it asks for 100 MiB, scrypt as OWASP
/// recommends it for 128.
pub const MAX_MEMORY: u64 = Cost::CAP.memory_kib as u64 * 1024;

/// The longest text that is read, in bytes. The longest real ones have some 250.
const MAX_TEXT: usize = 1024;

/// The shortest salt, in bytes.
const MIN_SALT: usize = 8;

/// A stored password hash, read and found to ask for no more than one login may take.
pub struct StoredHash(Scheme);

enum Scheme {
    Argon2(argon2id::Stored),
    Bcrypt(bcrypt::Stored),
    Scrypt(scrypt::Stored),
    Pbkdf2(pbkdf2::Stored),
}

/// Whether a password is the one that a hash was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Another.
    No,
    /// This one.
    Yes,
    /// As much of it as the hash was made of. What was typed beyond that proves nothing, and may be a slip of the finger.
    InPart,
}

impl Match {
    fn of(same: bool) -> Self {
        if same { Self::Yes } else { Self::No }
    }
}

impl StoredHash {
    /// Reads a stored text.
    ///
    /// # Errors
    /// With the reason, as a sentence that does not show the text.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        if text.len() > MAX_TEXT {
            return Err(Unusable::Unknown);
        }
        if let Some(refused) = unusable::by_its_look(text) {
            return Err(refused);
        }
        let scheme = if text.starts_with("$argon2") {
            Scheme::Argon2(argon2id::Stored::parse(text)?)
        } else if let Some(phc) = text.strip_prefix("argon2$").filter(|phc| phc.starts_with("argon2")) {
            Scheme::Argon2(argon2id::Stored::parse(&format!("${phc}"))?)
        } else if text.starts_with("$2") {
            Scheme::Bcrypt(bcrypt::Stored::parse(text, bcrypt::Before::Nothing)?)
        } else if let Some(inner) = text.strip_prefix("bcrypt$") {
            Scheme::Bcrypt(bcrypt::Stored::parse(inner, bcrypt::Before::Nothing)?)
        } else if let Some(inner) = text.strip_prefix("bcrypt_sha256$") {
            Scheme::Bcrypt(bcrypt::Stored::parse(inner, bcrypt::Before::Sha256Hex)?)
        } else if let Some(fields) = text.strip_prefix("$scrypt$") {
            Scheme::Scrypt(scrypt::Stored::parse_phc(fields)?)
        } else if let Some(fields) = text.strip_prefix("scrypt$") {
            Scheme::Scrypt(scrypt::Stored::parse_django(fields)?)
        } else if let Some(fields) = text.strip_prefix("$pbkdf2") {
            Scheme::Pbkdf2(pbkdf2::Stored::parse_phc(fields)?)
        } else if let Some(fields) = text.strip_prefix("pbkdf2_") {
            Scheme::Pbkdf2(pbkdf2::Stored::parse_django(fields)?)
        } else {
            return Err(Unusable::Unknown);
        };
        Ok(Self(scheme))
    }

    /// Whether it is what admit itself would make today: Argon2id, of the newest version, at this cost.
    #[must_use]
    pub fn is_current(&self, cost: Cost) -> bool {
        matches!(&self.0, Scheme::Argon2(stored) if stored.is_current(cost))
    }

    /// The name of its scheme.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self.0 {
            Scheme::Argon2(_) => "argon2",
            Scheme::Bcrypt(_) => "bcrypt",
            Scheme::Scrypt(_) => "scrypt",
            Scheme::Pbkdf2(_) => "pbkdf2",
        }
    }

    /// The memory that a verification takes, in bytes; what is below 4 KiB is not counted.
    #[must_use]
    pub fn memory(&self) -> u64 {
        match &self.0 {
            Scheme::Argon2(stored) => u64::from(stored.cost().memory_kib) * 1024,
            Scheme::Scrypt(stored) => stored.memory(),
            Scheme::Bcrypt(_) | Scheme::Pbkdf2(_) => 0,
        }
    }

    /// Compares in constant time.
    ///
    /// # Errors
    /// When the scheme's own implementation refuses what was read. It never means a wrong password.
    pub fn verify(&self, password: &Password, memory: &mut Memory) -> Result<Match, HashError> {
        match &self.0 {
            Scheme::Argon2(stored) => stored.verify(password, memory),
            Scheme::Bcrypt(stored) => stored.verify(password.typed().as_bytes()),
            Scheme::Scrypt(stored) => stored.verify(password.typed().as_bytes()),
            Scheme::Pbkdf2(stored) => Ok(stored.verify(password.typed().as_bytes())),
        }
    }
}

/// Base64 with or without its padding, as the one or the other system writes it. It must have its one spelling otherwise.
fn base64(text: &str) -> Option<Vec<u8>> {
    BASE64_NOPAD.decode(text.as_bytes()).or_else(|_| BASE64.decode(text.as_bytes())).ok()
}

/// A number in decimal digits alone: no sign, no leading zero.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(number("600000"), Some(600_000));
        for bad in ["", "0", "+1", "-1", "01", " 1", "1 ", "99999999999", "١"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused_by_name() {
        let refused = |text: &str| StoredHash::parse(text).err();
        for weak in [
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
            "5E884898DA28047151D0E56F8DC6292773603D0D6AABBDD62A11EF721D1542D8",
            "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
            "sha1$salt$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
            "unsalted_md5$5f4dcc3b5aa765d61d8327deb882cf99",
            "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
            "$apr1$salt$abc",
            "{SSHA}abcdef",
            "{SHA}abcdef",
        ] {
            assert_eq!(refused(weak), Some(Unusable::Weak), "{weak}");
        }
        for none in ["", "!", "!Xyz123", "*", "*0"] {
            assert_eq!(refused(none), Some(Unusable::NoPassword), "{none}");
        }
        for unknown in ["hunter2", "$6$salt$hash", "pbkdf3$1", "argon2$", "argon2$x", "비밀번호", "$"] {
            assert_eq!(refused(unknown), Some(Unusable::Unknown), "{unknown}");
        }
        assert_eq!(refused(&"a".repeat(5000)), Some(Unusable::Unknown));
    }

    #[test]
    fn a_refusal_says_what_to_do_and_never_shows_the_text() {
        for text in ["hunter2", "$2b$31$abcdefghijklmnopqrstuuhunter2hunter2hunter2hunter2hunte", "sha1$hunter2$a"] {
            let sentence = StoredHash::parse(text).err().unwrap().to_string();
            assert!(sentence.ends_with('.') && !sentence.contains("hunter2"), "{sentence}");
        }
    }
}
