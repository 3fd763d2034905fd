//! Bounds of a query as the half-open period that the core takes.
//!
//! | bound | day `2026-01-31` | instant `2026-01-31T10:00:00Z` |
//! |---|---|---|
//! | `gte` | from the beginning of the day | from then on |
//! | `gt` | an error: a day is a stretch, and what follows it is a `gte` of the next | from one second later on |
//! | `lt` | up to before the beginning of the day | up to before then |
//! | `lte` | an error, in the same way | up to before one second later |
//!
//! CleverTap's times have whole seconds, so this is exact; fractions of a bound are rounded to the second that
//! selects the same.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::query::{Range, Reader};
use crate::clevertap::campaigns::Period;
use crate::clevertap::time::day_from_iso;

/// Which way a bound that falls between two seconds goes.
#[derive(Clone, Copy)]
enum Bound {
    /// The first second that is not before it.
    At,
    /// The first second that is after it.
    After,
}

/// Days that one sync reads again at most.
const MOST_TRAILING: u16 = 366;

/// The window of a sync that reads the last days again: `trailing_days`, or `usual` days with `sync=true`.
pub(crate) fn trailing_days(reader: &Reader<'_>, period: &Period, field: &str, usual: u16) -> Option<u16> {
    let sync = reader.flag("sync").unwrap_or(false).then_some(usual);
    let trailing = reader.number("trailing_days", 1, MOST_TRAILING).or(sync)?;
    if *period != Period::default() {
        reader.fail(
            field,
            format!("stands beside trailing_days or sync, which mean the last days ({usual} unless told): give one of them"),
        );
    }
    Some(trailing)
}

/// The period; what cannot be used is noted at the reader.
pub(crate) fn half_open(reader: &Reader<'_>, name: &str, range: Range) -> Period {
    Period {
        start: bound(reader, name, ("gte", range.gte), ("gt", range.gt)),
        end: bound(reader, name, ("lt", range.lt), ("lte", range.lte)),
    }
}

fn bound(
    reader: &Reader<'_>,
    name: &str,
    (at_key, at): (&str, Option<String>),
    (after_key, after): (&str, Option<String>),
) -> Option<String> {
    let (key, text, bound) = match (at, after) {
        (None, None) => return None,
        (Some(text), None) => (at_key, text, Bound::At),
        (None, Some(text)) => (after_key, text, Bound::After),
        (Some(_), Some(_)) => {
            reader.fail(
                format!("{name}[{after_key}]"),
                format!("stands beside {name}[{at_key}]; give one of them"),
            );
            return None;
        }
    };
    let field = format!("{name}[{key}]");
    if day_from_iso(&text).is_some() {
        if let Bound::After = bound {
            reader.fail(
                field,
                format!(
                    "takes an instant such as 2026-01-31T10:00:00Z; for days use {name}[{at_key}], with the day after \
                     where you mean to {}",
                    if at_key == "gte" { "leave the day out" } else { "include the day" }
                ),
            );
            return None;
        }
        return Some(text);
    }
    let instant =
        OffsetDateTime::parse(&text, &Rfc3339).ok().and_then(|instant| whole_second(instant, bound));
    let written = instant.and_then(|instant| instant.format(&Rfc3339).ok());
    if written.is_none() {
        reader.fail(
            field,
            "takes a day such as 2026-01-31 or an instant such as 2026-01-31T10:00:00Z or 2026-01-31T10:00:00%2B05:30 \
             (a plus sign in a query is %2B)",
        );
    }
    written
}

fn whole_second(instant: OffsetDateTime, bound: Bound) -> Option<OffsetDateTime> {
    let floor = instant.replace_nanosecond(0).ok()?;
    match bound {
        Bound::At if floor == instant => Some(floor),
        Bound::At | Bound::After => floor.checked_add(Duration::SECOND),
    }
}
