//! The service's configuration, from the environment.
//!
//! | variable | value | default |
//! |---|---|---|
//! | `MARKETING_AUTOMATION_ACCOUNTS` | JSON list of accounts, see [`accounts`](super::accounts) | none |
//! | `MARKETING_AUTOMATION_API_TOKENS` | bearer tokens, comma-separated | none: every call is refused |
//! | `MARKETING_AUTOMATION_ALLOWED_ENDPOINTS` | origins that an account's `endpoint` may name, comma-separated | none |
//! | `MARKETING_AUTOMATION_DEADLINE_MS` | one call with its retries, 1000 to 600000 | 25000 |
//! | `MARKETING_AUTOMATION_UPLOADS_IN_FLIGHT` | 1 to 100 | 15 |
//! | `MARKETING_AUTOMATION_REQUESTS_IN_FLIGHT` | to each other endpoint, 1 to 100 | 3 |
//! | `MARKETING_AUTOMATION_LOOKBACK_DAYS` | 0 to 3650 | 730 |
//! | `MARKETING_AUTOMATION_UPLOAD_HOSTS` | host suffixes of pre-signed uploads, comma-separated | `amazonaws.com` |
//!
//! A variable that is absent, empty or blank has its default. One that cannot be used is an error that names
//! the variable and the place in it, and never shows what stands there: it may be a secret in a wrong place.

use std::fmt;
use std::rc::Rc;

use url::{Origin, Url};

use super::accounts;
use super::auth::Tokens;
use crate::clevertap::account::{Account, HOST_SUFFIX, Limits, is_host_suffix};

/// Names and values of the variables that begin with `MARKETING_AUTOMATION_`; others do no harm.
pub type Environment = [(String, String)];

pub(crate) const ACCOUNTS: &str = "MARKETING_AUTOMATION_ACCOUNTS";
pub(crate) const API_TOKENS: &str = "MARKETING_AUTOMATION_API_TOKENS";
const ALLOWED_ENDPOINTS: &str = "MARKETING_AUTOMATION_ALLOWED_ENDPOINTS";
const DEADLINE_MS: &str = "MARKETING_AUTOMATION_DEADLINE_MS";
const UPLOADS_IN_FLIGHT: &str = "MARKETING_AUTOMATION_UPLOADS_IN_FLIGHT";
const REQUESTS_IN_FLIGHT: &str = "MARKETING_AUTOMATION_REQUESTS_IN_FLIGHT";
const LOOKBACK_DAYS: &str = "MARKETING_AUTOMATION_LOOKBACK_DAYS";
const UPLOAD_HOSTS: &str = "MARKETING_AUTOMATION_UPLOAD_HOSTS";

/// All of them: hosts without an environment that can be listed are asked for each by name.
pub const VARIABLES: [&str; 8] = [
    ACCOUNTS,
    API_TOKENS,
    ALLOWED_ENDPOINTS,
    DEADLINE_MS,
    UPLOADS_IN_FLIGHT,
    REQUESTS_IN_FLIGHT,
    LOOKBACK_DAYS,
    UPLOAD_HOSTS,
];

/// A variable that the host has, and whose value it could not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    pub variable: &'static str,
}

impl From<Unreadable> for ConfigError {
    fn from(unreadable: Unreadable) -> Self {
        Self::new(unreadable.variable, "", "the host could not give its value, and says why in the log")
    }
}

/// Why a variable cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(crate) variable: &'static str,
    /// Inside the value, such as `[0].region`; empty for the whole.
    pub(crate) place: String,
    /// What is wrong and what would be accepted; nothing of the value.
    pub(crate) message: String,
}

impl ConfigError {
    pub(crate) fn new(variable: &'static str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { variable, place: place.into(), message: message.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.variable, self.place, self.message)
    }
}

/// The configuration, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) accounts: Vec<Rc<Account>>,
}

