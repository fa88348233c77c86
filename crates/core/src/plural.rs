//! Numbers of things in English sentences.

/// `1 second`, `5 seconds`: a number with its noun, which takes an s unless it is one.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    format!("{count} {}", noun_for(count, noun))
}

/// The noun alone, for a number that is written in another way.
#[must_use]
pub fn noun_for(count: u64, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { format!("{noun}s") }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!(plural(1, "second"), "1 second");
        for count in [0, 2, 11, 21, 101] {
            assert_eq!(plural(count, "second"), format!("{count} seconds"));
        }
    }
}
