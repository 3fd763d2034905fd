//! Who may call: bearer tokens, and what each may do.
//!
//! | sent | answered |
//! |---|---|
//! | `Authorization: Bearer <one of MARKETING_AUTOMATION_API_TOKENS>` | may do everything |
//! | `Authorization: Bearer ma_api_…` | may do what its scope allows |
//! | `Authorization: Bearer ma_account_…` | the same, with one account alone |
//! | no header, another scheme, several headers, another token, one that expired or was taken back | 401 with `WWW-Authenticate: Bearer` |
//! | anything but signed tokens, while no token is configured | 401 that says so |
//! | a token whose scope is too small, or of another account | 403 |
//!
//! Scopes hold one another: `admin` may do what `write` may, and `write` what `read` may. Each route's is in the
//! table of [`router`](super::router).
//!
//! Every configured token is compared, each in constant time, so that the time taken tells neither which one
//! was close nor how close. It may tell the tokens' lengths.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::config::{self, Environment};
use super::error::Error;
use super::keys::Keyring;
use super::token::{self, Kind, TokenError};
use crate::clevertap::credentials::Secret;
use crate::transport::{Headers, Host};

pub(crate) const NONE_CONFIGURED: &str =
    "no token is configured, so every call is refused: the operator sets MARKETING_AUTOMATION_API_TOKENS";

/// How much a token may do; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grant {
    /// Reads what CleverTap has.
    Read,
    /// Changes something there, or sends messages to people.
    Write,
    /// Links accounts and makes tokens.
    Admin,
}

impl Grant {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == text)
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose request it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) grant: Grant,
    /// The only account that it may use, as `integrated_account_id` would select it; none for any.
    pub(crate) account: Option<String>,
}

impl Caller {
    /// # Errors
    /// 403 when the scope is too small.
    pub(crate) fn needs(&self, needed: Grant) -> Result<(), Error> {
        if self.grant >= needed { Ok(()) } else { Err(Error::Forbidden(Forbidden::Scope { needed })) }
    }
}

/// Why a known caller may not do what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forbidden {
    Scope {
        needed: Grant,
    },
    /// An account token names another account.
    OtherAccount,
    /// An account token where it has no business.
    AccountToken,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope { needed } => write!(f, "the token's scope is too small: this call needs {needed}"),
            Self::OtherAccount => f.write_str(
                "the token is of another integrated account: leave integrated_account_id away, and the token's own is taken",
            ),
            Self::AccountToken => f.write_str(
                "a token of one integrated account is for /unified, /proxy, /custom and /integrated-account/me: use an API token",
            ),
        }
    }
}

/// The configured tokens.
#[derive(Debug)]
pub(crate) struct Tokens(Vec<Secret>);

impl Tokens {
    pub(crate) fn new<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Self {
        Self(tokens.into_iter().map(Secret::new).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, token: &str) -> bool {
        let token = Secret::new(token);
        // No short cut: each token is compared whatever came of those before it.
        self.0.iter().fold(false, |known, secret| known | (*secret == token))
    }
}

/// # Errors
/// 401 when the request carries no token that holds; 500 when the variables that decide cannot be used.
pub(crate) async fn caller<H: Host>(host: &H, env: &Environment, headers: &Headers) -> Result<Caller, Error> {
    let tokens = config::read_tokens(env)?;
    let mut given = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let sent = (given.next(), given.next());
    let bearer = |value: &'_ [u8]| std::str::from_utf8(value).ok().and_then(bearer).map(str::to_owned);
    let token = match sent {
        (Some((_, value)), None) => bearer(value),
        _ if tokens.is_empty() => return Err(Error::Unauthorized(NONE_CONFIGURED)),
        _ => return Err(Error::Unauthorized("send one header Authorization: Bearer <token>")),
    };
    let Some(token) = token else {
        return Err(Error::Unauthorized(if tokens.is_empty() {
            NONE_CONFIGURED
        } else {
            "the Authorization header must read Bearer <token>"
        }));
    };
    if tokens.contains(&token) {
        return Ok(Caller { grant: Grant::Admin, account: None });
    }
    match Kind::of(&token) {
        Some(Kind::Link) => {
            Err(Error::Unauthorized("a link token is for its connect page only; calls need an API token"))
        }
        Some(kind) => signed(host, env, kind, &token).await,
        None if tokens.is_empty() => Err(Error::Unauthorized(NONE_CONFIGURED)),
        None => Err(Error::Unauthorized("the bearer token is not one of this service's")),
    }
}

async fn signed<H: Host>(host: &H, env: &Environment, kind: Kind, token: &str) -> Result<Caller, Error> {
    let unknown = Error::Token(TokenError::Unknown);
    let keys = Keyring::read(env)?.ok_or(unknown.clone())?;
    let claims = token::read(host, &keys, kind, token).await?;
    match (kind, claims.grant, claims.account) {
        (Kind::Account, Some(grant), Some(account)) => Ok(Caller { grant, account: Some(account) }),
        (Kind::Api, Some(grant), None) => Ok(Caller { grant, account: None }),
        _ => Err(unknown),
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
