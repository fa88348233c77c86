//! Where the test vectors of others are.

use std::io::Write;
use std::path::PathBuf;

/// The folder with test vectors: `ADMIT_VECTORS`, else `../shared/vectors` beside the checkout.
///
/// `None`, said out loud, where there is none; in CI that is an error.
///
/// # Panics
/// When `CI` is set and the folder is missing: there these tests must not be skipped.
#[must_use]
pub fn vectors() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors"));
    let folder = std::env::var_os("ADMIT_VECTORS").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let sentence = format!("SKIPPED: no test vectors at {} (set ADMIT_VECTORS)", folder.display());
    if std::env::var_os("CI").is_some() {
        panic!("{sentence}; CI must have them");
    }
    drop(writeln!(std::io::stderr(), "{sentence}"));
    None
}
