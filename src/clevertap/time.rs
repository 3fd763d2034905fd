//! CleverTap's times: days, stamps without a zone, and the project's zone that reads them.
//!
//! | form | example | where | source |
//! |---|---|---|---|
//! | day, integer or text `YYYYMMDD` | `20260131` | queries, windows, keys of daily numbers | DOC, section 7 |
//! | packed minutes, integer | `202601311230` | `scheduled_on` of the campaign list | INF, section 12.3 |
//! | packed seconds, integer | `20260131123005` | `ts` of exported events | OFF, section 9 |
//! | text | `31 Jan, 2026 12:30:05` | `start_date` of the message report | 3P, section 11 |
//! | text | `20260131 12:30`, `2026-01-31 12:30[:05]`, `2026-01-31T12:30:05` | liberally accepted | INF |
//! | epoch seconds or milliseconds, integer | `1769862605` | liberally accepted | INF |
//!
//! All but the last are in the project's time zone, which CleverTap does not state: the account's `timezone`
//! says it. A time that the clocks skip in spring is read as if they had not been moved yet; one that comes
//! twice in autumn is the first of the two.

use std::cell::OnceCell;

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use tz::timezone::TimeZoneSettings;

/// A day of the project's calendar.
pub type Day = Date;

const TABLE: &str = include_str!("zones.txt");
const SECONDS_A_DAY: i64 = 86_400;

/// A time as CleverTap wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteTime {
    /// On the project's clock.
    Local(PrimitiveDateTime),
    /// Seconds since the Unix epoch.
    Instant(i64),
}

/// Reads `YYYYMMDD`.
#[must_use]
pub fn day_from_digits(text: &str) -> Option<Day> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = text.get(0..4)?.parse().ok()?;
    let month: u8 = text.get(4..6)?.parse().ok()?;
    let day = text.get(6..8)?.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

/// Reads `YYYY-MM-DD`.
#[must_use]
pub fn day_from_iso(text: &str) -> Option<Day> {
    let mut digits = String::with_capacity(8);
    for (place, byte) in text.bytes().enumerate() {
        match (place, byte) {
            (4 | 7, b'-') => {}
            (0..=3 | 5 | 6 | 8 | 9, b'0'..=b'9') => digits.push(char::from(byte)),
            _ => return None,
        }
    }
    if text.len() == 10 { day_from_digits(&digits) } else { None }
}

