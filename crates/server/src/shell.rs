//! Words of a command that a message suggests: somebody will paste it into a shell.

/// A word as an argument at the end of a command: in single quotes, where nothing means anything, unless it is plain; after `--`
/// when it would be taken for an option.
#[must_use]
pub fn argument(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-+@%:,/=".contains(c);
    let quoted = match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    if word.starts_with('-') { format!("-- {quoted}") } else { quoted }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_word_stays_as_it_is_and_any_other_is_quoted() {
        for plain in ["alice", "Alice@example.org", "홍길동", "a.b_c-d+e"] {
            assert_eq!(argument(plain), plain);
        }
        assert_eq!(argument("a b"), "'a b'");
        assert_eq!(argument("it's"), "'it'\\''s'");
        assert_eq!(argument(""), "''");
        assert_eq!(argument("-x"), "-- -x");
        assert_eq!(argument("-$(id)"), "-- '-$(id)'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_reads_back_the_very_word(word in "[^\0]{0,20}") {
            // The shell's own printf shows what it has read; what comes after `--` is no option there either.
            let line = format!("printf %s {}", argument(&word).strip_prefix("-- ").map_or_else(|| argument(&word), str::to_owned));
            let output = Command::new("sh").args(["-c", &line]).output().unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout).into_owned(), word);
        }
    }
}
