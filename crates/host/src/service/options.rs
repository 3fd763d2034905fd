//! What a service is given, and how its instances are used.

use std::fmt;
use std::time::Duration;

use super::Shared;
use crate::egress::Egress;
use crate::key_value::KeyValue;
use crate::limits::Limits;
use crate::log::Log;
use crate::state::Grants;
use crate::stderr::Stderr;

/// What a service is given.
#[derive(Clone, Default)]
pub struct ServiceOptions {
    /// Its way out; none by default.
    pub egress: Egress,
    /// The environment of a component of WASI 0.2, which is not this process's.
    pub env: Vec<(String, String)>,
    /// The Spin variables of a component of WASI 0.3, by their lower-case names. The last of one name counts.
    pub variables: Vec<(String, String)>,
    /// The Spin key-value store `default` of a component of WASI 0.3; without one, opening it is denied.
    pub key_value: Option<KeyValue>,
    /// Where its log lines go.
    pub stderr: Stderr,
    /// What each request may use.
    pub limits: Limits,
    /// How many requests an instance of WASI 0.3 serves.
    pub reuse: Reuse,
    /// Where this host says what went wrong with a request.
    pub log: Log,
}

/// How many requests an instance of a WASI 0.3 component serves. By default as in Spin and `wasmtime serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reuse {
    /// In its life; after that another instance takes its place.
    pub requests: usize,
    /// At the same time, each until its answer has been delivered; the next goes to another instance.
    pub concurrent: usize,
    /// How long it waits for another request.
    pub idle: Duration,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { requests: 128, concurrent: 16, idle: Duration::from_secs(1) }
    }
}

impl Shared {
    pub(super) fn grants(&self) -> Grants<'_> {
        let options = &self.options;
        Grants {
            env: &options.env,
            variables: Some(&self.variables),
            key_value: options.key_value.as_ref(),
            stderr: &options.stderr,
            ..Grants::new(&options.egress, &options.limits)
        }
    }
}

impl fmt::Debug for ServiceOptions {
    /// Names without values: these are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn names(values: &[(String, String)]) -> Vec<&str> {
            values.iter().map(|(name, _)| name.as_str()).collect()
        }
        f.debug_struct("ServiceOptions")
            .field("egress", &self.egress)
            .field("env", &names(&self.env))
            .field("variables", &names(&self.variables))
            .field("key_value", &self.key_value)
            .field("stderr", &self.stderr)
            .field("limits", &self.limits)
            .field("reuse", &self.reuse)
            .field("log", &self.log)
            .finish()
    }
}