/// Writes `YYYYMMDD`.
#[must_use]
pub fn day_digits(day: Day) -> String {
    format!("{:04}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

/// Writes `YYYY-MM-DD`.
#[must_use]
pub fn day_iso(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// The day `count` days later, or earlier; at the ends of the calendar, the last there is.
#[must_use]
pub fn add_days(day: Day, count: i64) -> Day {
    day.checked_add(Duration::days(count)).unwrap_or(if count < 0 { Date::MIN } else { Date::MAX })
}

/// How many days lie from the first up to and with the last; zero when they are the wrong way round.
#[must_use]
pub fn days_inclusive(first: Day, last: Day) -> i64 {
    i64::from(last.to_julian_day()).saturating_sub(i64::from(first.to_julian_day())).saturating_add(1).max(0)
}

/// A sortable text of a local time, `YYYYMMDDhhmmss`.
#[must_use]
pub fn local_digits(local: PrimitiveDateTime) -> String {
    format!("{}{:02}{:02}{:02}", day_digits(local.date()), local.hour(), local.minute(), local.second())
}

/// Reads any of the forms in the table above; numbers come as their decimal text.
#[must_use]
pub fn parse(text: &str) -> Option<RemoteTime> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match (digits, text.len()) {
        (true, 8 | 12 | 14) => {
            let date = day_from_digits(text.get(0..8)?)?;
            let clock = clock_from_digits(text.get(8..)?)?;
            Some(RemoteTime::Local(PrimitiveDateTime::new(date, clock)))
        }
        (true, 9 | 10) => Some(RemoteTime::Instant(text.parse().ok()?)),
        (true, 13) => Some(RemoteTime::Instant(text.parse::<i64>().ok()?.div_euclid(1000))),
        (true, _) => None,
        (false, _) => OffsetDateTime::parse(text, &Rfc3339).map_or_else(
            |_| local_text(text).map(RemoteTime::Local),
            |instant| Some(RemoteTime::Instant(instant.unix_timestamp())),
        ),
    }
}

fn clock_from_digits(digits: &str) -> Option<Time> {
    let part = |from: usize| match digits.get(from..from.saturating_add(2)) {
        Some(two) => two.parse::<u8>().ok(),
        None => Some(0),
    };
    Time::from_hms(part(0)?, part(2)?, part(4)?).ok()
}

/// `31 Jan, 2026 12:30:05` and the liberal forms, by their parts.
fn local_text(text: &str) -> Option<PrimitiveDateTime> {
    let mut parts = text.split([' ', ',', 'T']).filter(|part| !part.is_empty());
    let first = parts.next()?;
    let date = if let Some(date) = day_from_iso(first).or_else(|| day_from_digits(first)) {
        date
    } else {
        let month = month_from_name(parts.next()?)?;
        let year = parts.next()?.parse().ok()?;
        Date::from_calendar_date(year, month, first.parse().ok()?).ok()?
    };
    let mut clock = Time::MIDNIGHT;
    if let Some(part) = parts.next() {
        let mut numbers = part.split(':').map(|number| number.parse::<u8>().ok());
        let hour = numbers.next()??;
        let minute = numbers.next()??;
        let second = numbers.next().unwrap_or(Some(0))?;
        clock = Time::from_hms(hour, minute, second).ok()?;
    }
    if parts.next().is_some() { None } else { Some(PrimitiveDateTime::new(date, clock)) }
}

fn month_from_name(name: &str) -> Option<Month> {
    const MONTHS: &[&str] =
        &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let short = name.get(0..3)?.to_ascii_lowercase();
    let place = MONTHS.iter().position(|month| *month == short)?;
    Month::try_from(u8::try_from(place).ok()?.checked_add(1)?).ok()
}

/// Writes an instant as RFC 3339 in UTC; none beyond the calendar.
#[must_use]
pub fn rfc3339(unix: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(unix).ok()?.format(&Rfc3339).ok()
}

/// Reads RFC 3339 into seconds since the Unix epoch, fractions cut off.
#[must_use]
pub fn unix_from_rfc3339(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

/// The day in UTC of an instant.
#[must_use]
pub fn utc_day(unix: i64) -> Day {
    OffsetDateTime::from_unix_timestamp(unix).map_or(Date::MIN, OffsetDateTime::date)
}

/// A zone's name in the table and its line, for the spelling that nearly everyone uses: every request of a
/// service opens its accounts anew, and searching for a text is much faster than comparing every name.
fn exactly(name: &str) -> Option<(&'static str, &'static str)> {
    TABLE.match_indices(name).find_map(|(at, known)| {
        let (before, after) = (TABLE.get(..at)?, TABLE.get(at.checked_add(known.len())?..)?);
        let whole = !known.is_empty()
            && !known.contains(' ')
            && (before.is_empty() || before.ends_with([' ', '\n']))
            && after.starts_with([' ', '|']);
        let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let line = TABLE.get(start..)?.lines().next()?;
        // Abbreviations in a rule are no names.
        let named = !TABLE.get(start..at)?.contains('|');
        (whole && named).then_some((known, line))
    })
}

fn in_any_case(name: &str) -> Option<(&'static str, &'static str)> {
    TABLE.lines().find_map(|line| {
        let names = line.split('|').next()?;
        Some((names.split(' ').find(|known| known.eq_ignore_ascii_case(name))?, line))
    })
}

/// A project's time zone, read from a table made of the IANA database (`cargo xtask zones`): changes since
/// 2013, then the zone's rule.
#[derive(Debug, Clone)]
pub struct Zone {
    name: &'static str,
    /// The zone's line of the table, read when a time is asked for: every request of a service opens its accounts
    /// anew, and most ask for none.
    line: &'static str,
    rules: OnceCell<Rules>,
}

/// When which offset holds.
#[derive(Debug, Clone, Default)]
struct Rules {
    first: i64,
    /// Time of a change and the offset from then on, oldest first.
    changes: Vec<(i64, i64)>,
    rule: Option<tz::TimeZone>,
}

impl Rules {
    fn of(line: &str) -> Option<Self> {
        let mut fields = line.split('|').skip(1);
        let rule = fields.next()?;
        Some(Self {
            first: fields.next()?.parse().ok()?,
            changes: fields
                .next()?
                .split(',')
                .filter_map(|change| {
                    let (at, offset) = change.split_once(':')?;
                    Some((at.parse().ok()?, offset.parse().ok()?))
                })
                .collect(),
            rule: TimeZoneSettings::new(&[], |_| Err("no files here".into())).parse_posix_tz(rule).ok(),
        })
    }
}

impl Zone {
    /// Looks a zone up by its IANA name, in any case of letters. `UTC` and the links are known too.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (name, line) = exactly(name).or_else(|| in_any_case(name))?;
        Some(Self { name, line, rules: OnceCell::new() })
    }

    /// What is accepted, for error messages.
    #[must_use]
    pub const fn accepted_hint() -> &'static str {
        "an IANA time zone name such as Asia/Kolkata, Europe/Berlin, America/New_York or UTC"
    }

    #[must_use]
    pub const fn name(&self) -> &str {
        self.name
    }

    /// The table is ours, and a test reads all of it.
    fn rules(&self) -> &Rules {
        self.rules.get_or_init(|| Rules::of(self.line).unwrap_or_default())
    }

    /// Seconds east of UTC at an instant.
    fn offset_at(&self, unix: i64) -> i64 {
        let rules = self.rules();
        let after_all = rules.changes.last().is_none_or(|(at, _)| unix >= *at);
        if after_all
            && let Some(rule) = &rules.rule
            && let Ok(kind) = rule.find_local_time_type(unix)
        {
            return i64::from(kind.ut_offset());
        }
        let passed = rules.changes.partition_point(|(at, _)| *at <= unix);
        passed
            .checked_sub(1)
            .and_then(|last| rules.changes.get(last))
            .map_or(rules.first, |(_, offset)| *offset)
    }

    /// The instant of a time on the project's clock.
    #[must_use]
    pub fn to_unix(&self, local: PrimitiveDateTime) -> i64 {
        let as_utc = local.assume_utc().unix_timestamp();
        let before = self.offset_at(as_utc.saturating_sub(SECONDS_A_DAY));
        let after = self.offset_at(as_utc.saturating_add(SECONDS_A_DAY));
        [before, after]
            .into_iter()
            .map(|offset| as_utc.saturating_sub(offset))
            .filter(|unix| as_utc.saturating_sub(*unix) == self.offset_at(*unix))
            .min()
            .unwrap_or_else(|| as_utc.saturating_sub(before))
    }

    /// The project's clock at an instant.
    #[must_use]
    pub fn to_local(&self, unix: i64) -> PrimitiveDateTime {
        let shifted = unix.saturating_add(self.offset_at(unix));
        OffsetDateTime::from_unix_timestamp(shifted).map_or(PrimitiveDateTime::MIN, |utc| {
            let utc = utc.to_offset(UtcOffset::UTC);
            PrimitiveDateTime::new(utc.date(), utc.time())
        })
    }

    /// The instant at which a day begins.
    #[must_use]
    pub fn day_start(&self, day: Day) -> i64 {
        self.to_unix(day.midnight())
    }

    /// The instant of a time as CleverTap wrote it.
    #[must_use]
    pub fn instant(&self, remote: RemoteTime) -> i64 {
        match remote {
            RemoteTime::Local(local) => self.to_unix(local),
            RemoteTime::Instant(unix) => unix,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn every_line_of_the_table_has_rules() {
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            let rules = Rules::of(line).unwrap();
            // A rule that cannot be read (Greenland's, which changes before midnight) has its changes spelled out.
            assert!(rules.rule.is_some() || rules.changes.len() > 20, "{line}");
        }
    }

    #[test]
    fn reads_every_form() {
        let local = |local| Some(RemoteTime::Local(local));
        for (text, expected) in [
            ("20260131", local(datetime!(2026-01-31 00:00))),
            ("202601311230", local(datetime!(2026-01-31 12:30))),
            ("20260131123005", local(datetime!(2026-01-31 12:30:05))),
            ("31 Jan, 2026 12:30:05", local(datetime!(2026-01-31 12:30:05))),
            ("01 Nov, 2017 10:00:00", local(datetime!(2017-11-01 10:00))),
            ("1 november 2017", local(datetime!(2017-11-01 00:00))),
            ("20260131 12:30", local(datetime!(2026-01-31 12:30))),
            ("2026-01-31 12:30", local(datetime!(2026-01-31 12:30))),
            ("2026-01-31T12:30:05", local(datetime!(2026-01-31 12:30:05))),
            ("2026-01-31T12:30:05Z", Some(RemoteTime::Instant(1_769_862_605))),
            ("1769862605", Some(RemoteTime::Instant(1_769_862_605))),
            ("1769862605000", Some(RemoteTime::Instant(1_769_862_605))),
            ("", None),
            ("20261301", None),
            ("202601312530", None),
            ("soon", None),
            ("31 Foo, 2026 12:30:05", None),
            ("31 Jan, 2026 12:30:05 pm", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn zones_know_daylight_saving() {
        let berlin = Zone::named("europe/berlin").unwrap();
        assert_eq!(berlin.name(), "Europe/Berlin");
        for (local, utc) in [
            (datetime!(2026-01-15 12:00), datetime!(2026-01-15 11:00 UTC)),
            (datetime!(2026-07-15 12:00), datetime!(2026-07-15 10:00 UTC)),
            // Skipped: 02:30 is read as winter time still.
            (datetime!(2026-03-29 02:30), datetime!(2026-03-29 01:30 UTC)),
            // Comes twice: the first one, summer time.
            (datetime!(2026-10-25 02:30), datetime!(2026-10-25 00:30 UTC)),
            // Beyond the table: by rule.
            (datetime!(2041-07-15 12:00), datetime!(2041-07-15 10:00 UTC)),
            // Before the table: as at its start.
            (datetime!(2012-07-15 12:00), datetime!(2012-07-15 11:00 UTC)),
        ] {
            assert_eq!(berlin.to_unix(local), utc.unix_timestamp(), "{local}");
        }
        let kolkata = Zone::named("Asia/Kolkata").unwrap();
        assert_eq!(
            kolkata.to_unix(datetime!(2026-01-01 05:30)),
            datetime!(2026-01-01 00:00 UTC).unix_timestamp()
        );
        assert_eq!(Zone::named("Asia/Calcutta").unwrap().name(), "Asia/Calcutta");
        assert!(Zone::named("Mars/Olympus").is_none());
        assert!(Zone::named("").is_none());
    }

    #[test]
    fn every_name_is_found_in_either_spelling() {
        for line in TABLE.lines() {
            for name in line.split('|').next().unwrap().split(' ') {
                assert_eq!(exactly(name), Some((name, line)), "{name}");
                assert_eq!(in_any_case(&name.to_lowercase()), Some((name, line)), "{name}");
            }
        }
        for wrong in ["", "Asia", "Kolkata", "IST-5:30", "Asia/Calcutta Asia/Kolkata", "|", "\n"] {
            assert_eq!(exactly(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_day_can_begin_late() {
        // Clocks go from 00:00 to 01:00 in Beirut: the day begins at the change.
        let beirut = Zone::named("Asia/Beirut").unwrap();
        let start = beirut.day_start(date!(2026 - 03 - 29));
        assert_eq!(beirut.to_local(start).date(), date!(2026 - 03 - 29));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn instants_go_round(unix in 1_356_998_400i64..2_500_000_000, name in prop::sample::select(vec![
            "Asia/Kolkata", "UTC", "Asia/Dubai", "Asia/Singapore", "Asia/Jakarta", "Asia/Seoul",
        ])) {
            let zone = Zone::named(name).unwrap();
            prop_assert_eq!(zone.to_unix(zone.to_local(unix)), unix);
        }

        #[test]
        fn with_daylight_saving_an_hour_at_most_is_lost(unix in 1_356_998_400i64..2_500_000_000, name in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo",
        ])) {
            let zone = Zone::named(name).unwrap();
            let back = zone.to_unix(zone.to_local(unix));
            prop_assert!((0..=3600).contains(&(unix - back)), "{} -> {}", unix, back);
        }
    }
}
