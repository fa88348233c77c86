//! Prices: sums of money, exact to the cent.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

use crate::flaw::Flaw;

/// The highest price, in cents: 1,000,000.
const MAX_CENTS: u32 = 100_000_000;

/// A price over 0 and up to 1,000,000, in whole cents: sums of money are never kept as floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price {
    cents: u32,
}

impl Price {
    /// A price of the catalogue that the shop opens with.
    pub(crate) const fn of_cents(cents: u32) -> Self {
        Self { cents }
    }

    /// Reads a price as typed: digits, and a point before the cents.
    ///
    /// # Errors
    /// When it is no such number, finer than a cent, not more than 0 or over 1,000,000.
    pub fn parse(typed: &str) -> Result<Self, Flaw> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Flaw::PriceMissing);
        }
        let (negative, digits) = match typed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, typed),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !number(whole) || !number(fraction) {
            return Err(Flaw::PriceNotPlain);
        }
        if negative {
            return Err(Flaw::PriceNotPositive);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 2 {
            return Err(Flaw::PriceFine);
        }
        // More digits than fit are more than the highest price.
        let cents: u32 = format!("{whole}{fraction:0<2}").parse().map_err(|_| Flaw::PriceHigh)?;
        match cents {
            0 => Err(Flaw::PriceNotPositive),
            1..=MAX_CENTS => Ok(Self { cents }),
            _ => Err(Flaw::PriceHigh),
        }
    }

    /// Reads a price from JSON.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it is absent or not a number.
    pub fn from_json(value: Option<&Value>) -> Result<Self, Flaw> {
        match value {
            None => Err(Flaw::PriceMissing),
            Some(Value::Number(number)) => Self::of_number(number),
            Some(Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(Flaw::PriceNotNumber)
            }
        }
    }

    fn of_number(number: &Number) -> Result<Self, Flaw> {
        let value = number.as_f64().ok_or(Flaw::PriceNotNumber)?;
        if value > f64::from(MAX_CENTS) / 100.0 {
            return Err(Flaw::PriceHigh);
        }
        if value <= 0.0 {
            return Err(Flaw::PriceNotPositive);
        }
        // A number is printed in the fewest digits that mean it, so 19.99 is read as 19.99 and not as 19.98999. What is
        // printed with an exponent in this range is far below a cent.
        Self::parse(&number.to_string())
            .map_err(|flaw| if flaw == Flaw::PriceNotPlain { Flaw::PriceFine } else { flaw })
    }
}

/// As people read it: always two decimals.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.cents / 100, self.cents % 100)
    }
}

/// As programs read it: a JSON number.
impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.cents) / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_price_survives_typing_showing_and_json() {
        for (typed, shown, number) in [
            ("12.5", "12.50", json!(12.5)),
            (" 19.99 ", "19.99", json!(19.99)),
            ("0.01", "0.01", json!(0.01)),
            ("007", "7.00", json!(7.0)),
            ("1000000.00", "1000000.00", json!(1_000_000.0)),
        ] {
            let price = Price::parse(typed).unwrap();
            assert_eq!(price.to_string(), shown);
            assert_eq!(serde_json::to_value(price).unwrap(), number);
            assert_eq!(Price::from_json(Some(&number)), Ok(price));
        }
        assert_eq!(Price::from_json(Some(&json!(7))), Price::parse("7"));
    }

    #[test]
    fn every_cent_up_to_a_thousand_survives_a_floating_point_number() {
        for cents in 1..=100_000 {
            let price = Price::of_cents(cents);
            assert_eq!(Price::from_json(Some(&serde_json::to_value(price).unwrap())), Ok(price));
        }
    }

    #[test]
    fn what_is_no_price_is_refused_for_its_own_reason() {
        for (typed, flaw) in [
            ("", Flaw::PriceMissing),
            ("  ", Flaw::PriceMissing),
            ("twelve", Flaw::PriceNotPlain),
            ("12,5", Flaw::PriceNotPlain),
            ("+5", Flaw::PriceNotPlain),
            (".5", Flaw::PriceNotPlain),
            ("5.", Flaw::PriceNotPlain),
            ("1e3", Flaw::PriceNotPlain),
            ("٣", Flaw::PriceNotPlain),
            ("NaN", Flaw::PriceNotPlain),
            ("12.345", Flaw::PriceFine),
            ("0", Flaw::PriceNotPositive),
            ("0.00", Flaw::PriceNotPositive),
            ("-3", Flaw::PriceNotPositive),
            ("1000000.01", Flaw::PriceHigh),
            ("99999999999999999999999999", Flaw::PriceHigh),
        ] {
            assert_eq!(Price::parse(typed), Err(flaw), "{typed}");
        }
        for (value, flaw) in [
            (json!("12.5"), Flaw::PriceNotNumber),
            (json!(null), Flaw::PriceNotNumber),
            (json!([1]), Flaw::PriceNotNumber),
            (json!(-1), Flaw::PriceNotPositive),
            (json!(1e300), Flaw::PriceHigh),
            (json!(1e-9), Flaw::PriceFine),
            (json!(0.125), Flaw::PriceFine),
            (json!(u64::MAX), Flaw::PriceHigh),
        ] {
            assert_eq!(Price::from_json(Some(&value)), Err(flaw), "{value}");
        }
    }
}
