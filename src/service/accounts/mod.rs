//! Integrated accounts: whose credentials a request goes out with.
//!
//! | origin | `integrated_account_id` is | kept by |
//! |---|---|---|
//! | configured | an id of the operator's choice | `MARKETING_AUTOMATION_ACCOUNTS` |
//! | stored | `acct_` and 32 hexadecimal digits | the host's key-value store, sealed |
//! | sealed | `ma_sealed_…` | the vendor: it is the account itself, sealed |
//!
//! Linking gives a stored account where the host has a store, and a sealed one elsewhere. Sealed accounts work
//! everywhere; so an installation can gain a store without linking anybody anew.
//!
//! | file | owns |
//! |---|---|
//! | `configured` | the accounts of the environment |
//! | `linked` | a linked account as it is sealed |
//! | `shelf` | linked accounts in the store, and their index |
//! | `status` | active, needs_reauth, validation_error |
//! | `linking` | new accounts, and changed ones: verified, then kept |
//!
//! [`find`] is the way from what a caller sends to an account.

pub(crate) mod configured;
pub(crate) mod linked;
pub(crate) mod linking;
pub(crate) mod shelf;
pub(crate) mod status;

use std::rc::Rc;
use std::time::Duration;

use self::linked::Linked;
use self::shelf::Shelf;
use self::status::Status;
use super::config::{ALLOWED_ENDPOINTS, AllowedEndpoints, Config, ConfigError};
use super::error::Error;
use crate::clevertap::account::{Account, Connection, Limits, Settings};
use crate::transport::Host;

/// What every account is opened with, whatever its origin.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) limits: Limits,
    pub(crate) endpoints: AllowedEndpoints,
    /// Host suffixes of uploads; none for the usual.
    pub(crate) upload_hosts: Option<Vec<String>>,
}

impl Terms {
    /// What one call may take.
    pub(crate) fn deadline(&self) -> Duration {
        let usual = Settings::default().deadline;
        self.limits.deadline_ms.map_or(usual, |ms| Duration::from_millis(ms.into()))
    }
}

/// Where an account comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Configured,
    Stored,
    Sealed,
}

impl Origin {
    pub(crate) const ALL: [Self; 3] = [Self::Configured, Self::Stored, Self::Sealed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Stored => "stored",
            Self::Sealed => "sealed",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == text)
    }
}

/// An account that a caller named.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) account: Rc<Account>,
    pub(crate) origin: Origin,
    /// As `integrated_account_id` selects it.
    pub(crate) reference: String,
    /// Of linked accounts.
    pub(crate) linked: Option<Linked>,
    /// None when nobody keeps it: of configured accounts, and of sealed ones that were verified once.
    pub(crate) status: Option<Status>,
}

/// Begins the id of a linked account.
pub(crate) const ID: &str = "acct_";

/// Whether two references select the same account: of a sealed one there may be an older and a newer text, and it
/// may be stored by now.
pub(crate) fn are_same(one: &str, other: &str) -> bool {
    let id = |reference: &str| match linked::id_of_sealed(reference) {
        Some(digits) => format!("{ID}{digits}"),
        None => reference.to_owned(),
    };
    id(one) == id(other)
}

/// # Errors
/// [`Error::NoAccount`] where there is none, [`Error::Store`] when the store fails.
pub(crate) async fn find<H: Host>(host: &H, config: &Config, reference: &str) -> Result<Found, Error> {
    if let Some(account) = config.account(reference) {
        let account = Rc::clone(account);
        let reference = reference.to_owned();
        return Ok(Found { account, origin: Origin::Configured, reference, linked: None, status: None });
    }
    if let Some(id) = linked::id_of_sealed(reference) {
        let id = format!("{ID}{id}");
        let linked = linked::unseal(config.keys.as_ref(), reference)?;
        if let Some(store) = host.store()
            && Shelf::new(store).is_gone(&id).await?
        {
            return Err(Error::NoAccount("this account was unlinked"));
        }
        return linked.found(config, id, Origin::Sealed, reference.to_owned());
    }
    match host.store() {
        Some(store) if linked::is_id(reference) => {
            let shelf = Shelf::new(store);
            let record = shelf.get(reference).await?.ok_or(Error::NoAccount(UNKNOWN))?;
            let linked = linked::open(config.keys.as_ref(), reference, &record.sealed)?;
            let status = record.status(&linked);
            let found = linked.found(config, reference.to_owned(), Origin::Stored, reference.to_owned())?;
            Ok(Found { status: Some(status), ..found })
        }
        _ => Err(Error::NoAccount(UNKNOWN)),
    }
}

const UNKNOWN: &str =
    "no account of this id is configured or linked here; GET /integrated-account lists those that are";

impl Linked {
    /// The account, ready to be used.
    fn found(self, config: &Config, id: String, origin: Origin, reference: String) -> Result<Found, Error> {
        let account = self.account(&config.terms, id)?;
        // Its endpoint was allowed once; the passcode goes there, so it must be so still.
        if account.endpoint.as_ref().is_some_and(|endpoint| !config.terms.endpoints.contains(endpoint)) {
            let message = "does not list the endpoint of a linked account that this request names (any more)";
            return Err(ConfigError::new(ALLOWED_ENDPOINTS, "", message).into());
        }
        let status = if self.verified { None } else { Some(Status::ValidationError) };
        Ok(Found { account: Rc::new(account), origin, reference, linked: Some(self), status })
    }

    /// # Errors
    /// For fields that cannot be used.
    pub(crate) fn account(&self, terms: &Terms, id: String) -> Result<Account, Error> {
        Ok(Account::open(Connection {
            id,
            project_id: self.project_id.clone(),
            passcode: self.passcode.clone(),
            region: self.region.clone(),
            timezone: self.timezone.clone(),
            endpoint: self.endpoint.clone(),
            upload_hosts: terms.upload_hosts.clone(),
            limits: terms.limits,
        })?)
    }
}
