//! Which language a page is in. Whoever serves the shop remembers `?lang=` in the cookie `admit_lang`.

use admit::core::credential::find_cookie;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    #[default]
    En,
    Ko,
}

impl Lang {
    /// The BCP 47 tag.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language of a request: the one that the query asks for, else the cookie's, else the one that the browser
    /// prefers, else English.
    pub(crate) fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = query.and_then(|query| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == "lang").and_then(|(_, tag)| Self::of_tag(&tag))
        });
        let chosen = || find_cookie(headers, "admit_lang").ok().flatten().and_then(Self::of_tag);
        let wished = || headers.get(ACCEPT_LANGUAGE)?.to_str().ok().and_then(Self::preferred);
        asked.or_else(chosen).or_else(wished).unwrap_or_default()
    }

    /// The language of a tag: `ko`, `ko-KR`.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next()?;
        [Self::En, Self::Ko].into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.code()))
    }

    /// The one of `Accept-Language` with the highest weight (RFC 9110 section 12.5.4).
    fn preferred(header: &str) -> Option<Self> {
        let mut best = (0.0_f32, None);
        for range in header.split(',').take(32) {
            let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let weight = weight.trim().parse().unwrap_or(0.0);
            if let Some(lang) = Self::of_tag(tag)
                && weight > best.0
            {
                best = (weight, Some(lang));
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cookie: &str, accept: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", cookie.parse().unwrap());
        headers.insert("accept-language", accept.parse().unwrap());
        Lang::of(None, &headers)
    }

    #[test]
    fn the_query_comes_first_and_an_unknown_language_in_it_is_no_wish() {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", "admit_lang=ko".parse().unwrap());
        assert_eq!(Lang::of(Some("saved=1&lang=en"), &headers), Lang::En);
        assert_eq!(Lang::of(Some("lang=xx"), &headers), Lang::Ko);
    }

    #[test]
    fn the_cookie_comes_before_the_browsers_wish_and_english_is_last() {
        assert_eq!(of("admit_lang=ko", "en"), Lang::Ko);
        assert_eq!(of("admit_lang=en; other=1", "ko"), Lang::En);
        assert_eq!(of("admit_lang=xx", "ko-KR,ko;q=0.9,en;q=0.8"), Lang::Ko);
        assert_eq!(of("other=1", "en;q=0.3, ko;q=0.8"), Lang::Ko);
        assert_eq!(of("other=1", "fr"), Lang::En);
        assert_eq!(of("other=1", "ko;q=0"), Lang::En);
        assert_eq!(of("other=1", "ko;q=NaN, ,;q="), Lang::En);
    }
}
