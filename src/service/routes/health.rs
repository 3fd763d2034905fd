//! `/healthz`: whether the configuration can be used. Asks CleverTap nothing: its outages are not ours.

use serde_json::json;

use crate::service::auth::NONE_CONFIGURED;
use crate::service::config::{self, API_TOKENS, Config, ConfigError, Environment};
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::limiter;
use crate::transport::{Host, Response};

/// 200 `{"status": "ok"}`, or 503 with the variable that cannot be used.
///
/// # Errors
/// When the answer cannot be written.
pub(crate) fn check<H: Host>(host: &H, env: Result<&Environment, ConfigError>) -> Result<Response, Error> {
    match env.and_then(|env| usable(host, env)) {
        Ok(()) => envelope::json(200, &json!({ "status": "ok" })),
        Err(error) => envelope::json(
            503,
            &json!({
                "status": "misconfigured",
                "code": Error::from(error.clone()).code(),
                "variable": error.variable,
                "place": error.place,
                "message": error.to_string(),
            }),
        ),
    }
}

fn usable<H: Host>(host: &H, env: &Environment) -> Result<(), ConfigError> {
    let tokens = config::read_tokens(env)?;
    limiter::check(host, &Config::read(env)?)?;
    if tokens.is_empty() { Err(ConfigError::new(API_TOKENS, "", NONE_CONFIGURED)) } else { Ok(()) }
}
