//! `MARKETING_AUTOMATION_ACCOUNTS`: the accounts that the operator configured.
//!
//! ```json
//! [{"id": "acme", "project_id": "…", "passcode": "…", "region": "in1", "timezone": "Asia/Kolkata"}]
//! ```
//!
//! | key | |
//! |---|---|
//! | `id` | what callers send as `integrated_account_id`; each once |
//! | `project_id`, `passcode` | CleverTap's |
//! | `region` | a code, a country name or a dashboard URL; not `auto`, which would show the passcode to every region on every call |
//! | `timezone` | optional: IANA name of the project's zone |
//! | `endpoint` | optional: instead of the region's host; must be allowed |
//!
//! Errors name the place by its number and the key by what is accepted. They do not repeat keys either: what
//! stands where a key should be may be a passcode.

use serde_json::{Map, Value};

use super::Terms;
use crate::clevertap::account::{Account, Connection};
use crate::clevertap::credentials::Secret;
use crate::clevertap::region::RegionChoice;
use crate::model::Error;
use crate::service::config::{ACCOUNTS, ALLOWED_ENDPOINTS, ConfigError};
use crate::service::near::distance;

const KEYS: &[&str] = &["id", "project_id", "passcode", "region", "timezone", "endpoint"];

fn bad(place: impl Into<String>, message: impl Into<String>) -> ConfigError {
    ConfigError::new(ACCOUNTS, place, message)
}

/// # Errors
/// For the first entry that cannot be used.
pub(crate) fn read(text: &str, terms: &Terms) -> Result<Vec<Account>, ConfigError> {
    let value: Value = serde_json::from_str(text)
        // Line and column only: serde's own words may quote the text.
        .map_err(|error| {
            bad(
                "",
                format!(
                    "is not JSON: something is wrong at line {}, column {}",
                    error.line(),
                    error.column()
                ),
            )
        })?;
    let Value::Array(entries) = value else {
        return Err(bad(
            "",
            "must be a JSON list of accounts: [{\"id\": …, \"project_id\": …, \"passcode\": …, \"region\": …}]",
        ));
    };
    let mut accounts: Vec<Account> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.into_iter().enumerate() {
        let Value::Object(fields) = entry else {
            return Err(bad(
                format!("[{place}]"),
                format!("must be an object with the keys {}", KEYS.join(", ")),
            ));
        };
        let account = account(place, fields, terms)?;
        if let Some(first) = accounts.iter().position(|other| other.id == account.id) {
            return Err(bad(
                format!("[{place}].id"),
                format!("is the same as [{first}].id; each account needs an id of its own"),
            ));
        }
        accounts.push(account);
    }
    Ok(accounts)
}

fn account(place: usize, mut fields: Map<String, Value>, terms: &Terms) -> Result<Account, ConfigError> {
    // Not repeated, and not numbered: a passcode may stand where a key should, and objects are read in no order.
    if let Some(key) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let hint = nearest(key).map(|known| format!("did you mean {known}? ")).unwrap_or_default();
        let message = format!("has a key that is not known; {hint}accepted are {}", KEYS.join(", "));
        return Err(bad(format!("[{place}]"), message));
    }
    let mut text = |key: &'static str| match fields.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("[{place}].{key}"), "must be a text in quotation marks")),
    };
    let mut needed =
        |key: &'static str| text(key)?.ok_or_else(|| bad(format!("[{place}].{key}"), "is missing"));
    let connection = Connection {
        id: needed("id")?,
        project_id: needed("project_id")?,
        passcode: Secret::new(needed("passcode")?),
        region: needed("region")?,
        timezone: text("timezone")?,
        endpoint: text("endpoint")?,
        upload_hosts: terms.upload_hosts.clone(),
        limits: terms.limits,
    };
    let account = Account::open(connection).map_err(|error| match error {
        Error::Invalid(failures) => match failures.into_iter().next() {
            Some(failure) => bad(format!("[{place}].{}", failure.field), failure.message),
            None => bad(format!("[{place}]"), "cannot be used"),
        },
        _ => bad(format!("[{place}]"), "cannot be used"),
    })?;
    if account.region.get() == RegionChoice::Auto {
        return Err(bad(
            format!("[{place}].region"),
            "auto is not taken here, as it would show the passcode to every region on every call: find the region out once \
             with the host's call command (accounts verify, region auto) or from the first label of the dashboard's \
             address, and write it here",
        ));
    }
    if account.endpoint.as_ref().is_some_and(|endpoint| !terms.endpoints.contains(endpoint)) {
        return Err(bad(
            format!("[{place}].endpoint"),
            format!(
                "is not allowed: the passcode goes there, so its origin must be listed in {}",
                ALLOWED_ENDPOINTS
            ),
        ));
    }
    Ok(account)
}

/// The known key that differs from a text by no more than two letters.
fn nearest(text: &str) -> Option<&'static str> {
    if text.len() > 16 {
        return None;
    }
    let text = text.to_ascii_lowercase().replace(['-', ' '], "_");
    KEYS.iter().copied().find(|known| distance(&text, known) <= 2.min(known.len().saturating_sub(1)))
}
