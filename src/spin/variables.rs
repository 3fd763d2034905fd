//! The service's variables, from `spin:variables`.
//!
//! | the provider says | so |
//! |---|---|
//! | a value | it counts, for this request: the next one asks again, so that rotated secrets are seen |
//! | undefined | the variable is absent, and has its default |
//! | anything else | the request is refused with an error that names the variable; why is said in the log |

use futures_util::future::join_all;
use spin_sdk::variables::{Error, get};

use super::stderr;
use crate::service::{Unreadable, VARIABLES};
use crate::wasi::errors::first_line;

/// All that the service knows, asked for at once: a provider may be a network away.
pub(super) async fn read() -> Result<Vec<(String, String)>, Unreadable> {
    let values = join_all(VARIABLES.iter().map(|name| get(name.to_ascii_lowercase()))).await;
    let mut environment = Vec::with_capacity(VARIABLES.len());
    for (variable, value) in VARIABLES.into_iter().zip(values) {
        match value {
            Ok(value) => environment.push((variable.to_owned(), value)),
            Err(Error::Undefined(_)) => {}
            Err(error) => {
                let line = serde_json::json!({
                    "kind": "variable",
                    "variable": variable,
                    "message": first_line(&reason(&error)),
                });
                stderr::line(&line.to_string());
                return Err(Unreadable { variable });
            }
        }
    }
    Ok(environment)
}

fn reason(error: &Error) -> String {
    match error {
        Error::InvalidName(reason) => format!("the host finds its name invalid: {reason}"),
        Error::Undefined(reason) => format!("it is undefined: {reason}"),
        Error::Provider(reason) => format!("its provider failed: {reason}"),
        Error::Other(reason) => format!("the host failed: {reason}"),
    }
}
