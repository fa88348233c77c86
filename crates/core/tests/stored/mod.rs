//! Password hashes that other systems made. `hashes.json` was written by `hashes.py`, with those systems' own tools.
#![expect(clippy::string_slice, reason = "a test reports by panicking")]

mod bounds;

use admit_core::credential::password::{self, Cost, Memory, Password, PasswordHash, Verdict};
use admit_core::credential::stored::StoredHash;
use serde_json::Value;

fn check(typed: &str, hash: &str) -> Verdict {
    let (password, stored) = (Password::new(typed).unwrap(), PasswordHash::from_phc(hash.to_owned()));
    password::verify(&password, &stored, Cost::OWASP, &mut Memory::default()).unwrap()
}

/// Whether the right password asks for its hash to be made again.
fn right(typed: &str, hash: &str) -> Option<bool> {
    match check(typed, hash) {
        Verdict::Right(right) => Some(right.rehash()),
        Verdict::Wrong => None,
    }
}

fn hashes() -> Value {
    serde_json::from_str(include_str!("hashes.json")).unwrap()
}

/// What others made: by whom, of which password, the hash.
fn made() -> Vec<(String, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = hashes();
    rows["made"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "by"), text(row, "password"), text(row, "hash")))
        .collect()
}

#[test]
fn a_hash_that_another_system_made_takes_the_password_and_asks_to_be_made_again() {
    for (by, typed, hash) in made() {
        assert!(PasswordHash::import(&hash).is_ok(), "{by}: {hash}");
        // bcrypt saw 72 bytes of it: the rest is not proved.
        let rehash = !(hash.starts_with("$2") && typed.len() > 72);
        assert_eq!(right(&typed, &hash), Some(rehash), "{by}: {hash}");
    }
}

#[test]
fn it_takes_no_other_password() {
    for (by, typed, hash) in made() {
        assert_eq!(check(&typed.replacen(|_| true, "Z", 1), &hash), Verdict::Wrong, "{by}: {hash}");
    }
}

#[test]
fn what_is_weak_locked_or_no_hash_is_refused() {
    let rows = hashes();
    for text in rows["refused"].as_array().unwrap() {
        assert!(StoredHash::parse(text.as_str().unwrap()).is_err(), "{text}");
    }
}

#[test]
fn bcrypt_stops_at_a_nul_and_after_72_bytes_and_what_is_past_that_does_not_become_the_password() {
    let (_, long, hash) =
        made().into_iter().find(|(_, typed, hash)| typed.len() == 80 && hash.starts_with("$2")).unwrap();
    assert_eq!(right(&long[..72], &hash), Some(false), "the owner's may be longer");
    assert_eq!(right(&long, &hash), Some(false));
    assert_eq!(right(&long.repeat(3), &hash), Some(false));
    assert_eq!(check(&long[..71], &hash), Verdict::Wrong);
    let (_, short, hash) = made().into_iter().find(|(_, _, hash)| hash.starts_with("$2")).unwrap();
    assert_eq!(right(&format!("{short}\0anything"), &hash), Some(false));
    assert_eq!(check(&format!("\0{short}"), &hash), Verdict::Wrong);
    // The hash of nothing, by the reference implementation: nobody signs in with nothing, in no disguise.
    assert_eq!(check("\0", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."), Verdict::Wrong);
    // Django hashes first, so that nothing is cut off.
    let (_, long, hash) = made().into_iter().find(|(_, _, hash)| hash.starts_with("bcrypt_sha256")).unwrap();
    assert_eq!(check(&format!("{long}\0"), &hash), Verdict::Wrong);
}

#[test]
fn what_admit_made_is_current_and_nothing_else_is() {
    let random = admit_core::random::OsRandom;
    let password = Password::new("correct horse battery").unwrap();
    let own = password::hash(&password, Cost::OWASP, &random, &mut Memory::default()).unwrap();
    assert!(own.is_current(Cost::OWASP));
    assert!(made().into_iter().all(|(_, _, hash)| !PasswordHash::from_phc(hash).is_current(Cost::OWASP)));
}
