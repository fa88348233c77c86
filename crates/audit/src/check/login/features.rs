//! What can be told apart about answers, apart from what differs from one request to the next anyhow.

use std::collections::BTreeSet;
use std::sync::Arc;

use admit_words::{Words, say};

use crate::http::Exchange;

/// Headers that differ by themselves, or that count requests.
const RESTLESS: [&str; 16] = [
    "age",
    "alt-svc",
    "connection",
    "content-length",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "nel",
    "report-to",
    "retry-after",
    "server-timing",
    "set-cookie",
    "transfer-encoding",
    "via",
];

/// The status, headers and pieces of text of all answers; `names` are those that were submitted.
pub(super) fn features(steps: &[Arc<Exchange>], names: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (number, exchange) in steps.iter().enumerate() {
        all.insert(format!("{number} status {}", exchange.status()));
        for (header, value) in &exchange.received.headers {
            let restless = RESTLESS.contains(&header.as_str())
                || ["ratelimit", "rate-limit", "request-id", "trace", "correlation", "runtime", "-ray", "amz"]
                    .iter()
                    .any(|word| header.contains(word));
            if !restless {
                all.insert(format!("{number} header {header}: {}", settled(value, names)));
            }
        }
        for cookie in exchange.set_cookies() {
            all.insert(format!("{number} cookie {}", cookie.name));
        }
        let body = settled(exchange.body(), names);
        for piece in body.split(['<', '>']).map(str::trim).filter(|piece| !piece.is_empty()) {
            all.insert(format!("{number} text {piece}"));
        }
    }
    all
}

/// The text with a sign for each name, and for each run of characters that looks random.
fn settled(text: &str, names: &[&str]) -> String {
    let mut text = text.to_owned();
    for name in names {
        let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let escaped = name.replace('&', "&amp;").replace('+', "&#43;").replace('@', "&#64;");
        for form in [encoded.as_str(), escaped.as_str(), *name] {
            text = text.replace(form, "NAME");
        }
    }
    let in_run = |character: char| character.is_ascii_alphanumeric() || "_-+/=.:".contains(character);
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars().chain([' ']) {
        if in_run(character) {
            run.push(character);
            continue;
        }
        kept.push_str(if is_random(&run) { "#" } else { &run });
        run.clear();
        kept.push(character);
    }
    kept
}

/// Ids, tokens, nonces, times: long, with digits among letters or of digits alone.
fn is_random(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let upper = run.bytes().filter(u8::is_ascii_uppercase).count();
    (run.len() >= 12 && digits > 0) || (run.len() >= 20 && upper >= 3) || (run.len() >= 6 && digits == run.len())
}

/// What is always so in the first and never in the second.
pub(super) fn only_in(first: [&BTreeSet<String>; 2], second: [&BTreeSet<String>; 2]) -> Vec<String> {
    let [first, again] = first;
    let in_second = |feature: &&String| second.iter().any(|set| set.contains(*feature));
    first.intersection(again).filter(|feature| !in_second(feature)).cloned().collect()
}

/// Says one difference, the plainest: the status, else a text, else what there is.
pub(super) fn plainest(features: &[String]) -> Words {
    let of = |kind: &str| {
        features
            .iter()
            .find_map(|feature| feature.split_once(kind).map(|(_, rest)| rest.chars().take(120).collect::<String>()))
    };
    if let Some(status) = of(" status ") {
        return say!("status {status}", "상태 {status}");
    }
    if let Some(text) = of(" text ") {
        return Words::same(format!("\"{text}\""));
    }
    if let Some(header) = of(" header ") {
        return Words::same(header);
    }
    if let Some(cookie) = of(" cookie ") {
        return say!("the cookie {cookie}", "쿠키 {cookie}");
    }
    say!("nothing of the kind", "그런 것이 없음")
}

#[cfg(test)]
mod tests {
    use super::{is_random, settled};

    #[test]
    fn names_and_tokens_are_settled_and_sentences_stay() {
        let text = "No user alice. <input value=\"3q2-7wAAbeefCAFE01\"> Try again-later-please, alice";
        assert_eq!(settled(text, &["alice"]), "No user NAME. <input value=\"#\"> Try again-later-please, NAME ");
        assert!(is_random("1732600000") && !is_random("401") && !is_random("current-password"));
    }
}
