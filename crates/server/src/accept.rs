//! Proactive negotiation (RFC 9110 section 12): what the weights of `Accept` and `Accept-Language` come to.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

/// A weight of 1, in thousandths.
const FULL: u16 = 1000;

/// A browser sends a handful of ranges. Whoever sends thousands is not choosing.
const MOST_RANGES: usize = 32;

/// Whether a page is wanted rather than JSON: the caller prefers HTML, and did not itself send JSON.
///
/// Of two that weigh the same, the one that is named exactly comes before one that a wildcard covers, and of two exact ones the
/// first. Whoever takes anything gets JSON: programs say `*/*`, and browsers name HTML.
#[must_use]
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if sent.trim_start().to_ascii_lowercase().starts_with("application/json") {
        return false;
    }
    let accepted = lines(headers, &ACCEPT);
    let (html, json) = (best(&accepted, "text", "html"), best(&accepted, "application", "json"));
    html.weight > 0 && html > json
}

/// How a media type is accepted. The order is that of preference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    weight: u16,
    /// 3 for `type/subtype`, 2 for `type/*`, 1 for `*/*`, 0 when nothing covers it.
    exactness: u8,
    /// Higher the earlier it was named.
    earliness: u8,
}

/// By the most exact range that covers the type; one that is there twice counts as the heavier.
fn best(accepted: &str, kind: &str, subtype: &str) -> Preference {
    let mut best = Preference::default();
    for (at, (range, weight)) in ranges(accepted).enumerate() {
        let Some((first, second)) = range.split_once('/') else { continue };
        let exactness = match (first.trim(), second.trim()) {
            ("*", "*") => 1,
            (first, "*") if first.eq_ignore_ascii_case(kind) => 2,
            (first, second) if first.eq_ignore_ascii_case(kind) && second.eq_ignore_ascii_case(subtype) => 3,
            _ => continue,
        };
        let found = Preference { weight, exactness, earliness: u8::try_from(MOST_RANGES - at).unwrap_or(0) };
        if exactness > best.exactness || (exactness == best.exactness && weight > best.weight) {
            best = found;
        }
    }
    best
}

/// Every line of a header as one list. A line that is not text says nothing.
#[must_use]
pub(crate) fn lines(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect::<Vec<_>>().join(",")
}

/// The ranges of a list, each with its weight in thousandths (RFC 9110 section 12.4.2). One whose weight cannot be read is left
/// out: it is not wanted for sure. Other parameters of a range are not looked at.
pub(crate) fn ranges(list: &str) -> impl Iterator<Item = (&str, u16)> {
    split(list, ',').take(MOST_RANGES).filter_map(|item| {
        let mut parts = split(item, ';');
        let range = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
        });
        match weight.unwrap_or(Some(FULL)) {
            Some(weight) if !range.is_empty() => Some((range, weight)),
            Some(_) | None => None,
        }
    })
}

/// Splits at a character that does not stand in a quoted string (RFC 9110 section 5.6.4).
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        let literal = std::mem::take(&mut escaped);
        match c {
            '"' if !literal => quoted = !quoted,
            '\\' if quoted && !literal => escaped = true,
            _ => {}
        }
        c == at && !quoted
    })
}

/// `0`, `0.5`, `1.000`: at most three digits after the point, and at most 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(FULL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(accept: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in accept {
            headers.append(ACCEPT, line.parse().unwrap());
        }
        wants_page(&headers)
    }

    #[test]
    fn a_page_is_for_whoever_prefers_html_by_its_weight() {
        for html in [
            "text/html",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "TEXT/HTML",
            "text/*",
            "text/html;charset=utf-8",
            "text/html; q=0.5",
            "text/html;q=0.9, application/json;q=0.8",
            "application/json;q=0, text/html;q=0.001",
            "text/html, */*",
            "text/*, */*",
            "text/html, application/json",
            "*/*;q=0.1, text/*;q=0.2",
            "application/json;q=0, */*",
            "application/json;q=1.5, text/html",
            "application/signed-exchange;v=\"b3;q=0,\";q=0.7, text/html;q=0.6",
        ] {
            assert!(page(&[html]), "{html}");
        }
        assert!(page(&["application/json;q=0.5", "text/html"]), "two lines are one list");
        for json in [
            "",
            "*/*",
            "application/json",
            "application/json, text/html;q=0",
            "application/json, text/html;q=0.0",
            "application/json, text/html; Q=0.000",
            "application/json, text/html;q=0.9",
            "text/html;q=0.5, application/json",
            "application/json, text/plain, */*",
            "application/json, text/html",
            "text/html;q=0, */*",
            "text/html;q=0, text/*",
            "text/html;q=x, application/json",
            "text/html;q=1.001",
            "text/html;q=-1",
            "text/html;q=0.0001",
            "text/html;q=",
            "text/html;q=.5",
            "text/htmlx",
            "x-text/html",
            "application/x;a=\"text/html\"",
            "image/*",
            "text/html;a=\"q=1\";q=0",
        ] {
            assert!(!page(&[json]), "{json}");
        }
    }

    #[test]
    fn whoever_sends_json_gets_json() {
        let headers = HeaderMap::from_iter([
            (ACCEPT, "text/html".parse().unwrap()),
            (CONTENT_TYPE, "Application/JSON; charset=utf-8".parse().unwrap()),
        ]);
        assert!(!wants_page(&headers));
    }

    proptest! {
        #[test]
        fn of_two_weights_the_higher_one_decides_in_whatever_order(html in 0_u16..=1000, json in 0_u16..=1000) {
            prop_assume!(html != json);
            let q = |n: u16| format!("{}.{:03}", n / 1000, n % 1000);
            let (html_range, json_range) = (format!("text/html;q={}", q(html)), format!("application/json ; q={}", q(json)));
            let expected = html > json;
            let (one, other) = (format!("{html_range}, {json_range}"), format!("{json_range},{html_range}"));
            prop_assert_eq!(page(&[one.as_str()]), expected);
            prop_assert_eq!(page(&[other.as_str()]), expected);
        }

        #[test]
        fn no_accept_header_makes_reading_it_fail(text in "[ -~]{0,80}") {
            page(&[text.as_str()]);
        }
    }
}
