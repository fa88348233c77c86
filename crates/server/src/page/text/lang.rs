//! Which language a page is in: the one asked for, else the one chosen before, else the one the browser prefers.

use admit_words::Language;

use super::Text;
use crate::accept::ranges;

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// The sentences of this language.
    #[must_use]
    pub fn text(self) -> &'static Text {
        match self {
            Self::En => &super::EN,
            Self::Ko => &super::KO,
        }
    }

    /// The BCP 47 tag, as in `<html lang>`, `?lang=` and the cookie.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// Chooses from `?lang=`, the language cookie and `Accept-Language` (RFC 9110 section 12.5.4), in that order. A value
    /// that names no language of ours is as good as absent; with nothing left it is English.
    #[must_use]
    pub fn choose(query: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        query
            .and_then(Self::of_tag)
            .or_else(|| cookie.and_then(Self::of_tag))
            .or_else(|| accept_language.and_then(Self::preferred))
            .unwrap_or_default()
    }

    /// The language of a tag: `ko`, `ko-KR`, `en_GB`.
    fn of_tag(tag: &str) -> Option<Self> {
        Some(match Language::of_tag(tag)? {
            Language::En => Self::En,
            Language::Ko => Self::Ko,
        })
    }

    /// The language of ours with the highest weight; of two with the same weight the one named first. `*` stands for those that
    /// are not named, English before the others.
    fn preferred(header: &str) -> Option<Self> {
        let ranges: Vec<(&str, u16)> = ranges(header).collect();
        let named = |(range, weight): &(&str, u16)| Self::of_tag(range).map(|lang| (lang, *weight));
        let others = ranges.iter().filter(|(range, _)| *range == "*").flat_map(|(_, weight)| {
            let unnamed = |lang: &Self| !ranges.iter().filter_map(named).any(|(named, _)| named == *lang);
            Self::ALL.into_iter().filter(unnamed).map(|lang| (lang, *weight))
        });
        let mut best: Option<(Self, u16)> = None;
        for (lang, weight) in ranges.iter().filter_map(named).chain(others) {
            if weight > best.map_or(0, |(_, heaviest)| heaviest) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_comes_before_the_one_chosen_before_and_that_before_the_browsers() {
        assert_eq!(Lang::choose(Some("ko"), Some("en"), Some("en")), Lang::Ko);
        assert_eq!(Lang::choose(None, Some("ko"), Some("en")), Lang::Ko);
        assert_eq!(Lang::choose(None, None, Some("ko")), Lang::Ko);
        assert_eq!(Lang::choose(None, None, None), Lang::En);
    }

    #[test]
    fn a_value_that_names_no_language_of_ours_is_as_good_as_absent() {
        assert_eq!(Lang::choose(Some("xx"), Some(""), Some("ko-KR")), Lang::Ko);
        assert_eq!(Lang::choose(Some("<script>"), None, Some("fr, de;q=0.9")), Lang::En);
    }

    #[test]
    fn the_heaviest_language_of_ours_wins_wherever_it_stands() {
        let of = |header| Lang::choose(None, None, Some(header));
        assert_eq!(of("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7"), Lang::Ko);
        assert_eq!(of("en;q=0.3, ko;q=0.8"), Lang::Ko);
        assert_eq!(of("fr-CH, fr;q=0.9, ko;q=0.5, *;q=0.1"), Lang::Ko);
        assert_eq!(of("KO"), Lang::Ko);
        assert_eq!(of("kok-IN, kok;q=0.9"), Lang::En);
        assert_eq!(of("en, ko"), Lang::En);
    }

    #[test]
    fn a_language_with_weight_zero_or_a_weight_that_cannot_be_read_is_not_wanted() {
        let of = |header| Lang::choose(None, None, Some(header));
        assert_eq!(of("ko;q=0, en;q=0.1"), Lang::En);
        assert_eq!(of("ko;q=abc, en;q=0.1"), Lang::En);
        assert_eq!(of("ko;q=7, en;q=0.001"), Lang::En);
        assert_eq!(of(";;;q=,,*;q"), Lang::En);
        assert_eq!(of("en;q=0, *"), Lang::Ko, "anything but English");
        assert_eq!(of("ko;q=0, *;q=0.1"), Lang::En);
        assert_eq!(of("en;q=0, fr;q=0.5"), Lang::En, "nothing of ours is wanted, and something has to be shown");
    }
}
