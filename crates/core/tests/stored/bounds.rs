//! What a stored text may ask for.

use admit_core::credential::stored::{MAX_MEMORY, StoredHash, Unusable};
use proptest::prelude::*;

fn refused(text: &str) -> Option<Unusable> {
    StoredHash::parse(text).err()
}

#[test]
fn a_hash_that_would_take_the_machine_is_refused_with_what_it_asks_for() {
    let salt = "c2FsdHNhbHRzYWx0c2FsdA";
    let out = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let bcrypt = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZabcde";
    for (text, asked, most) in [
        (format!("$argon2id$v=19$m=4194304,t=1,p=1${salt}${out}"), "4194304 KiB", "131072 KiB"),
        (format!("$argon2id$v=19$m=1024,t=1000,p=1${salt}${out}"), "1000 passes", "16"),
        (format!("$argon2id$v=19$m=131072,t=16,p=1${salt}${out}"), "16 passes over", "1048576 KiB"),
        (format!("$argon2i$v=19$m=131072,t=1,p=64${salt}${out}"), "64 lanes", "8"),
        (format!("argon2$argon2id$v=19$m=999999,t=1,p=1${salt}${out}"), "999999 KiB", "131072 KiB"),
        (format!("$2b$15${bcrypt}"), "cost 15", "cost 14"),
        (format!("$2b$31${bcrypt}"), "cost 31", "cost 14"),
        (format!("$scrypt$ln=18,r=8,p=1${salt}${out}"), "256 MiB", "128 MiB"),
        (format!("$scrypt$ln=14,r=4294967295,p=1${salt}${out}"), "MiB", "128 MiB"),
        (format!("scrypt$16384$saltsalt$8$4294967295${out}="), "4294967295 lanes", "512 MiB"),
        (format!("$pbkdf2-sha256$i=5000001${salt}${out}"), "5000001 rounds", "5000000"),
        (format!("pbkdf2_sha256$4000000000$saltsalt${out}="), "4000000000 rounds", "5000000"),
    ] {
        let sentence = refused(&text).map(|refused| refused.to_string()).unwrap_or_default();
        assert!(sentence.contains(asked) && sentence.contains(most), "{text}: {sentence}");
    }
    for (text, least) in [
        (format!("$pbkdf2-sha256$999${salt}${out}"), "at least 1000 rounds"),
        (format!("$scrypt$ln=1,r=8,p=1${salt}${out}"), "at least 1 MiB"),
    ] {
        let sentence = refused(&text).map(|refused| refused.to_string()).unwrap_or_default();
        assert!(sentence.contains(least), "{text}: {sentence}");
    }
    for text in [
        format!("$pbkdf2-sha256$i=1000,l=64${salt}${out}"),
        format!("$pbkdf2-sha256$i=+1000${salt}${out}"),
        format!("$pbkdf2-sha256$1000$$${out}"),
        format!("$pbkdf2-md5$1000${salt}${out}"),
        format!("pbkdf2_sha256$1000$short${out}="),
        format!("$scrypt$ln=14,r=8,p=0${salt}${out}"),
        format!("$scrypt$ln=64,r=8,p=1${salt}${out}"),
        format!("scrypt$16383$saltsalt$8$1${out}="),
        format!("$2x$10${bcrypt}"),
        format!("$2b$+9${bcrypt}"),
        format!("$2b$10${}é", bcrypt.chars().take(51).collect::<String>()),
        "$argon2id$v=19$m=1024,t=1,p=1$$".to_owned(),
        format!("$argon2id$v=99$m=1024,t=1,p=1${salt}${out}"),
    ] {
        assert!(matches!(refused(&text), Some(Unusable::Malformed(_))), "{text}: {:?}", refused(&text));
    }
}

/// A text that begins as a hash and goes on as it likes.
fn nearly() -> impl Strategy<Value = String> {
    let beginnings = prop::sample::select(vec![
        "$argon2id$",
        "argon2$argon2id$",
        "$2b$",
        "bcrypt$",
        "bcrypt_sha256$",
        "$scrypt$",
        "scrypt$",
        "$pbkdf2-sha256$",
        "pbkdf2_sha256$",
        "$pbkdf2$",
        "",
    ]);
    let pieces = prop::sample::select(vec![
        "$",
        ",",
        "v=19",
        "m=65536",
        "t=2",
        "p=1",
        "ln=14",
        "r=8",
        "i=600000",
        "l=32",
        "16384",
        "0",
        "4294967295",
        "12",
        "c2FsdHNhbHRzYWx0c2FsdA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "=",
        "é",
        "\0",
        "2b",
    ]);
    (beginnings, prop::collection::vec(pieces, 0..12)).prop_map(|(begin, pieces)| begin.to_owned() + &pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn whatever_is_stored_is_read_without_a_panic_and_never_takes_more_than_is_allowed(text in nearly()) {
        if let Ok(stored) = StoredHash::parse(&text) {
            prop_assert!(stored.memory() <= MAX_MEMORY);
        }
    }

    #[test]
    fn a_stranger_s_text_is_no_hash(text in "\\PC{0,80}") {
        prop_assert!(StoredHash::parse(&text).is_err());
    }
}
