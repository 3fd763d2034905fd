//! A linked account as it is sealed: what makes it, and its way into text and back.
//!
//! The text of a sealed account is `ma_sealed_<32 hexadecimal digits>_<base64url>`. The digits are its id, which
//! stays when the account is changed, while the rest is another with every change. The id is part of what the seal
//! covers: neither can be exchanged. Whoever has the text alone can do nothing with it, as it needs the operator's
//! key to be opened and a token to be used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ID;
use crate::clevertap::credentials::Secret;
use crate::service::config::SECRET_KEYS;
use crate::service::error::Error;
use crate::service::keys::{Keyring, OpenError};
use crate::service::token;
use crate::transport::Host;

const PREFIX: &str = "ma_sealed_";
/// Hexadecimal digits of an id.
const DIGITS: usize = 32;
/// The longest sealed text that is looked at.
const LONGEST: usize = 24 * 1024;

/// What a customer linked. Nothing of it leaves this component but sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linked {
    pub(crate) project_id: String,
    #[serde(with = "secret")]
    pub(crate) passcode: Secret,
    /// A region's code; `auto` only beside an endpoint, which stands in for it.
    pub(crate) region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timezone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// The vendor's own name for its customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant_id: Option<String>,
    /// The vendor's own notes.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) context: Map<String, Value>,
    /// Milliseconds since the Unix epoch.
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// Whether CleverTap has accepted the credentials.
    pub(crate) verified: bool,
}

/// Passcodes are written where they are sealed, and nowhere else.
mod secret {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::clevertap::credentials::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

/// Whether a text has the form of a stored account's id.
pub(crate) fn is_id(text: &str) -> bool {
    text.strip_prefix(ID).is_some_and(token::is_id)
}

/// The digits of a sealed account's id.
pub(crate) fn id_of_sealed(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(PREFIX)?;
    let (digits, tail) = rest.split_at_checked(DIGITS)?;
    (token::is_id(digits) && tail.starts_with('_')).then_some(digits)
}

/// Seals an account of this id.
pub(crate) fn seal<H: Host>(host: &H, keys: &Keyring, id: &str, linked: &Linked) -> Vec<u8> {
    // Texts, numbers and JSON values always serialise.
    let plain = serde_json::to_vec(linked).unwrap_or_default();
    keys.seal(host, &purpose(id), &plain)
}

/// What was sealed, as text that the vendor keeps.
pub(crate) fn text(id: &str, sealed: &[u8]) -> String {
    format!("{PREFIX}{}_{}", id.trim_start_matches(ID), URL_SAFE_NO_PAD.encode(sealed))
}

/// # Errors
/// [`Error::NoAccount`] for what was not sealed here, or with a key that is gone.
pub(crate) fn unseal(keys: Option<&Keyring>, text: &str) -> Result<Linked, Error> {
    let digits = id_of_sealed(text).filter(|_| text.len() <= LONGEST);
    let tail = text.get(PREFIX.len().saturating_add(DIGITS).saturating_add(1)..);
    let (Some(digits), Some(tail)) = (digits, tail) else { return Err(broken(&OpenError::Broken)) };
    let sealed = URL_SAFE_NO_PAD.decode(tail).map_err(|_| broken(&OpenError::Broken))?;
    open(keys, &format!("{ID}{digits}"), &sealed)
}

/// # Errors
/// As [`unseal`].
pub(crate) fn open(keys: Option<&Keyring>, id: &str, sealed: &[u8]) -> Result<Linked, Error> {
    let keys = keys.ok_or(Error::NotConfigured { variable: SECRET_KEYS, what: "using linked accounts" })?;
    let plain = keys.open(&purpose(id), sealed).map_err(|error| broken(&error))?;
    serde_json::from_slice(&plain).map_err(|_| broken(&OpenError::Broken))
}

fn broken(error: &OpenError) -> Error {
    Error::NoAccount(match error {
        OpenError::UnknownKey => {
            "this account was sealed with a key that this service does not have (any more): the operator lists it in \
             MARKETING_AUTOMATION_SECRET_KEYS, or the account is linked anew"
        }
        OpenError::Broken => {
            "this account cannot be opened: it is not whole, or was sealed with another key of the same name"
        }
    })
}

fn purpose(id: &str) -> String {
    format!("account:{id}")
}
