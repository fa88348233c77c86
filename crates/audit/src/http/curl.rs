//! A request as a line for `curl`, with names where secrets were.

use super::exchange::Exchange;
use super::redact::{Part, Redactor};

impl Exchange {
    /// The line that sends this request again. Variables (`$SESSION`, `$PASSWORD`, …) stand for secrets.
    #[must_use]
    pub fn curl(&self, redactor: &Redactor) -> String {
        let mut line = String::from("curl -i");
        match self.request.method {
            "GET" => {}
            "HEAD" => line.push_str(" -I"),
            method => {
                line.push_str(" -X ");
                line.push_str(method);
            }
        }
        let mut option = |name: &str, text: &str| {
            line.push(' ');
            line.push_str(name);
            line.push(' ');
            line.push_str(&quoted(&redactor.parts(text)));
        };
        for (name, value) in self.request.browser_headers().iter().chain(&self.request.headers) {
            option("-H", &format!("{name}: {value}"));
        }
        if let Some(cookies) = &self.cookies {
            option("-b", cookies);
        }
        if let Some((media, body)) = &self.request.body {
            option("-H", &format!("Content-Type: {media}"));
            option("--data-raw", body);
        }
        line.push(' ');
        line.push_str(&quoted(&redactor.parts(self.request.url.as_str())));
        line
    }
}

/// Quoted for a shell. What the site wrote stands in single quotes, where nothing means anything: somebody will paste this
/// line. Only the names that we put there are variables.
fn quoted(parts: &[Part]) -> String {
    let mut line = String::new();
    for part in parts {
        match part {
            Part::Text(text) if text.is_empty() && parts.len() > 1 => {}
            Part::Text(text) => {
                line.push('\'');
                line.push_str(&text.replace('\'', "'\\''"));
                line.push('\'');
            }
            Part::Name(name) => {
                line.push_str("\"$");
                line.push_str(name);
                line.push('"');
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_variables_and_what_the_site_wrote_is_not() {
        let parts = [Part::Text("sid=".to_owned()), Part::Name("COOKIE"), Part::Text("; x=$(id)`id`".to_owned())];
        assert_eq!(quoted(&parts), r#"'sid='"$COOKIE"'; x=$(id)`id`'"#);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_shell_reads_back_exactly_what_was_quoted(text in "[^\\x00]{0,60}") {
            let word = quoted(&[Part::Text(text.clone())]);
            let script = format!("printf %s {word}");
            let out = std::process::Command::new("sh").args(["-c", &script]).output().expect("a shell");
            prop_assert_eq!(String::from_utf8_lossy(&out.stdout), text);
        }
    }
}
