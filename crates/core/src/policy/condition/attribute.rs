//! What an attribute has to be.

use std::fmt;

use crate::policy::resource::Value;

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Test {
    /// One of these.
    OneOf(Vec<Value<'static>>),
    /// A number within bounds, both included.
    Within(Option<i64>, Option<i64>),
}

impl Test {
    /// Whether it holds; `None` when the value is of a kind that it cannot be compared with.
    pub(super) fn holds(&self, value: &Value<'_>) -> Option<bool> {
        match (self, value) {
            (Self::OneOf(values), _) => {
                let alike: Vec<_> = values.iter().filter(|wanted| comparable(wanted, value)).collect();
                (!alike.is_empty()).then(|| alike.into_iter().any(|wanted| same(wanted, value)))
            }
            (Self::Within(least, most), Value::Number(number)) => {
                Some(least.is_none_or(|least| least <= *number) && most.is_none_or(|most| *number <= most))
            }
            (Self::Within(..), _) => None,
        }
    }
}

fn comparable(wanted: &Value<'_>, value: &Value<'_>) -> bool {
    match (wanted, value) {
        // A name is neither this subject nor another.
        (Value::Text(_), Value::Subject(_)) => wanted.as_subject().is_some(),
        (Value::Text(_), Value::Text(_)) | (Value::Number(_), Value::Number(_)) | (Value::Flag(_), Value::Flag(_)) => {
            true
        }
        _ => false,
    }
}

fn same(wanted: &Value<'_>, value: &Value<'_>) -> bool {
    // An id has several spellings.
    wanted == value || wanted.as_subject().is_some_and(|id| value.as_subject() == Some(id))
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(values) => {
                let words: Vec<String> = values.iter().map(ToString::to_string).collect();
                f.write_str(&words.join(" or "))
            }
            Self::Within(Some(least), Some(most)) => write!(f, "from {least} to {most}"),
            Self::Within(Some(least), None) => write!(f, "{least} or more"),
            Self::Within(None, Some(most)) => write!(f, "{most} or less"),
            Self::Within(None, None) => f.write_str("a number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SubjectId;

    #[test]
    fn values_of_different_kinds_are_neither_equal_nor_different() {
        let placed = Test::OneOf(vec!["placed".into(), "paid".into()]);
        assert_eq!(placed.holds(&"paid".into()), Some(true));
        assert_eq!(placed.holds(&"sent".into()), Some(false));
        assert_eq!(placed.holds(&1_u32.into()), None);
        assert_eq!(Test::OneOf(vec![true.into()]).holds(&"true".into()), None);
        assert_eq!(Test::Within(Some(1), Some(5)).holds(&"3".into()), None);
        let bounds = [(0, false), (1, true), (5, true), (6, false)];
        for (number, within) in bounds {
            assert_eq!(Test::Within(Some(1), Some(5)).holds(&Value::Number(number)), Some(within));
        }
    }

    #[test]
    fn a_subject_is_compared_with_its_id_as_text() {
        let id = SubjectId::from_bytes([0xAB; 16]);
        let test = Test::OneOf(vec![id.to_string().into()]);
        assert_eq!(test.holds(&id.into()), Some(true));
        assert_eq!(test.holds(&SubjectId::from_bytes([8; 16]).into()), Some(false));
        assert_eq!(test.holds(&id.to_string().to_uppercase().into()), Some(true), "another spelling of the id");
    }

    #[test]
    fn a_name_is_neither_a_subject_nor_another() {
        let id = SubjectId::from_bytes([7; 16]);
        assert_eq!(Test::OneOf(vec!["alice".into()]).holds(&id.into()), None);
        let either = Test::OneOf(vec!["alice".into(), id.to_string().into()]);
        assert_eq!(either.holds(&id.into()), Some(true));
    }
}
