//! What a sandbox is started with.

use serde::{Deserialize, Serialize};

use crate::{Faults, Latency, Variants};

/// What a sandbox is started with. The knobs of behaviour ([`Faults`],
/// [`Variants`], [`Latency`]) can be turned while it runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Everything generated follows from it. Default 1.
    pub seed: u64,
    /// The accounts, each with its own data. Default: [`AccountConfig::default`].
    pub accounts: Vec<AccountConfig>,
    /// Year, month, day that it is, always at noon in each account's time
    /// zone; `None` (the default) is the real time.
    pub today: Option<(i32, u32, u32)>,
    /// Default: none.
    pub faults: Faults,
    /// Default: the plain, known forms.
    pub variants: Variants,
    /// Default: no delay.
    pub latency: Latency,
    /// Page sizes of exports are multiples of this ([3P] S:leanderp, [REC]
    /// S:quickhouse, section 8.2). Default 23.
    pub page_unit: usize,
    /// How many campaigns are generated. Default 400.
    pub campaigns: usize,
    /// How many profiles are generated. Default 3000.
    pub profiles: usize,
    /// How many events are generated. Default 8000.
    pub events: usize,
    /// How many people more there are, each of whom did `Signed Up` once in
    /// the last 20 days. Default 0.
    pub customers: usize,
    /// Whether calls beyond CleverTap's concurrency limits get a 429. Default true.
    pub enforce_concurrency: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            seed: 1,
            accounts: vec![AccountConfig::default()],
            today: None,
            faults: Faults::default(),
            variants: Variants::default(),
            latency: Latency::default(),
            page_unit: 23,
            campaigns: 400,
            profiles: 3000,
            events: 8000,
            customers: 0,
            enforce_concurrency: true,
        }
    }
}

/// One CleverTap project.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountConfig {
    /// The value of `X-CleverTap-Account-Id`. Default `TEST-SANDBOX-001`.
    pub project_id: String,
    /// The value of `X-CleverTap-Passcode`. Default `sandbox-passcode`.
    pub passcode: String,
    /// A region code; calls to another region's host name get a 401. Default `eu1`.
    pub region: String,
    /// The project's IANA time zone. Default `Asia/Kolkata`.
    pub timezone: String,
}

impl Default for AccountConfig {
    fn default() -> Self {
        AccountConfig {
            project_id: "TEST-SANDBOX-001".to_owned(),
            passcode: "sandbox-passcode".to_owned(),
            region: "eu1".to_owned(),
            timezone: "Asia/Kolkata".to_owned(),
        }
    }
}

impl std::fmt::Debug for AccountConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountConfig")
            .field("project_id", &self.project_id)
            .field("passcode", &"…")
            .field("region", &self.region)
            .field("timezone", &self.timezone)
            .finish()
    }
}
