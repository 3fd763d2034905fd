//! Days and times as CleverTap writes them, in the project's time zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

/// What time it is: the real time, or noon of a fixed day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    today: Option<Date>,
}

impl Clock {
    pub(crate) fn new(today: Option<Date>) -> Self {
        Clock { today }
    }

    /// The local time in `zone`.
    pub(crate) fn now(&self, zone: &TimeZone) -> DateTime {
        match self.today {
            Some(day) => day.at(12, 0, 0, 0),
            None => zone.to_datetime(Timestamp::now()),
        }
    }
}

/// `YYYYMMDD`, as queries and trends write days.
pub(crate) fn packed_day(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

/// `yyyymmddHHMM`, a guess at `scheduled_on` (section 12.3, [UNK]).
pub(crate) fn packed_minute(at: DateTime) -> i64 {
    packed_day(at.date()) * 10_000 + i64::from(at.hour()) * 100 + i64::from(at.minute())
}

/// `yyyyMMddHHmmss`, the `ts` of exported events (section 9, [OFF] S:snippets).
pub(crate) fn packed_second(at: DateTime) -> i64 {
    packed_minute(at) * 100 + i64::from(at.second())
}

/// `dd Mon, YYYY HH:MM:SS`, the `start_date` of reports (section 11, [3P]).
pub(crate) fn text(at: DateTime) -> String {
    at.strftime("%d %b, %Y %H:%M:%S").to_string()
}

/// Epoch seconds of a local time.
pub(crate) fn epoch(at: DateTime, zone: &TimeZone) -> i64 {
    zone.to_timestamp(at).map_or(0, |at| at.as_second())
}

/// The local time of epoch seconds; `None` when out of range.
pub(crate) fn local(seconds: i64, zone: &TimeZone) -> Option<DateTime> {
    Timestamp::from_second(seconds).ok().map(|at| zone.to_datetime(at))
}

/// A day given as the integer or the text `YYYYMMDD`.
pub(crate) fn parse_day(value: &Value) -> Option<Date> {
    let packed = match value {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) if text.len() == 8 => text.parse().ok()?,
        _ => return None,
    };
    unpack_day(packed)
}

pub(crate) fn unpack_day(packed: i64) -> Option<Date> {
    let year = i16::try_from(packed / 10_000).ok().filter(|year| *year > 0)?;
    let month = i8::try_from(packed / 100 % 100).ok()?;
    Date::new(year, month, i8::try_from(packed % 100).ok()?).ok()
}

/// `"YYYYMMDD HH:MM"`, as campaigns are scheduled (section 12.1).
pub(crate) fn parse_minute(text: &str) -> Option<DateTime> {
    let (day, time) = text.split_once(' ')?;
    let day = unpack_day(day.parse().ok()?)?;
    let (hour, minute) = time.split_once(':')?;
    DateTime::new(day.year(), day.month(), day.day(), hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// `day` moved by `days`, or `day` itself at the ends of the calendar.
pub(crate) fn shift(day: Date, days: i64) -> Date {
    i32::try_from(days).ok().and_then(|days| day.checked_add(days.days()).ok()).unwrap_or(day)
}

/// How many days `to` lies after `from`.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// How many days the inclusive window holds; 0 when it is upside down.
pub(crate) fn window_days(from: Date, to: Date) -> u32 {
    u32::try_from(days_between(from, to) + 1).unwrap_or(0)
}

/// A date from numbers, or the epoch when there is no such day.
pub(crate) fn civil(year: i32, month: u32, day: u32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn days_and_times_read_as_clevertap_writes_them() {
        let at = date(2026, 1, 2).at(3, 4, 5, 0);
        assert_eq!(packed_day(at.date()), 20_260_102);
        assert_eq!(packed_minute(at), 202_601_020_304);
        assert_eq!(packed_second(at), 20_260_102_030_405);
        assert_eq!(text(at), "02 Jan, 2026 03:04:05");
        assert_eq!(parse_day(&json!("20260102")), Some(date(2026, 1, 2)));
        assert_eq!(parse_day(&json!(20_260_230)), None);
        assert_eq!(parse_minute("20260102 03:04"), Some(date(2026, 1, 2).at(3, 4, 0, 0)));
        assert_eq!(window_days(date(2026, 1, 1), date(2026, 1, 31)), 31);
        assert_eq!(window_days(date(2026, 1, 2), date(2026, 1, 1)), 0);
    }
}
