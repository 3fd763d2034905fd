//! The caller's periods, as buckets of the report.
//!
//! | text | the period |
//! |---|---|
//! | `2026-02-03` | a day |
//! | `2026-W06` | a week by ISO 8601, Monday to Sunday |
//! | `2026-02` | a month |
//!
//! Days are those of the project's calendar, as CleverTap's are. A period that is finer than the report's granularity
//! is added to its bucket; one that reaches over two buckets, or out of the report's period, cannot be divided up and
//! is an error. So is one that overlaps another of the same thing: what both count would count twice.

use std::collections::BTreeMap;

use time::{Month, Weekday};

use crate::clevertap::reports::series::bucket;
use crate::clevertap::time::{Day, add_days, day_from_iso, day_iso};
use crate::model::Granularity;

/// How the rows of a comparison are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub granularity: Granularity,
    /// First day of the report's period, if it has one.
    pub first: Option<Day>,
    /// First day after it.
    pub end: Option<Day>,
}

impl Calendar {
    /// A row's period, read.
    ///
    /// # Errors
    /// What is wrong with it, and what would be accepted.
    pub fn period(&self, text: Option<&str>) -> Result<Period, String> {
        let is_total = self.granularity == Granularity::Total;
        let Some(text) = text else {
            return if is_total {
                Ok(Period { bucket: None, span: (Day::MIN, Day::MAX) })
            } else {
                Err(format!(
                    "is missing: with granularity {} every row names its period, such as {FORMS}",
                    self.granularity.as_str()
                ))
            };
        };
        let (first, end) = span(text).ok_or_else(|| format!("must be a period such as {FORMS}"))?;
        if self.first.is_some_and(|start| first < start) || self.end.is_some_and(|last| end > last) {
            return Err("reaches out of the period of start_at".to_owned());
        }
        if is_total {
            return Ok(Period { bucket: None, span: (first, end) });
        }
        let (start, after) = bucket(first, self.granularity);
        if end > after {
            return Err(format!(
                "reaches over more than one {}, and cannot be divided up: give finer periods",
                self.granularity.as_str()
            ));
        }
        Ok(Period { bucket: Some(start), span: (first, end) })
    }

    /// Whether a day lies in the report's period, as far as that has bounds.
    #[must_use]
    pub fn has(&self, day: Day) -> bool {
        self.first.is_none_or(|first| first <= day) && self.end.is_none_or(|end| day < end)
    }

    /// The bucket that a day of a report row falls into.
    #[must_use]
    pub fn bucket_of(&self, day: Option<Day>) -> Option<Day> {
        let day = day.filter(|_| self.granularity != Granularity::Total)?;
        Some(bucket(day, self.granularity).0)
    }

    /// A bucket as the text that is read.
    #[must_use]
    pub fn label(&self, bucket: Option<Day>) -> Option<String> {
        let day = bucket?;
        Some(match self.granularity {
            Granularity::Total => return None,
            Granularity::Day => day_iso(day),
            Granularity::Week => {
                let (year, week, _) = day.to_iso_week_date();
                format!("{year:04}-W{week:02}")
            }
            Granularity::Month => format!("{:04}-{:02}", day.year(), u8::from(day.month())),
        })
    }
}

/// A row's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day of the bucket that it falls into; none where the granularity is `total`.
    pub bucket: Option<Day>,
    /// First day, and first day after it; all days where the row names none.
    span: (Day, Day),
}

/// Where the periods of one thing stand, none of which overlaps another.
#[derive(Debug, Default)]
pub struct Taken(BTreeMap<Day, (Day, String)>);

impl Taken {
    /// Takes a period for the row at a place.
    ///
    /// # Errors
    /// The place of a row whose period it overlaps, and whether that has the very same.
    pub fn take(&mut self, period: Period, place: &str) -> Result<(), (&str, bool)> {
        let (first, end) = period.span;
        // As none of them overlap, the last that begins before the end is the only one that can reach into it.
        let other = self.0.range(..end).next_back().filter(|(_, (others, _))| first < *others);
        let Some((&start, &(others, _))) = other else {
            self.0.insert(first, (end, place.to_owned()));
            return Ok(());
        };
        let place = self.0.get(&start).map_or("", |(_, place)| place);
        Err((place, (start, others) == (first, end)))
    }
}

const FORMS: &str = "2026-02-03, 2026-W06 or 2026-02";

/// First day, and first day after it.
fn span(text: &str) -> Option<(Day, Day)> {
    if let Some(day) = day_from_iso(text) {
        return Some((day, add_days(day, 1)));
    }
    let number = |digits: &str, length: usize| {
        (digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u16>().ok())?
    };
    let (year, rest) = text.split_once('-')?;
    let year = i32::from(number(year, 4)?);
    if let Some(week) = rest.strip_prefix(['W', 'w']) {
        let monday =
            Day::from_iso_week_date(year, u8::try_from(number(week, 2)?).ok()?, Weekday::Monday).ok()?;
        return Some((monday, add_days(monday, 7)));
    }
    let month = Month::try_from(u8::try_from(number(rest, 2)?).ok()?).ok()?;
    Some(bucket(Day::from_calendar_date(year, month, 1).ok()?, Granularity::Month))
}
