//! The service's configuration, from the environment.
//!
//! | variable | value | default |
//! |---|---|---|
//! | `MARKETING_AUTOMATION_ACCOUNTS` | JSON list of accounts, see [`configured`] | none |
//! | `MARKETING_AUTOMATION_API_TOKENS` | bearer tokens, comma-separated | none: every call is refused |
//! | `MARKETING_AUTOMATION_SECRET_KEYS` | keys that seal linked accounts and sign tokens, see [`keys`](super::keys) | none: nothing is linked and no token made |
//! | `MARKETING_AUTOMATION_ALLOWED_ENDPOINTS` | origins that an account's `endpoint` may name, comma-separated | none |
//! | `MARKETING_AUTOMATION_DEADLINE_MS` | one call with its retries, 1000 to 600000 | 25000 |
//! | `MARKETING_AUTOMATION_UPLOADS_IN_FLIGHT` | 1 to 100 | 15 |
//! | `MARKETING_AUTOMATION_REQUESTS_IN_FLIGHT` | to each other endpoint, 1 to 100 | 3 |
//! | `MARKETING_AUTOMATION_LOOKBACK_DAYS` | 0 to 3650 | 730 |
//! | `MARKETING_AUTOMATION_UPLOAD_HOSTS` | host suffixes of pre-signed uploads, comma-separated | `amazonaws.com` |
//! | `MARKETING_AUTOMATION_RATE_LIMIT` | requests/seconds of each account, see [`limiter`](super::limiter) | none |
//! | `MARKETING_AUTOMATION_PUBLIC_URL` | where browsers reach this service, for the links to the connect page | none: links are given as paths |
//! | `MARKETING_AUTOMATION_VENDOR_NAME` | in whose name the connect page speaks, up to 100 characters | "the application" |
//!
//! A variable that is absent, empty or blank has its default. One that cannot be used is an error that names
//! the variable and the place in it, and never shows what stands there: it may be a secret in a wrong place.

use std::fmt;
use std::rc::Rc;

use url::{Origin, Url};

use super::accounts::{Terms, configured};
use super::auth::Tokens;
use super::keys::Keyring;
use super::limiter::RateLimit;
use crate::clevertap::account::{Account, HOST_SUFFIX, Limits, is_host_suffix};

/// Names and values of the variables that begin with `MARKETING_AUTOMATION_`; others do no harm.
pub type Environment = [(String, String)];

pub(crate) const ACCOUNTS: &str = "MARKETING_AUTOMATION_ACCOUNTS";
pub(crate) const API_TOKENS: &str = "MARKETING_AUTOMATION_API_TOKENS";
pub(crate) const SECRET_KEYS: &str = "MARKETING_AUTOMATION_SECRET_KEYS";
pub(crate) const ALLOWED_ENDPOINTS: &str = "MARKETING_AUTOMATION_ALLOWED_ENDPOINTS";
const DEADLINE_MS: &str = "MARKETING_AUTOMATION_DEADLINE_MS";
const UPLOADS_IN_FLIGHT: &str = "MARKETING_AUTOMATION_UPLOADS_IN_FLIGHT";
const REQUESTS_IN_FLIGHT: &str = "MARKETING_AUTOMATION_REQUESTS_IN_FLIGHT";
const LOOKBACK_DAYS: &str = "MARKETING_AUTOMATION_LOOKBACK_DAYS";
const UPLOAD_HOSTS: &str = "MARKETING_AUTOMATION_UPLOAD_HOSTS";
pub(super) const RATE_LIMIT: &str = "MARKETING_AUTOMATION_RATE_LIMIT";
const PUBLIC_URL: &str = "MARKETING_AUTOMATION_PUBLIC_URL";
const VENDOR_NAME: &str = "MARKETING_AUTOMATION_VENDOR_NAME";

/// The longest name of a vendor, in characters.
pub(crate) const MOST_NAME: usize = 100;
/// What a vendor's name is, for the error about one that is not.
pub(crate) const NAME: &str = "must be a name of at most 100 characters, without control characters";

/// All of them: hosts without an environment that can be listed are asked for each by name.
pub const VARIABLES: [&str; 12] = [
    ACCOUNTS,
    API_TOKENS,
    SECRET_KEYS,
    ALLOWED_ENDPOINTS,
    DEADLINE_MS,
    UPLOADS_IN_FLIGHT,
    REQUESTS_IN_FLIGHT,
    LOOKBACK_DAYS,
    UPLOAD_HOSTS,
    PUBLIC_URL,
    VENDOR_NAME,
    RATE_LIMIT,
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
    /// Those of the environment.
    pub(crate) accounts: Vec<Rc<Account>>,
    /// What every account is opened with.
    pub(crate) terms: Terms,
    pub(crate) keys: Option<Keyring>,
    /// Where browsers reach this service; without a slash at its end.
    pub(crate) public_url: Option<String>,
    /// In whose name the connect page speaks, unless a link token says.
    pub(crate) vendor_name: Option<String>,
    pub(crate) rate_limit: Option<RateLimit>,
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
        let terms =
            Terms { limits, endpoints: AllowedEndpoints::read(env)?, upload_hosts: upload_hosts(env)? };
        let accounts = match value(env, ACCOUNTS) {
            Some(text) => configured::read(text, &terms)?.into_iter().map(Rc::new).collect(),
            None => Vec::new(),
        };
        Ok(Self {
            accounts,
            terms,
            keys: Keyring::read(env)?,
            public_url: public_url(env)?,
            vendor_name: vendor_name(env)?,
            rate_limit: RateLimit::read(env)?,
        })
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

fn public_url(env: &Environment) -> Result<Option<String>, ConfigError> {
    let Some(text) = value(env, PUBLIC_URL) else { return Ok(None) };
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .filter(|url| url.query().is_none() && url.fragment().is_none());
    match url {
        Some(url) => Ok(Some(url.as_str().trim_end_matches('/').to_owned())),
        None => Err(ConfigError::new(
            PUBLIC_URL,
            "",
            "must be an http or https address such as https://connect.example.com, without a query and a user name",
        )),
    }
}

fn vendor_name(env: &Environment) -> Result<Option<String>, ConfigError> {
    let Some(name) = value(env, VENDOR_NAME) else { return Ok(None) };
    if name.chars().count() > MOST_NAME || name.contains(char::is_control) {
        return Err(ConfigError::new(VENDOR_NAME, "", NAME));
    }
    Ok(Some(name.to_owned()))
}

/// The value of a variable; none when it is absent or blank. Spin's spelling, in lower case, counts too.
pub(super) fn value<'e>(env: &'e Environment, name: &str) -> Option<&'e str> {
    env.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

/// The entries of a comma-separated list, and their places.
pub(crate) fn list<'e>(env: &'e Environment, name: &str) -> impl Iterator<Item = (usize, &'e str)> {
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
