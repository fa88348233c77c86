//! One turn of `stored_hash`: the text of a password's hash, as a file of users to be imported has it.

use admit_core::credential::password::{Memory, Password};
use admit_core::credential::stored::{MAX_MEMORY, StoredHash};

/// Reads any text as a stored hash. Whatever is read asks for no more than is allowed, says so without showing the text when
/// it is refused, and is verified without a panic where that is quick.
pub fn stored_hash(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match StoredHash::parse(&text) {
        Ok(stored) => {
            assert!(stored.memory() <= MAX_MEMORY, "{} asks for {} bytes", stored.scheme(), stored.memory());
            let quick = match stored.scheme() {
                "argon2" => stored.memory() <= 1 << 20,
                "bcrypt" => text.contains("$04$"),
                _ => false,
            };
            if quick && let Some(password) = Password::new("ﬁve\0words") {
                drop(stored.verify(&password, &mut Memory::default()));
            }
        }
        Err(refused) => {
            let sentence = refused.to_string();
            assert!(sentence.ends_with('.') && sentence.len() < 400, "{sentence}");
        }
    }
}
