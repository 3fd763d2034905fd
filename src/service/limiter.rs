//! A limit on the requests of each account: `MARKETING_AUTOMATION_RATE_LIMIT=requests/seconds`, such as `50/10`.
//!
//! | | |
//! |---|---|
//! | counted | requests through unified, proxy and custom that carry a good token and name an account there is |
//! | how | in windows of so many seconds of the clock, the same for all instances |
//! | where | in the store: one get and one set for each request; a request over the limit costs the get alone |
//! | within one instance | exact: what it counted itself is in memory, and goes before what the store says |
//! | across instances | best effort, as the store has no atomic step: at worst each instance admits the limit for itself |
//! | a store that fails | requests go on, without figures, and a log line says so |
//! | no store | an error of the configuration: on WASI 0.2 an instance may live for one request, and would count nothing |
//!
//! A window begins all at once, so that twice the limit can pass around its begin. Figures go out as `ratelimit-limit`,
//! `ratelimit-remaining` and `ratelimit-reset` (seconds until the next window).

use serde_json::json;

use super::config::{Config, ConfigError, Environment, RATE_LIMIT, value};
use super::context::Context;
use super::digest;
use super::error::Error;
use super::set_header;
use crate::clevertap::account::Account;
use crate::transport::store::in_time;
use crate::transport::{Headers, Host, Store, StoreError};

pub(super) const MOST_REQUESTS: u32 = 1_000_000;
const MOST_SECONDS: u32 = 86_400;

/// So many requests in so many seconds; both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    requests: u32,
    seconds: u32,
}

/// What an answer tells of the limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures {
    limit: u32,
    remaining: u32,
    /// Seconds.
    reset: u64,
}

impl RateLimit {
    /// # Errors
    /// When the variable cannot be used.
    pub(crate) fn read(env: &Environment) -> Result<Option<Self>, ConfigError> {
        let Some(text) = value(env, RATE_LIMIT) else { return Ok(None) };
        let number = |text: &str, most| text.trim().parse().ok().filter(|number| (1..=most).contains(number));
        let limit = text.split_once('/').and_then(|(requests, seconds)| {
            Some(Self { requests: number(requests, MOST_REQUESTS)?, seconds: number(seconds, MOST_SECONDS)? })
        });
        let message = || {
            format!("must read requests/seconds, such as 50/10: 1 to {MOST_REQUESTS} in 1 to {MOST_SECONDS}")
        };
        limit.map(Some).ok_or_else(|| ConfigError::new(RATE_LIMIT, "", message()))
    }

    /// Milliseconds.
    fn window(self) -> i64 {
        i64::from(self.seconds).saturating_mul(1000)
    }
}

/// # Errors
/// When there is a limit and no store to count in.
pub(crate) fn check<H: Host>(host: &H, config: &Config) -> Result<(), ConfigError> {
    if config.rate_limit.is_none() || host.store().is_some() {
        return Ok(());
    }
    Err(ConfigError::new(
        RATE_LIMIT,
        "",
        "needs a key-value store to count in, and there is none here: service-spin.wasm has one; without it, limit \
         requests in front of this service, and leave this variable away",
    ))
}

/// Counts a request of an account, and notes the figures.
///
/// # Errors
/// [`Error::OverLimit`].
pub(super) async fn admit<H: Host>(context: &Context<'_, H>, account: &Account) -> Result<(), Error> {
    let (Some(limit), Some(store)) = (context.config.rate_limit, context.host.store()) else { return Ok(()) };
    let now = context.host.unix_ms();
    let end = now.div_euclid(limit.window()).saturating_add(1).saturating_mul(limit.window());
    let left = u64::try_from(end.saturating_sub(now)).unwrap_or(0);
    let figures = |remaining| Figures { limit: limit.requests, remaining, reset: left.div_ceil(1000) };
    match count(context.host, &*store, account, limit, now, end).await {
        Ok(Some(count)) => {
            let remaining = limit.requests.saturating_sub(count);
            context.note.borrow_mut().figures = Some(figures(remaining));
            Ok(())
        }
        Ok(None) => {
            let figures = figures(0);
            context.note.borrow_mut().figures = Some(figures);
            Err(Error::OverLimit { retry_after: figures.reset })
        }
        Err(error) => {
            let line = json!({
                "event": "rate_limit_not_counted",
                "request_id": context.trace.request_id,
                "account": account.id,
                "message": error.to_string(),
            });
            context.host.log(&line.to_string());
            Ok(())
        }
    }
}

/// Which request of its window this is; none when it is one too many.
async fn count<H: Host>(
    host: &H,
    store: &dyn Store,
    account: &Account,
    limit: RateLimit,
    now: i64,
    end: i64,
) -> Result<Option<u32>, StoreError> {
    let key = digest::key("rate", &[account.id.as_bytes()]);
    let stored = in_time(host, store.get(&key)).await?;
    let others = stored.and_then(|value| read(&value, end)).unwrap_or(0);
    let Some(count) = host.instance().count(&key, now, end, others, limit.requests) else { return Ok(None) };
    in_time(host, store.set(&key, &written(end, count))).await?;
    Ok(Some(count))
}

/// The count of the window that ends then.
fn read(value: &[u8], end: i64) -> Option<u32> {
    let (of, count) = value.split_first_chunk::<8>()?;
    (i64::from_be_bytes(*of) == end).then_some(())?;
    Some(u32::from_be_bytes(count.try_into().ok()?))
}

fn written(end: i64, count: u32) -> [u8; 12] {
    let mut value = [0; 12];
    let (of, counted) = value.split_at_mut(8);
    of.copy_from_slice(&end.to_be_bytes());
    counted.copy_from_slice(&count.to_be_bytes());
    value
}

impl Figures {
    pub(super) fn tell(self, headers: &mut Headers) {
        set_header(headers, "ratelimit-limit", &self.limit.to_string());
        set_header(headers, "ratelimit-remaining", &self.remaining.to_string());
        set_header(headers, "ratelimit-reset", &self.reset.to_string());
    }
}
