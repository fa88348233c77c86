//! The scheme's name in braces that Spring Security (`DelegatingPasswordEncoder`) and LDAP servers (RFC 2307 section 5.3) write
//! before a hash, and white space that a spreadsheet or a line end has left around it.

use std::borrow::Cow;

/// The text as the scheme itself writes it. A name that does not fit what follows stays, so that it is refused with it.
pub(in crate::credential) fn bare(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let named = || {
        let (name, hash) = text.strip_prefix('{')?.split_once('}')?;
        let name = name.to_ascii_lowercase();
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| hash.starts_with(beginning));
        Some(match name.as_str() {
            "bcrypt" | "blf-crypt" if begins(&["$2"]) => Cow::Borrowed(hash),
            "argon2" | "argon2id" | "argon2i" if begins(&["$argon2"]) => Cow::Borrowed(hash),
            "argon2@springsecurity_v5_2" | "argon2@springsecurity_v5_8" if begins(&["$argon2"]) => Cow::Borrowed(hash),
            // What crypt(3) of today's systems writes, of which only bcrypt is read here.
            "crypt" if begins(&["$2"]) => Cow::Borrowed(hash),
            "pbkdf2" if begins(&["$pbkdf2"]) => Cow::Borrowed(hash),
            "pbkdf2" | "pbkdf2-sha1" if begins(DIGITS) => Cow::Owned(format!("$pbkdf2${hash}")),
            "pbkdf2-sha256" if begins(DIGITS) => Cow::Owned(format!("$pbkdf2-sha256${hash}")),
            "pbkdf2-sha512" if begins(DIGITS) => Cow::Owned(format!("$pbkdf2-sha512${hash}")),
            _ => return None,
        })
    };
    named().unwrap_or(Cow::Borrowed(text))
}

const DIGITS: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "8", "9"];

#[cfg(test)]
mod tests {
    use crate::credential::password::PasswordHash;
    use crate::credential::stored::{StoredHash, Unusable};

    const BCRYPT: &str = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    const ARGON2: &str =
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const SALT_AND_HASH: &str = "29000$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_hash_with_the_name_of_its_scheme_in_braces_is_taken_without_it() {
        let passlib = format!("$pbkdf2-sha256${SALT_AND_HASH}");
        for (named, hash) in [
            (format!("{{bcrypt}}{BCRYPT}"), BCRYPT),
            (format!("{{BCRYPT}}{BCRYPT}"), BCRYPT),
            (format!("{{CRYPT}}{BCRYPT}"), BCRYPT),
            (format!("{{BLF-CRYPT}}{BCRYPT}"), BCRYPT),
            (format!("{{argon2}}{ARGON2}"), ARGON2),
            (format!("{{ARGON2ID}}{ARGON2}"), ARGON2),
            (format!("{{argon2@SpringSecurity_v5_8}}{ARGON2}"), ARGON2),
            (format!("{{PBKDF2-SHA256}}{SALT_AND_HASH}"), &passlib),
            (format!(" {{bcrypt}}{BCRYPT}\r\n"), BCRYPT),
        ] {
            assert_eq!(
                PasswordHash::import(&named).map(|taken| taken.as_phc().to_owned()).ok().as_deref(),
                Some(hash),
                "{named}"
            );
        }
    }

    #[test]
    fn white_space_around_a_hash_is_no_part_of_it() {
        for around in
            [format!("{BCRYPT} "), format!("\t{BCRYPT}\n"), format!("\u{feff}{BCRYPT}\u{a0}\r\n"), format!(" {ARGON2}")]
        {
            let taken = PasswordHash::import(&around).ok().map(|taken| taken.as_phc().to_owned());
            assert!(taken.is_some_and(|taken| taken == BCRYPT || taken == ARGON2), "{around:?}");
        }
    }

    #[test]
    fn a_name_in_braces_takes_nothing_that_is_weak_plain_or_another_scheme() {
        for (text, why) in [
            ("{noop}correct horse battery", Unusable::Plain),
            ("{CLEARTEXT}correct horse battery", Unusable::Plain),
            ("{MD5}X03MO1qnZdYdgyfeuILPmQ==", Unusable::Weak),
            ("{SSHA}abcdef", Unusable::Weak),
            ("{SSHA512}abcdef", Unusable::Weak),
            ("{sha256}abcdef", Unusable::Weak),
            ("{CRYPT}$1$salt$qJH7.N4xYta3aEG/dfqo/0", Unusable::Weak),
            ("{bcrypt}hunter2", Unusable::Unknown),
            ("{bcrypt}", Unusable::Unknown),
            ("{scrypt}$e0801$abc$def", Unusable::Unknown),
        ] {
            assert_eq!(PasswordHash::import(text).err(), Some(why), "{text}");
        }
        assert!(PasswordHash::import(&format!("{{argon2}}{BCRYPT}")).is_err(), "another scheme");
        assert!(StoredHash::parse(&format!("{{bcrypt}}{BCRYPT}")).is_err(), "only where it is imported");
    }
}
