//! Sentences in two languages, and where a claim can be looked up.

/// A language of the advice.
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

    /// The BCP 47 tag.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The language of a tag or locale: `ko`, `ko-KR`, `ko_KR.UTF-8`. `None` for any other, as `kok_IN`, which is Konkani.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.code()))
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

/// The same in English and Korean: one without the other does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Korean.
    pub ko: &'static str,
}

/// [`Words`] from English and Korean.
#[must_use]
pub(super) const fn words(en: &'static str, ko: &'static str) -> Words {
    Words { en, ko }
}

impl Words {
    /// In one language.
    #[must_use]
    pub const fn say(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ko => self.ko,
        }
    }
}

/// A claim, and the document with its section where a reader can check it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The claim: one or two sentences.
    pub says: Words,
    /// An RFC, an OWASP or a NIST document, with the section: `RFC 6749 section 4.4.3`.
    pub source: &'static str,
}

/// A [`Reason`] from its source, English and Korean.
#[must_use]
pub(super) const fn reason(source: &'static str, en: &'static str, ko: &'static str) -> Reason {
    Reason { says: words(en, ko), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_names_its_language_and_c_names_none() {
        assert_eq!(Lang::of_tag("ko_KR.UTF-8"), Some(Lang::Ko));
        assert_eq!(Lang::of_tag("en-GB"), Some(Lang::En));
        assert_eq!(Lang::of_tag("EN"), Some(Lang::En));
        assert_eq!(Lang::of_tag("ko@hanja"), Some(Lang::Ko));
        for other in ["C", "C.UTF-8", "POSIX", "", "fr_CH", "korean", "kok", "kok_IN", "kok_IN.UTF-8", "kor_KR"] {
            assert_eq!(Lang::of_tag(other), None, "{other}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_says_the_language() {
        let of = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> =
                set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Lang::of_environment(|name| set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(of(&[]), Lang::En);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8")]), Lang::Ko);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8"), ("LC_MESSAGES", "en_GB.UTF-8")]), Lang::En);
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8"), ("LC_ALL", "C")]), Lang::En, "C is English, and LC_ALL is first");
        assert_eq!(of(&[("LANG", "ko_KR.UTF-8"), ("LC_ALL", ""), ("LC_MESSAGES", "")]), Lang::Ko, "empty is not set");
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "ko_KR")]), Lang::Ko);
        assert_eq!(of(&[("LANG", "kok_IN")]), Lang::En);
    }
}
