//! Signed tokens: what this service hands out, and knows again without having kept it.
//!
//! | kind | begins with | lets its bearer | lives | at most |
//! |---|---|---|---|---|
//! | API | `ma_api_` | do what its scope allows | 90 days | 365 days |
//! | integrated account | `ma_account_` | use one account, within its scope | 15 minutes | 1 hour |
//! | link | `ma_link_` | fill in the connect page, once | 7 days | 30 days |
//!
//! A token is `<prefix><payload>.<signature>`: the payload is JSON in URL-safe base64, the signature an
//! HMAC-SHA-256 over it and the kind, under a key of [`keys`](super::keys). A payload can be read by whoever holds
//! the token; what a link token says of the vendor's customer is sealed in it.
//!
//! Where the host has a store, a token can be revoked: `token-revoked/<id>` stands there from then on (nothing takes it
//! away). A link token that has linked stands there, too. **Neither is atomic**: the store has no
//! compare-and-swap, so two requests that use one link token at the same moment may both link; what was revoked
//! while a request is under way is refused from the next one on. Where there is no store, no token can be revoked
//! (but for all at once, by taking its key away) and a link token can be used until it expires.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::auth::Grant;
use super::error::Error;
use super::keys::Keyring;
use crate::transport::{Host, StoreError, store};

/// The longest token that is looked at.
const LONGEST: usize = 16 * 1024;
const DAY: u32 = 86_400;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Api,
    Account,
    Link,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Api, Self::Account, Self::Link];

    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Api => "ma_api_",
            Self::Account => "ma_account_",
            Self::Link => "ma_link_",
        }
    }

    /// Seconds that a token lives, unless told.
    pub(crate) const fn usual_seconds(self) -> u32 {
        match self {
            Self::Api => 90 * DAY,
            Self::Account => 900,
            Self::Link => 7 * DAY,
        }
    }

    /// And at most.
    pub(crate) const fn most_seconds(self) -> u32 {
        match self {
            Self::Api => 365 * DAY,
            Self::Account => 3600,
            Self::Link => 30 * DAY,
        }
    }

    /// The kind that a text claims to be.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }
}

/// What a token says. Names are short, as tokens travel with every request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// Unix seconds.
    #[serde(rename = "x")]
    pub(crate) expires_at: i64,
    /// Of a link token: none.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) grant: Option<Grant>,
    /// What an account token selects, as `integrated_account_id` would.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// A sealed [`Link`].
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    sealed_link: Option<String>,
}

/// What a link token says of whom it is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    /// In whose name the page speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor_name: Option<String>,
    /// Kept with the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_id: Option<String>,
    /// Kept with the account.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) context: Map<String, Value>,
    /// An account to connect anew, as `integrated_account_id` would select it; it keeps its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) integrated_account_id: Option<String>,
    /// Where the browser goes afterwards: an absolute http(s) address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_uri: Option<String>,
    /// The page that may open the pop-up and is told the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    /// Handed back untouched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    /// Of the account: an IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timezone: Option<String>,
    /// In place of the region's host; must be allowed by the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is none of ours, or was changed.
    Unknown,
    Expired,
    /// Or, of a link token, used.
    Revoked,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "the token is not one of this service's",
            Self::Expired => "the token has expired",
            Self::Revoked => "the token has been revoked",
        })
    }
}

impl std::error::Error for TokenError {}

/// A token that has just been made.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) text: String,
    pub(crate) claims: Claims,
}

/// What a token is made from.
#[derive(Debug, Default)]
pub(crate) struct Order<'a> {
    pub(crate) grant: Option<Grant>,
    pub(crate) account: Option<String>,
    pub(crate) link: Option<&'a Link>,
    /// None for the usual.
    pub(crate) seconds: Option<u32>,
}

/// Makes a token.
pub(crate) fn issue<H: Host>(host: &H, keys: &Keyring, kind: Kind, order: Order<'_>) -> Issued {
    let id = random_id(host);
    let seconds = order.seconds.unwrap_or(kind.usual_seconds());
    let sealed_link = order.link.map(|link| {
        let plain = serde_json::to_vec(link).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(keys.seal(host, &link_purpose(&id), &plain))
    });
    let claims = Claims {
        expires_at: unix_seconds(host).saturating_add(i64::from(seconds)),
        grant: order.grant,
        account: order.account,
        sealed_link,
        id,
    };
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap_or_default());
    let signature = URL_SAFE_NO_PAD.encode(keys.sign(kind.prefix(), &[payload.as_bytes()]));
    Issued { text: format!("{}{payload}.{signature}", kind.prefix()), claims }
}

/// What a token says, if it is ours and still holds.
///
/// # Errors
/// [`TokenError`]s as [`Error::Token`], and the store's failure: whether a token is revoked must be known.
pub(crate) async fn read<H: Host>(host: &H, keys: &Keyring, kind: Kind, text: &str) -> Result<Claims, Error> {
    let claims = signed(keys, kind, text).ok_or(Error::Token(TokenError::Unknown))?;
    if claims.expires_at <= unix_seconds(host) {
        return Err(Error::Token(TokenError::Expired));
    }
    let Some(store) = store::of(host) else { return Ok(claims) };
    match store.get(&revoked_key(&claims.id)).await {
        // Where no store is granted, none can have been taken back.
        Ok(None) | Err(StoreError::Denied) => Ok(claims),
        Ok(Some(_)) => Err(Error::Token(TokenError::Revoked)),
        Err(error) => Err(Error::Store(error)),
    }
}

fn signed(keys: &Keyring, kind: Kind, text: &str) -> Option<Claims> {
    if text.len() > LONGEST {
        return None;
    }
    let (payload, signature) = text.strip_prefix(kind.prefix())?.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !keys.verify(kind.prefix(), &[payload.as_bytes()], &signature) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

impl Claims {
    /// What a link token says of whom it is for.
    pub(crate) fn link(&self, keys: &Keyring) -> Option<Link> {
        let sealed = URL_SAFE_NO_PAD.decode(self.sealed_link.as_deref()?).ok()?;
        serde_json::from_slice(&keys.open(&link_purpose(&self.id), &sealed).ok()?).ok()
    }
}

/// Takes back a token, by its id. It need not be known: what is not known cannot be used either.
///
/// # Errors
/// [`Error::NeedsStore`] where there is none, and the store's failure.
pub(crate) async fn revoke<H: Host>(host: &H, id: &str) -> Result<(), Error> {
    let Some(store) = store::of(host) else {
        return Err(Error::NeedsStore { what: "taking back single tokens" });
    };
    let at = unix_seconds(host).to_string();
    store.set(&revoked_key(id), at.as_bytes()).await.map_err(Error::Store)
}

/// Whether a text has the form of a token's id.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// 128 random bits, as text.
pub(crate) fn random_id<H: Host>(host: &H) -> String {
    format!("{:016x}{:016x}", host.random(), host.random())
}

pub(crate) fn unix_seconds<H: Host>(host: &H) -> i64 {
    host.unix_ms().div_euclid(1000)
}

fn revoked_key(id: &str) -> String {
    format!("token-revoked/{id}")
}

fn link_purpose(id: &str) -> String {
    format!("link:{id}")
}
