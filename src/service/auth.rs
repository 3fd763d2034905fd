//! Who may call: bearer tokens.
//!
//! | sent | answered |
//! |---|---|
//! | `Authorization: Bearer <one of the tokens>` | the call goes on |
//! | no header, another scheme, several headers, another token | 401 with `WWW-Authenticate: Bearer` |
//! | anything, while no token is configured | 401 that says so |
//!
//! Every configured token is compared, each in constant time, so that the time taken tells neither which one
//! was close nor how close. It may tell the tokens' lengths.

use super::error::Error;
use crate::clevertap::credentials::Secret;
use crate::transport::Headers;

pub(crate) const NONE_CONFIGURED: &str =
    "no token is configured, so every call is refused: the operator sets MARKETING_AUTOMATION_API_TOKENS";

/// The tokens that let a call in.
#[derive(Debug)]
pub(crate) struct Tokens(Vec<Secret>);

impl Tokens {
    pub(crate) fn new<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Self {
        Self(tokens.into_iter().map(Secret::new).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// # Errors
    /// When the request does not carry one of the tokens.
    pub(crate) fn check(&self, headers: &Headers) -> Result<(), Error> {
        if self.is_empty() {
            return Err(Error::Unauthorized(NONE_CONFIGURED));
        }
        let mut given = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let (Some((_, value)), None) = (given.next(), given.next()) else {
            return Err(Error::Unauthorized("send one header Authorization: Bearer <token>"));
        };
        let token = std::str::from_utf8(value).ok().and_then(bearer);
        let Some(token) = token else {
            return Err(Error::Unauthorized("the Authorization header must read Bearer <token>"));
        };
        let token = Secret::new(token);
        // No short cut: each token is compared whatever came of those before it.
        let known = self.0.iter().fold(false, |known, secret| known | (*secret == token));
        if known { Ok(()) } else { Err(Error::Unauthorized("the bearer token is not one of this service's")) }
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
