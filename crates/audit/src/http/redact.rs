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

    /// The text without them; what looks like a JWT goes too.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (secret, stands_for) in &self.known {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &format!("${stands_for}"));
            }
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            if encoded != *secret && text.contains(&encoded) {
                text = text.replace(&encoded, &format!("${stands_for}"));
            }
        }
        without_jwts(&text)
    }
}

fn without_jwts(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("eyJ") {
        kept.push_str(before);
        let end = from.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(from.len());
        let (token, after) = from.split_at_checked(end).unwrap_or((from, ""));
        if token.matches('.').count() >= 2 {
            kept.push_str("$JWT");
        } else {
            kept.push_str("eyJ");
            kept.push_str(token);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}
