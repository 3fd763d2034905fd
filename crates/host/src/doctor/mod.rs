//! Checks, against a real account, what this project assumes about CleverTap.
//!
//! Much of CleverTap's API is known only from third parties. Each assumption that the code rests on has a check
//! here with a stable id. Every call is a read. A finding names keys, types and numbers of things, never a
//! value: no campaign's name, no person, no credential.

mod calls;
mod finding;
mod findings;
mod shape;

pub use calls::{Call, Passthrough, Reply};
pub use finding::{Finding, Verdict};

use serde_json::Value;

use crate::provider::Session;

/// Makes the calls, a dozen or so, and judges what comes.
///
/// Takes a minute or two against a real account: the reports are slow.
pub async fn examine(account: &mut impl Passthrough, today: Day) -> Vec<Finding> {
    let seen = calls::Observations::collect(account, today).await;
    findings::judge(&seen)
}

/// A day of the calendar, as a number of days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u64);

impl Day {
    /// Today in UTC; the project's own day may be the one before or after.
    pub fn today() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(since.as_secs() / 86_400)
    }

    fn before(self, days: u64) -> Self {
        Self(self.0.saturating_sub(days))
    }

    fn after(self, days: u64) -> Self {
        Self(self.0 + days)
    }

    /// CleverTap's `YYYYMMDD`.
    fn number(self) -> u64 {
        let (year, month, day) = crate::log::civil(self.0);
        year * 10_000 + month * 100 + day
    }
}

impl Passthrough for Session {
    async fn send(&mut self, call: &Call) -> Reply {
        let start = std::time::Instant::now();
        let request = serde_json::json!({
            "method": call.method,
            "path": call.path,
            "headers": [["content-type", "application/json"]],
            "body": call.body.as_ref().map_or_else(String::new, Value::to_string),
        });
        match self.call("passthrough", "send", &[request]).await {
            Ok(response) => Reply::read(&response, start.elapsed()),
            Err(error) => Reply::Failed(error.fault().map_or_else(|| error.to_string(), str::to_owned)),
        }
    }
}
