//! Which language a reader gets.

/// A language that admit speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// Its BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language of a tag or locale: `ko`, `ko-KR`, `ko_KR.UTF-8`. `None` for any other, as `kok_IN`, which is Konkani.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The language of a program's environment, as POSIX orders its variables: the first of `LC_ALL`, `LC_MESSAGES` and `LANG`
    /// that is set and not empty says it. English where that names no language of ours.
    #[must_use]
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(set)
            .and_then(|locale| Self::of_tag(&locale))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_its_language_and_c_names_none() {
        assert_eq!(Language::of_tag("ko_KR.UTF-8"), Some(Language::Ko));
        assert_eq!(Language::of_tag("en-GB"), Some(Language::En));
        assert_eq!(Language::of_tag("EN"), Some(Language::En));
        assert_eq!(Language::of_tag("ko@hanja"), Some(Language::Ko));
        for other in ["C", "C.UTF-8", "POSIX", "", "fr_CH", "korean", "kok", "kok_IN", "kok_IN.UTF-8", "kor_KR"] {
            assert_eq!(Language::of_tag(other), None, "{other}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_says_the_language() {
        let of = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> =
                set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Language::of_environment(|name| set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(of(&[]), Language::En);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8")]), Language::Ko);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8"), ("LC_MESSAGES", "en_GB.UTF-8")]), Language::En);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8"), ("LC_ALL", "C")]), Language::En, "C is English, and LC_ALL is first");
        assert_eq!(
            of(&[("LANG", "ko_KR.UTF-8"), ("LC_ALL", ""), ("LC_MESSAGES", "")]),
            Language::Ko,
            "empty is not set"
        );
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "ko_KR")]), Language::Ko);
        assert_eq!(of(&[("LANG", "kok_IN")]), Language::En);
    }
}
