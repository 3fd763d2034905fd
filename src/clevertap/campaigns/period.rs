//! Periods of a query, as bounds on the project's clock.
//!
//! | given | means | needs the account's time zone |
//! |---|---|---|
//! | `2026-01-31` | the beginning of that day in the project's time zone | no |
//! | `2026-01-31T10:00:00Z`, `2026-01-31T10:00:00+05:30` | that instant | yes |
//!
//! `start` is included, `end` is not.

use super::super::time::{self, Day, Zone, add_days, day_digits, day_from_digits, local_digits};
use crate::model::Error;

/// Ten years: how far from today a period may reach.
pub const REACH_DAYS: i64 = 3653;

/// A period as the caller gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Period {
    pub start: Option<String>,
    pub end: Option<String>,
}

/// Bounds on the project's clock, as sortable digits `YYYYMMDDhhmmss`: from `start` up to before `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    pub start: String,
    pub end: String,
}

impl Bounds {
    /// The bounds of whole days.
    #[must_use]
    pub fn days(first: Day, last: Day) -> Self {
        Self {
            start: format!("{}000000", day_digits(first)),
            end: format!("{}000000", day_digits(add_days(last, 1))),
        }
    }

    #[must_use]
    pub fn contains(&self, digits: &str) -> bool {
        self.start.as_str() <= digits && digits < self.end.as_str()
    }

    /// Checks that the period lies where a walk has an end worth waiting for.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `field` beyond ten years before or after today.
    pub fn check_reach(&self, today: Day, field: &str) -> Result<(), Error> {
        let (from, to) = (add_days(today, REACH_DAYS.saturating_neg()), add_days(today, REACH_DAYS));
        let within = |day: Option<Day>| day.is_some_and(|day| from <= day && day <= to);
        if within(self.first_day()) && within(self.last_day()) {
            return Ok(());
        }
        Err(Error::invalid(field, "a period lies within ten years before and after today"))
    }

    /// Whether it is made of whole days.
    #[must_use]
    pub fn is_whole_days(&self) -> bool {
        self.start.ends_with("000000") && self.end.ends_with("000000")
    }

    /// The first day that has a part in it.
    #[must_use]
    pub fn first_day(&self) -> Option<Day> {
        day_from_digits(self.start.get(0..8)?)
    }

    /// The last day that has a part in it.
    #[must_use]
    pub fn last_day(&self) -> Option<Day> {
        let day = day_from_digits(self.end.get(0..8)?)?;
        Some(if self.end.ends_with("000000") { add_days(day, -1) } else { day })
    }
}

impl Period {
    /// A canonical text, for cursors.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}..{}", self.start.as_deref().unwrap_or_default(), self.end.as_deref().unwrap_or_default())
    }

    /// The period as bounds; an absent end is taken from `default`.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `field` for a form that is not in the table above, an instant without a time
    /// zone, or a period that ends before it starts.
    pub fn bounds(&self, field: &str, default: &Bounds, zone: Option<&Zone>) -> Result<Bounds, Error> {
        let read = |text: &Option<String>, part: &str, default: &str| match text.as_deref().map(str::trim) {
            None | Some("") => Ok(default.to_owned()),
            Some(text) => digits(text, &format!("{field}[{part}]"), zone),
        };
        let bounds = Bounds {
            start: read(&self.start, "gte", &default.start)?,
            end: read(&self.end, "lt", &default.end)?,
        };
        if bounds.start >= bounds.end {
            return Err(Error::invalid(
                format!("{field}[lt]"),
                format!(
                    "the period is empty: it must end after it starts ({} to {})",
                    self.start.as_deref().unwrap_or("the default start"),
                    self.end.as_deref().unwrap_or("the default end"),
                ),
            ));
        }
        Ok(bounds)
    }
}

fn digits(text: &str, field: &str, zone: Option<&Zone>) -> Result<String, Error> {
    if let Some(day) = time::day_from_iso(text) {
        return Ok(format!("{}000000", day_digits(day)));
    }
    // A `+` in a query string that was not percent-encoded arrives as a space.
    let unix = time::unix_from_rfc3339(text).or_else(|| time::unix_from_rfc3339(&text.replace(' ', "+"))).ok_or_else(|| {
        Error::invalid(
            field,
            format!("{text:?} is no time: accepted are a date such as 2026-01-31 and RFC 3339 such as 2026-01-31T10:00:00Z"),
        )
    })?;
    let zone = zone.ok_or_else(|| {
        Error::invalid(
            field,
            "an instant can only be compared with CleverTap's zone-less times when the account's timezone is set: \
             set it, or give a date such as 2026-01-31",
        )
    })?;
    Ok(local_digits(zone.to_local(unix)))
}

#[cfg(test)]
mod tests {
    use ::time::macros::date;

    use super::*;

    fn default() -> Bounds {
        Bounds::days(date!(2025 - 01 - 01), date!(2026 - 12 - 31))
    }

    fn period(start: &str, end: &str) -> Period {
        Period { start: Some(start.into()), end: Some(end.into()) }
    }

    #[test]
    fn dates_need_no_zone() {
        let bounds = period("2026-01-01", "2026-02-01").bounds("scheduled_at", &default(), None).unwrap();
        assert_eq!(
            (bounds.first_day(), bounds.last_day()),
            (Some(date!(2026 - 01 - 01)), Some(date!(2026 - 01 - 31)))
        );
        assert!(bounds.contains("20260131235959") && !bounds.contains("20260201000000"));
    }

    #[test]
    fn instants_are_read_on_the_projects_clock() {
        let zone = Zone::named("Asia/Kolkata");
        let bounds = period("2026-01-01T00:00:00Z", "2026-01-01T20:00:00 05:30")
            .bounds("x", &default(), zone.as_ref())
            .unwrap();
        assert_eq!((bounds.start.as_str(), bounds.end.as_str()), ("20260101053000", "20260101200000"));
        let error = period("2026-01-01T00:00:00Z", "").bounds("x", &default(), None).unwrap_err().to_string();
        assert!(error.contains("x[gte]") && error.contains("timezone"), "{error}");
    }

    #[test]
    fn bad_periods_say_why() {
        for (start, end, word) in [
            ("soon", "", "is no time"),
            ("2026-02-01", "2026-02-01", "empty"),
            ("2026-02-30", "", "is no time"),
        ] {
            let error = period(start, end).bounds("start_at", &default(), None).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
