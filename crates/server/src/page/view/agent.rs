//! A `User-Agent` header made short enough to recognize a device by. Shown, never decided upon: anyone can send anything.

/// Browsers by the token that tells them apart. The order matters: each of them also claims to be those after it.
const BROWSERS: [(&str, &str); 13] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("KAKAOTALK", "KakaoTalk"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems, in the same way: Android claims to be Linux, an iPhone to be like Mac OS X.
const SYSTEMS: [(&str, &str); 8] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The longest name shown for a client that is no browser we know, in characters.
const MAX_NAME_CHARS: usize = 32;

/// `Chrome · Linux` for a browser on a system, `curl` for a client that names itself, empty for nothing at all. The dot
/// instead of a word reads the same in every language.
#[must_use]
pub fn describe_user_agent(user_agent: &str) -> String {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(token, _)| user_agent.contains(token)).map(|(_, name)| *name)
    };
    let browser = match find(&BROWSERS) {
        Some(name) => name.to_owned(),
        None => first_word(user_agent),
    };
    match find(&SYSTEMS) {
        Some(system) if !browser.is_empty() => format!("{browser} · {system}"),
        Some(_) | None => browser,
    }
}

/// The product that a client names first (RFC 9110 section 10.1.5), without its version.
fn first_word(user_agent: &str) -> String {
    user_agent
        .split(|c: char| c == '/' || c.is_whitespace())
        .find(|word| !word.is_empty())
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::describe_user_agent as short;

    #[test]
    fn a_browser_is_named_with_its_system_although_it_claims_to_be_several() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome = format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/126.0.0.0 Safari/537.36");
        assert_eq!(short(&chrome), "Chrome · Linux");
        let edge = format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/126.0 Safari/537.36 Edg/126.0");
        assert_eq!(short(&edge), "Edge · Windows");
        let android = format!("Mozilla/5.0 (Linux; Android 14; Pixel 8) {webkit} Chrome/126.0 Mobile Safari/537.36");
        assert_eq!(short(&android), "Chrome · Android");
        let firefox = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0";
        assert_eq!(short(firefox), "Firefox · macOS");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/17.5 Mobile/15E148 Safari/604.1";
        assert_eq!(short(phone), "Safari · iOS");
    }

    #[test]
    fn a_client_that_is_no_browser_is_called_what_it_calls_itself() {
        assert_eq!(short("curl/8.7.1"), "curl");
        assert_eq!(short("  python-requests/2.32 extra"), "python-requests");
        assert_eq!(short("MyApp (Android 14)"), "MyApp · Android");
    }

    #[test]
    fn nonsense_is_shown_short_or_not_at_all() {
        assert_eq!(short(""), "");
        assert_eq!(short(" / "), "");
        assert_eq!(short(&"x".repeat(5000)).chars().count(), 32);
        assert_eq!(short("한글\u{1b}[31m/1"), "한글[31m");
    }
}
