//! Log lines: one event a line, as JSON or as text.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object.
    #[default]
    Json,
    /// `time LEVEL event key=value …`
    Text,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Info,
    /// Someone may have to change something.
    Warn,
    /// Something failed here.
    Error,
}

/// Where lines go. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Log {
    format: LogFormat,
    sink: Sink,
}

#[derive(Debug, Clone, Default)]
enum Sink {
    #[default]
    Off,
    Stderr,
    Buffer(Arc<Mutex<Vec<String>>>),
}

impl Log {
    /// Writes nothing.
    pub fn off() -> Self {
        Self::default()
    }

    /// Writes to standard error.
    pub fn stderr(format: LogFormat) -> Self {
        Self { format, sink: Sink::Stderr }
    }

    /// Keeps JSON lines, for tests.
    pub fn buffer() -> Self {
        Self { format: LogFormat::Json, sink: Sink::Buffer(Arc::default()) }
    }

    /// What a [`buffer`](Self::buffer) has kept.
    pub fn lines(&self) -> Vec<String> {
        match &self.sink {
            Sink::Buffer(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Sink::Off | Sink::Stderr => Vec::new(),
        }
    }

    /// Writes one line. Failing to write is nobody's problem but the log's.
    pub fn write<'a>(&self, level: Level, event: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) {
        if matches!(self.sink, Sink::Off) {
            return;
        }
        let now = rfc3339(SystemTime::now());
        let line = match self.format {
            LogFormat::Json => json_line(&now, level, event, fields),
            LogFormat::Text => text_line(&now, level, event, fields),
        };
        match &self.sink {
            Sink::Off => {}
            Sink::Stderr => drop(writeln!(std::io::stderr().lock(), "{line}")),
            Sink::Buffer(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(line),
        }
    }
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Keys in the order in which they are given: a line is read by people too.
fn json_line<'a>(
    now: &str,
    level: Level,
    event: &str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> String {
    let mut line = format!(r#"{{"time":"{now}","level":"{}","event":{}"#, level.name(), Value::from(event));
    for (key, value) in fields {
        let _ = write!(line, ",{}:{value}", Value::from(key));
    }
    line.push('}');
    line
}

fn text_line<'a>(
    now: &str,
    level: Level,
    event: &str,
    fields: impl IntoIterator<Item = (&'a str, Value)>,
) -> String {
    let mut line = format!("{now} {:5} {event}", level.name());
    for (key, value) in fields {
        let _ = match value {
            Value::String(text) if !text.contains([' ', '"', '\n']) => write!(line, " {key}={text}"),
            other => write!(line, " {key}={other}"),
        };
    }
    line
}

/// UTC with milliseconds.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// Days since 1970-01-01 as a date of the Gregorian calendar (Hinnant's `civil_from_days`, unsigned half).
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times() {
        let at = |seconds| rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_798_761_599), "2026-12-31T23:59:59.000Z");
    }

    #[test]
    fn a_line_is_one_json_object_in_the_given_order() {
        let log = Log::buffer();
        log.write(Level::Warn, "a \"b\"", [("z", Value::from(1)), ("a", Value::from("x\ny"))]);
        let line = log.lines().remove(0);
        assert!(line.ends_with(r#""level":"warn","event":"a \"b\"","z":1,"a":"x\ny"}"#), "{line}");
        assert!(serde_json::from_str::<Value>(&line).is_ok());
    }

    #[test]
    fn text_quotes_only_what_needs_it() {
        let line = text_line(
            "T",
            Level::Info,
            "request",
            [("path", "/a".into()), ("why", "a b".into()), ("ms", 3.into())],
        );
        assert_eq!(line, "T info  request path=/a why=\"a b\" ms=3");
    }
}
