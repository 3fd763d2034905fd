//! Days as CleverTap writes them, for the command lines that we print.

use std::time::{SystemTime, UNIX_EPOCH};

/// The UTC day this many days from now as `20260131`.
pub(crate) fn day(from_now: i64) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    written(i64::try_from(seconds / 86_400).unwrap_or(0) + from_now)
}

/// The Gregorian day that lies so many days after 1970-01-01.
fn written(days: i64) -> String {
    // Counted from 0000-03-01, so that the leap day is a year's last; 146,097 days make 400 years.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}")
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn days_are_gregorian() {
        assert_eq!(written(0), "19700101");
        assert_eq!(written(11_016), "20000229");
        assert_eq!(written(11_017), "20000301");
        assert_eq!(written(20_453), "20251231");
        assert_eq!(written(20_454), "20260101");
    }
}
