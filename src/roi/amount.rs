//! Exact decimals.
//!
//! | | |
//! |---|---|
//! | read from | text such as `1234.50`, or a JSON number |
//! | an amount | below 10¹² either way, at most 8 decimals; more of the caller's is an error, never rounded |
//! | CleverTap's value | rounded to 8 decimals, half away from zero: it is a sum of binary numbers |
//! | added up | exactly: so many amounts as a call may have fit into 28 digits |
//! | times a count | exactly, as long as the product is an amount |
//! | estimated (an amount times a rate) | to 8 decimals, half away from zero |
//! | divided | to 6 decimals, half away from zero |
//! | written as | text without zeros at its end |

use std::fmt;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Decimals of an amount.
const PLACES: u32 = 8;
/// Decimals of what is divided.
const RATIO_PLACES: u32 = 6;
/// Amounts lie below this, either way.
const LIMIT: u64 = 1_000_000_000_000;

/// A decimal that is kept exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(Decimal);

/// Why something is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountError {
    NotDecimal,
    TooLarge,
    TooFine,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDecimal => {
                "must be a decimal number such as 1234.50: digits and one point, without separators, units or exponent"
            }
            Self::TooLarge => "must lie below 1000000000000",
            Self::TooFine => "must have at most 8 decimals",
        })
    }
}

impl Amount {
    /// Reads a text: an optional minus sign, digits, and at most one point with digits on both sides.
    ///
    /// # Errors
    /// For any other form, and beyond the limits.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        Self::read(text, PLACES as usize)
    }

    /// Reads so many decimals at most.
    fn read(text: &str, most: usize) -> Result<Self, AmountError> {
        let (whole, decimals) = match text.split_once('.') {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (text, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole.strip_prefix('-').unwrap_or(whole)) || !decimals.is_none_or(digits) {
            return Err(AmountError::NotDecimal);
        }
        // Zeros that say nothing must not make a text too long for the type.
        let decimals = decimals.unwrap_or_default().trim_end_matches('0');
        if decimals.len() > most {
            return Err(AmountError::TooFine);
        }
        // What half is rounded by is the next decimal alone.
        let decimals = decimals.get(..=PLACES as usize).unwrap_or(decimals);
        let text = if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") };
        Self::within(nearest(Decimal::from_str_exact(&text).map_err(|_| AmountError::TooLarge)?))
    }

    /// Reads a text or a number. A number has passed through binary, which keeps 15 digits: more are sent as text.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_json(value: &Value) -> Result<Self, AmountError> {
        Self::of_json(value, PLACES as usize)
    }

    /// As [`Self::from_json`], with any number of decimals, of which 8 are kept.
    ///
    /// # Errors
    /// For what is no decimal, or too large.
    pub fn rounded(value: &Value) -> Result<Self, AmountError> {
        Self::of_json(value, usize::MAX)
    }

    fn of_json(value: &Value, most: usize) -> Result<Self, AmountError> {
        match value {
            Value::String(text) => Self::read(text.trim(), most),
            Value::Number(number) => {
                let text = number.to_string();
                if !text.contains(['e', 'E']) {
                    return Self::read(&text, most);
                }
                // So small or so large that JSON wrote it with an exponent.
                match Decimal::from_scientific(&text) {
                    Ok(number) if number.scale() as usize > most => Err(AmountError::TooFine),
                    Ok(number) => Self::within(nearest(number)),
                    Err(_) if !text.contains("e-") => Err(AmountError::TooLarge),
                    Err(_) if most > PLACES as usize => Ok(Self::default()),
                    Err(_) => Err(AmountError::TooFine),
                }
            }
            _ => Err(AmountError::NotDecimal),
        }
    }

    /// None for a count beyond the limits.
    #[must_use]
    pub fn count(count: u64) -> Option<Self> {
        (count < LIMIT).then(|| Self(Decimal::from(count)))
    }

    fn within(number: Decimal) -> Result<Self, AmountError> {
        let number = number.normalize();
        if number.abs() >= Decimal::from(LIMIT) {
            return Err(AmountError::TooLarge);
        }
        if number.scale() > PLACES {
            return Err(AmountError::TooFine);
        }
        Ok(Self(number))
    }

    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    #[must_use]
    pub fn is_whole(self) -> bool {
        self.0.is_integer()
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn as_count(self) -> Option<u64> {
        self.0.to_u64()
    }

    /// The sum; none beyond 28 digits, which no number of rows that a call may have comes to.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, to 8 decimals; none when it is no amount.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let product = self.0.checked_mul(other.0)?;
        Self::within(nearest(product)).ok()
    }

    /// `scale` times the quotient, to 6 decimals; none when the divisor is zero.
    #[must_use]
    pub fn over(self, divisor: Self, scale: u32) -> Option<Self> {
        let quotient = self.0.checked_mul(Decimal::from(scale))?.checked_div(divisor.0)?;
        Some(Self(quotient.round_dp_with_strategy(RATIO_PLACES, RoundingStrategy::MidpointAwayFromZero)))
    }
}

/// To 8 decimals.
fn nearest(number: Decimal) -> Decimal {
    number.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero)
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

/// As text: JSON's numbers are binary to most who read them.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
