//! Which language a page is in. The server turns `?lang=` into a cookie before the shop sees the request.

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

    /// The language of a request: the cookie's, else the one that the browser prefers, else English.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = find_cookie(headers, "admit_lang").ok().flatten().and_then(Self::of_tag);
        let wished = || headers.get(ACCEPT_LANGUAGE)?.to_str().ok().and_then(Self::preferred);
        chosen.or_else(wished).unwrap_or_default()
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
        Lang::of(&headers)
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
