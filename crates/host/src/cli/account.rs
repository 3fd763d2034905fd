//! The account that `call` and `doctor` act for.

use std::error::Error;

use clap::Args;
use serde_json::Value;

/// The regions' hosts, which every account may need.
const CLEVERTAP_HOSTS: [&str; 2] = ["https://api.clevertap.com", "https://*.api.clevertap.com"];

#[derive(Args)]
pub(crate) struct Account {
    /// The account: the record `accounts.connection` as JSON, or @FILE. Others can see a command line: prefer a
    /// file, or the environment.
    #[arg(long, value_name = "@FILE|JSON", env = "MARKETING_AUTOMATION_ACCOUNT", hide_env_values = true)]
    account: Option<String>,
}

impl Account {
    /// The connection, if one is given. Errors do not show it.
    pub(crate) fn connection(&self) -> Result<Option<Value>, Box<dyn Error>> {
        let Some(given) = &self.account else { return Ok(None) };
        let text = match given.strip_prefix('@') {
            Some(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?
            }
            None => given.clone(),
        };
        let mut connection: Value = serde_json::from_str(&text).map_err(|error| {
            format!("the account is not JSON: line {}, column {}", error.line(), error.column())
        })?;
        if let Some(object) = connection.as_object_mut() {
            object.entry("id").or_insert_with(|| "command-line".into());
        }
        Ok(Some(connection))
    }
}

/// The hosts that this account needs: CleverTap's, or its own endpoint alone.
pub(crate) fn hosts(connection: &Value) -> Vec<String> {
    let endpoint =
        connection.get("endpoint").and_then(Value::as_str).and_then(|url| url.parse::<http::Uri>().ok());
    match endpoint.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?))) {
        Some((scheme, authority)) => vec![format!("{scheme}://{authority}")],
        None => CLEVERTAP_HOSTS.map(str::to_owned).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_endpoint_is_the_only_host_of_its_account() {
        assert_eq!(hosts(&json!({"endpoint": "http://127.0.0.1:9/base"})), ["http://127.0.0.1:9"]);
        assert_eq!(hosts(&json!({"region": "eu1"})), CLEVERTAP_HOSTS);
    }

    #[test]
    fn an_account_that_is_no_json_is_not_shown() {
        let account = Account { account: Some("{\"passcode\": secret}".to_owned()) };
        let error = account.connection().unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