impl Config {
    /// # Errors
    /// For the first variable that cannot be used.
    pub(crate) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let limits = Limits {
            deadline_ms: number(env, DEADLINE_MS, 1000, 600_000)?,
            tries: None,
            uploads_in_flight: number(env, UPLOADS_IN_FLIGHT, 1, 100)?,
            requests_in_flight: number(env, REQUESTS_IN_FLIGHT, 1, 100)?,
            lookback_days: number(env, LOOKBACK_DAYS, 0, 3650)?,
        };
        let endpoints = AllowedEndpoints::read(env)?;
        let upload_hosts = upload_hosts(env)?;
        let accounts = match value(env, ACCOUNTS) {
            Some(text) => accounts::read(text, limits, &endpoints, upload_hosts.as_ref())?
                .into_iter()
                .map(Rc::new)
                .collect(),
            None => Vec::new(),
        };
        Ok(Self { accounts })
    }

    /// The account of that id.
    pub(crate) fn account(&self, id: &str) -> Option<&Rc<Account>> {
        self.accounts.iter().find(|account| account.id == id)
    }
}

/// Reads the tokens by themselves: who is let in must not depend on whether the rest can be used.
///
/// # Errors
/// When one of them cannot be a bearer token.
pub(crate) fn read_tokens(env: &Environment) -> Result<Tokens, ConfigError> {
    let mut tokens = Vec::new();
    for (place, token) in list(env, API_TOKENS) {
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::new(
                API_TOKENS,
                format!("[{place}]"),
                "a token must be visible ASCII characters without spaces and commas: it travels in a header",
            ));
        }
        tokens.push(token);
    }
    Ok(Tokens::new(tokens))
}

/// The origins that an account's endpoint may name.
#[derive(Debug)]
pub(crate) struct AllowedEndpoints(Vec<Origin>);

impl AllowedEndpoints {
    fn read(env: &Environment) -> Result<Self, ConfigError> {
        let mut origins = Vec::new();
        for (place, text) in list(env, ALLOWED_ENDPOINTS) {
            let origin = Url::parse(text)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"))
                .filter(|url| url.username().is_empty() && url.password().is_none())
                .map(|url| url.origin());
            origins.push(origin.ok_or_else(|| {
                ConfigError::new(
                    ALLOWED_ENDPOINTS,
                    format!("[{place}]"),
                    "must be an http or https address such as http://127.0.0.1:8081, without a user name",
                )
            })?);
        }
        Ok(Self(origins))
    }

    pub(crate) fn contains(&self, endpoint: &Url) -> bool {
        self.0.contains(&endpoint.origin())
    }

    /// For the error about one that is not in it.
    pub(crate) const fn variable() -> &'static str {
        ALLOWED_ENDPOINTS
    }
}

/// Host suffixes of pre-signed uploads; none for the default.
fn upload_hosts(env: &Environment) -> Result<Option<Vec<String>>, ConfigError> {
    let mut suffixes = Vec::new();
    for (place, suffix) in list(env, UPLOAD_HOSTS) {
        if !is_host_suffix(suffix) {
            return Err(ConfigError::new(UPLOAD_HOSTS, format!("[{place}]"), HOST_SUFFIX));
        }
        suffixes.push(suffix.to_owned());
    }
    Ok((!suffixes.is_empty()).then_some(suffixes))
}

/// The value of a variable; none when it is absent or blank. Spin's spelling, in lower case, counts too.
fn value<'e>(env: &'e Environment, name: &str) -> Option<&'e str> {
    env.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

/// The entries of a comma-separated list, and their places.
fn list<'e>(env: &'e Environment, name: &str) -> impl Iterator<Item = (usize, &'e str)> {
    value(env, name)
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .enumerate()
}

fn number<T>(env: &Environment, name: &'static str, least: u32, most: u32) -> Result<Option<T>, ConfigError>
where
    T: TryFrom<u32>,
{
    let Some(text) = value(env, name) else { return Ok(None) };
    let number = text
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .and_then(|number| T::try_from(number).ok());
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(ConfigError::new(name, "", format!("must be a whole number from {least} to {most}"))),
    }
}
