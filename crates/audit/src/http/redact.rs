//! Takes secrets out of what is printed.

/// The secrets that were met, each with the name that stands for it.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Vec<(String, &'static str)>,
}

impl Redactor {
    /// Remembers a secret. Short texts are left: taking them out would blank half of a page.
    pub(crate) fn learn(&mut self, secret: &str, stands_for: &'static str) {
        if secret.len() < 6 || self.known.iter().any(|(known, _)| known == secret) {
            return;
        }
        let at = self.known.partition_point(|(known, _)| known.len() >= secret.len());
        self.known.insert(at, (secret.to_owned(), stands_for));
    }

    /// The text without them; what looks like a JWT goes too. Letters that steer a terminal become �: the text is the site's.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.parts(text).iter().map(Part::shown).collect()
    }

    /// The text in parts: what may be shown, and names for what may not.
    pub(crate) fn parts(&self, text: &str) -> Vec<Part> {
        let harmless = |letter: char| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter };
        let mut parts = vec![Part::Text(text.chars().map(harmless).collect())];
        for (secret, stands_for) in &self.known {
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            parts = split(parts, secret, stands_for);
            if encoded != *secret {
                parts = split(parts, &encoded, stands_for);
            }
        }
        parts.into_iter().flat_map(without_jwts).collect()
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// As it was.
    Text(String),
    /// The name of what was there.
    Name(&'static str),
}

impl Part {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Name(name) => format!("${name}"),
        }
    }
}

fn split(parts: Vec<Part>, secret: &str, name: &'static str) -> Vec<Part> {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) if text.contains(secret) => {
                for (at, piece) in text.split(secret).enumerate() {
                    if at > 0 {
                        all.push(Part::Name(name));
                    }
                    all.push(Part::Text(piece.to_owned()));
                }
            }
            other => all.push(other),
        }
    }
    all
}

fn without_jwts(part: Part) -> Vec<Part> {
    let Part::Text(text) = part else { return vec![part] };
    let (mut parts, mut kept, mut rest) = (Vec::new(), String::new(), text.as_str());
    while let Some((before, from)) = rest.split_once("eyJ") {
        kept.push_str(before);
        let end = from.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(from.len());
        let (token, after) = from.split_at_checked(end).unwrap_or((from, ""));
        if token.matches('.').count() >= 2 {
            parts.push(Part::Text(std::mem::take(&mut kept)));
            parts.push(Part::Name("JWT"));
        } else {
            kept.push_str("eyJ");
            kept.push_str(token);
        }
        rest = after;
    }
    kept.push_str(rest);
    parts.push(Part::Text(kept));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.learn("hunter2 hunter2", "PASSWORD");
        redactor.learn("c2Vzc2lvbi1pZA", "COOKIE");
        redactor
    }

    #[test]
    fn secrets_go_as_they_are_and_as_forms_write_them_and_so_do_jwts() {
        let text =
            "sid=c2Vzc2lvbi1pZA&password=hunter2+hunter2&t=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x&again=hunter2 hunter2";
        assert_eq!(redactor().redact(text), "sid=$COOKIE&password=$PASSWORD&t=$JWT&again=$PASSWORD");
        assert_eq!(redactor().redact("eyJ is how they begin"), "eyJ is how they begin");
    }

    #[test]
    fn what_steers_a_terminal_is_taken_out() {
        assert_eq!(redactor().redact("a\u{1b}[2Jb\r\nc"), "a\u{fffd}[2Jb\u{fffd}\nc");
    }

    proptest! {
        #[test]
        fn no_text_around_a_secret_lets_it_through(before in ".{0,40}", after in ".{0,40}") {
            let text = format!("{before}hunter2 hunter2{after}c2Vzc2lvbi1pZA");
            let shown = redactor().redact(&text);
            prop_assert!(!shown.contains("hunter2 hunter2") && !shown.contains("c2Vzc2lvbi1pZA"));
        }
    }
}
