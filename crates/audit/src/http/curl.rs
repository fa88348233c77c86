//! A request as a line for `curl`, with names where secrets were.

use super::exchange::Exchange;
use super::redact::Redactor;

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
            line.push_str(&quoted(&redactor.redact(text)));
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
        line.push_str(&quoted(&redactor.redact(self.request.url.as_str())));
        line
    }
}

/// Quoted for a shell: with double quotes where a variable has to be filled in.
fn quoted(text: &str) -> String {
    if text.contains('$') {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`");
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
