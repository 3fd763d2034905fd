//! Ids of campaigns.
//!
//! | form | meaning | a get costs |
//! |---|---|---|
//! | `api-20260131-1457432766` | listed by CleverTap's campaign list, start day, CleverTap's id | that day's list and report |
//! | `msg-20260131-1457432766` | known from the message report only | the same |
//! | `api-00000000-1457432766` | listed, start day not known (a campaign just created) | a search |
//! | `1457432766` | CleverTap's bare id | a search, resumable |

use std::fmt;

use super::super::time::{Day, day_digits, day_from_digits};
use crate::model::Error;

/// Which of CleverTap's lists named a campaign first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `targets/list.json`.
    List,
    /// `message/report.json`.
    Report,
}

/// An id as this API gives it out, or CleverTap's bare one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignId {
    pub origin: Option<Origin>,
    pub day: Option<Day>,
    pub remote: String,
}

const UNKNOWN_DAY: &str = "00000000";

impl CampaignId {
    #[must_use]
    pub const fn new(origin: Origin, day: Option<Day>, remote: String) -> Self {
        Self { origin: Some(origin), day, remote }
    }

    /// Reads either form.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `field` when it is neither.
    pub fn parse(text: &str, field: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::invalid(
                field,
                format!(
                    "{text:?} is no campaign id: accepted are the ids that this API lists \
                     (api-YYYYMMDD-N, msg-YYYYMMDD-N) and CleverTap's own numbers"
                ),
            )
        };
        if !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self { origin: None, day: None, remote: text.to_owned() });
        }
        let mut parts = text.splitn(3, '-');
        let origin = match parts.next() {
            Some("api") => Origin::List,
            Some("msg") => Origin::Report,
            _ => return Err(wrong()),
        };
        let digits = parts.next().ok_or_else(wrong)?;
        let day = if digits == UNKNOWN_DAY { None } else { Some(day_from_digits(digits).ok_or_else(wrong)?) };
        let remote = parts.next().filter(|rest| !rest.is_empty() && rest.len() <= 64).ok_or_else(wrong)?;
        Ok(Self { origin: Some(origin), day, remote: remote.to_owned() })
    }

    /// CleverTap's id as the number that its calls want.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `field` when it is not a number.
    pub fn number(&self, field: &str) -> Result<u64, Error> {
        self.remote.parse().map_err(|_| {
            Error::invalid(
                field,
                format!("CleverTap's campaign ids are whole numbers, not {:?}", self.remote),
            )
        })
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = match self.origin {
            Some(Origin::List) => "api",
            Some(Origin::Report) => "msg",
            None => return f.write_str(&self.remote),
        };
        let day = self.day.map_or_else(|| UNKNOWN_DAY.to_owned(), day_digits);
        write!(f, "{origin}-{day}-{}", self.remote)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    #[test]
    fn goes_round() {
        for text in ["api-20260131-1457432766", "msg-20240229-7", "api-00000000-12", "1457432766"] {
            assert_eq!(CampaignId::parse(text, "id").unwrap().to_string(), text);
        }
        let id = CampaignId::parse("msg-20260131-9", "id").unwrap();
        assert_eq!((id.origin, id.day), (Some(Origin::Report), Some(date!(2026 - 01 - 31))));
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "-",
            "api",
            "api-20261301-1",
            "api-20260101-",
            "foo-20260101-1",
            "../1",
            "12a",
            "1".repeat(21).as_str(),
        ] {
            let error = CampaignId::parse(text, "id").unwrap_err().to_string();
            assert!(error.contains("accepted are"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = CampaignId::parse(&text, "id");
        }
    }
}
