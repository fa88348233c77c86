//! What can be wrong with an edit, each with its sentence: what it is, and what to do.

use crate::lang::Lang;

/// What is wrong with a name or a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No name was sent.
    NameMissing,
    /// The JSON name is not a string.
    NameNotText,
    /// Nothing but spaces.
    NameEmpty,
    /// Over 100 characters.
    NameLong,
    /// A character that does not show as it is.
    NameControl,
    /// No price was sent.
    PriceMissing,
    /// The JSON price is not a number.
    PriceNotNumber,
    /// Not digits with a point.
    PriceNotPlain,
    /// Finer than a cent.
    PriceFine,
    /// Zero or less.
    PriceNotPositive,
    /// Over 1,000,000.
    PriceHigh,
}

impl Flaw {
    /// The field that it is about.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::NameMissing | Self::NameNotText | Self::NameEmpty | Self::NameLong | Self::NameControl => "name",
            Self::PriceMissing
            | Self::PriceNotNumber
            | Self::PriceNotPlain
            | Self::PriceFine
            | Self::PriceNotPositive
            | Self::PriceHigh => "price",
        }
    }

    /// What is wrong and what to do, in one language.
    pub(crate) fn sentence(self, lang: Lang) -> &'static str {
        let (en, ko) = match self {
            Self::NameMissing => {
                ("The name is missing. Send 1 to 100 characters.", "이름이 없습니다. 1~100자를 보내십시오.")
            }
            Self::NameNotText => (
                "The name is not text. Send a string of 1 to 100 characters.",
                "이름이 문자열이 아닙니다. 1~100자의 문자열을 보내십시오.",
            ),
            Self::NameEmpty => {
                ("The name is empty. Write 1 to 100 characters.", "이름이 비어 있습니다. 1~100자를 입력하십시오.")
            }
            Self::NameLong => (
                "The name is longer than 100 characters. Shorten it.",
                "이름이 100자를 넘습니다. 더 짧게 입력하십시오.",
            ),
            Self::NameControl => (
                "The name has a control character, such as a line break. Remove it.",
                "이름에 줄바꿈 같은 제어 문자가 있습니다. 지우십시오.",
            ),
            Self::PriceMissing => {
                ("The price is missing. Write a number such as 12.5.", "가격이 없습니다. 12.5처럼 숫자를 입력하십시오.")
            }
            Self::PriceNotNumber => (
                "The price is not a number. Send a JSON number such as 12.5.",
                "가격이 숫자가 아닙니다. 12.5처럼 JSON 숫자를 보내십시오.",
            ),
            Self::PriceNotPlain => (
                "The price is not a plain number. Write digits, with a point before the cents, such as 12.5.",
                "가격이 일반 숫자가 아닙니다. 12.5처럼 숫자와 소수점만 입력하십시오.",
            ),
            Self::PriceFine => (
                "The price has more than 2 decimals. Round it to whole cents, such as 12.34.",
                "가격의 소수점 아래가 두 자리를 넘습니다. 12.34처럼 두 자리까지 입력하십시오.",
            ),
            Self::PriceNotPositive => (
                "The price must be more than 0. Write a number such as 12.5.",
                "가격은 0보다 커야 합니다. 12.5처럼 입력하십시오.",
            ),
            Self::PriceHigh => (
                "The price must be at most 1000000. Write a lower one.",
                "가격은 1000000 이하여야 합니다. 더 낮게 입력하십시오.",
            ),
        };
        match lang {
            Lang::En => en,
            Lang::Ko => ko,
        }
    }
}
