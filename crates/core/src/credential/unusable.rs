//! Why a stored text is not taken as a password's hash.

/// The reason. It is printed beside the user's name, so it never shows the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// MD5, SHA-1, one SHA-2, no salt.
    #[error(
        "This hash is fast or has no salt (MD5, SHA-1, SHA-2 alone, crypt): whoever reads it soon has the password. Leave the \
         hash out; make the user with `admit user create` and a new password."
    )]
    Weak,
    /// The password itself.
    #[error(
        "This is a password in plain text, which is never accepted. Create the user with `admit user create` and a new password."
    )]
    Plain,
    /// No password was set, or it was locked.
    #[error(
        "This user has no password there: it was never set, or was locked. Make the user with `admit user create` and a \
         password."
    )]
    NoPassword,
    /// It begins like one of the known schemes.
    #[error(
        "This begins as a hash of {0} and cannot be read as one: it is cut off, changed, or written by something else. Export \
         it anew."
    )]
    Malformed(&'static str),
    /// It asks for too much.
    #[error(
        "A login with this {scheme} hash would take more than one may: it asks for {asked}, and at most {most} is taken. Lower \
         it where it was made, let the user sign in there once, and export anew."
    )]
    Costly {
        /// The scheme.
        scheme: &'static str,
        /// What it asks for, with its unit.
        asked: String,
        /// What is taken, with its unit.
        most: String,
    },
    /// It asks for so little that it is no better than a fast hash.
    #[error(
        "This {scheme} hash asks for {asked}, which is no protection; at least {least} is taken. Make the user with `admit user \
         create` and a new password."
    )]
    Cheap {
        /// The scheme.
        scheme: &'static str,
        /// What it asks for, with its unit.
        asked: String,
        /// What is taken, with its unit.
        least: String,
    },
    /// None of the known schemes.
    #[error(
        "This is not a password hash that admit knows. It takes bcrypt, scrypt, PBKDF2 and Argon2, also as Django and passlib \
         write them. A password in plain text is never taken: make the user with `admit user create`."
    )]
    Unknown,
}

/// What is refused before any scheme looks at it.
pub(super) fn by_its_look(text: &str) -> Option<Unusable> {
    const WEAK: [&str; 5] = ["md5$", "sha1$", "unsalted_", "$1$", "$apr1$"];
    /// Names in braces, in small letters, of schemes that are one fast hash, or none.
    const BRACED: [&str; 6] = ["{s", "{md", "{crypt}$1$", "{ldap}", "{plain-md", "{hmac"];
    const PLAIN: [&str; 4] = ["{noop}", "{cleartext}", "{plain}", "{clear}"];
    // Django writes "!" and random text where there is no password; shadow files write "!" and "*".
    if text.is_empty() || text.starts_with('!') || text.starts_with('*') {
        return Some(Unusable::NoPassword);
    }
    let braced: String = text.chars().take(16).collect::<String>().to_ascii_lowercase();
    if PLAIN.iter().any(|plain| braced.starts_with(plain)) {
        return Some(Unusable::Plain);
    }
    let braced = BRACED.iter().any(|weak| braced.starts_with(weak)) && !braced.starts_with("{scrypt}");
    let bare = matches!(text.len(), 16 | 32 | 40 | 56 | 64 | 96 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit());
    (bare || braced || WEAK.iter().any(|weak| text.starts_with(weak))).then_some(Unusable::Weak)
}
