//! New accounts, and changed ones: verified with CleverTap first, kept after that.
//!
//! | host has | the account is kept | and selected by |
//! |---|---|---|
//! | a store | there, sealed | its short id |
//! | none | by the vendor, as a sealed text | that text |
//!
//! Verifying is one harmless call (see [`verify`](crate::clevertap::client)); with region `auto` it is made in every
//! region until one accepts, and that region is kept. What CleverTap refuses is not kept, unless the caller says
//! so: then its status is `validation_error` until a call goes through. A changed account keeps its id, and is
//! verified again if what CleverTap sees of it changed.

use super::linked::{self, Linked};
use super::shelf::Shelf;
use super::status::Status;
use super::{Found, ID, Origin};
use crate::clevertap::account::Account;
use crate::clevertap::client::Session;
use crate::clevertap::credentials::Secret;
use crate::clevertap::region::RegionChoice;
use crate::model;
use crate::service::config::{ALLOWED_ENDPOINTS, Config, SECRET_KEYS};
use crate::service::context::Context;
use crate::service::error::Error;
use crate::service::keys::Keyring;
use crate::service::token;
use crate::transport::Host;

/// The longest `tenant_id`, in characters.
pub(crate) const MOST_TENANT: usize = 200;
/// The longest `context`, in bytes of JSON.
pub(crate) const MOST_CONTEXT: usize = 4096;

/// What a customer links, unchecked; or what of an account is to change.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) linked: Linked,
    /// Whether to keep it even if it cannot be verified.
    pub(crate) keep_unverified: bool,
    /// Whether to ask CleverTap even if what it sees did not change.
    pub(crate) afresh: bool,
}

impl Draft {
    /// An account that there was not.
    pub(crate) fn new(project_id: String, passcode: Secret, region: String) -> Self {
        let linked = Linked {
            project_id,
            passcode,
            region,
            timezone: None,
            endpoint: None,
            tenant_id: None,
            context: serde_json::Map::new(),
            created_at: 0,
            updated_at: 0,
            verified: false,
        };
        Self { linked, keep_unverified: false, afresh: false }
    }

    /// To take the place of an account, whose notes stay where this has none.
    pub(crate) fn in_place_of(mut self, old: &Linked) -> Self {
        let Linked { timezone, endpoint, tenant_id, context, .. } = old.clone();
        let linked = &mut self.linked;
        linked.timezone = linked.timezone.take().or(timezone);
        linked.endpoint = linked.endpoint.take().or(endpoint);
        linked.tenant_id = linked.tenant_id.take().or(tenant_id);
        if linked.context.is_empty() {
            linked.context = context;
        }
        Self { afresh: true, ..self }
    }
}

/// # Errors
/// [`Error::NotConfigured`] without a key: nothing is linked that could not be sealed.
pub(crate) fn keys<'c>(config: &'c Config, what: &'static str) -> Result<&'c Keyring, Error> {
    config.keys.as_ref().ok_or(Error::NotConfigured { variable: SECRET_KEYS, what })
}

/// Verifies and keeps a new account.
///
/// # Errors
/// For fields that cannot be used; CleverTap's refusal; without a key; when the store fails.
pub(crate) async fn link<H: Host>(context: &Context<'_, H>, draft: Draft) -> Result<Found, Error> {
    let keys = keys(context.config, "linking accounts")?;
    let id = format!("{ID}{}", token::random_id(context.host));
    let mut linked = draft.linked;
    verify(context, &id, &mut linked, draft.keep_unverified).await?;
    linked.created_at = context.host.unix_ms();
    linked.updated_at = linked.created_at;
    let origin = if context.host.store().is_some() { Origin::Stored } else { Origin::Sealed };
    keep(context, keys, id, origin, linked).await
}

/// Verifies and keeps an account in place of what it was.
///
/// # Errors
/// As [`link`]; 409 for one that the operator configured.
pub(crate) async fn relink<H: Host>(
    context: &Context<'_, H>,
    before: &Found,
    draft: Draft,
) -> Result<Found, Error> {
    let keys = keys(context.config, "changing accounts")?;
    let Some(old) = &before.linked else { return Err(Error::Configured) };
    let mut linked = draft.linked;
    let sees = |linked: &Linked| {
        (linked.project_id.clone(), linked.passcode.clone(), linked.region.clone(), linked.endpoint.clone())
    };
    let unseen = !draft.afresh && sees(&linked) == sees(old);
    if unseen {
        linked.account(&context.config.terms, before.account.id.clone())?;
        linked.verified = old.verified;
    } else {
        verify(context, &before.account.id, &mut linked, draft.keep_unverified).await?;
    }
    linked.created_at = old.created_at;
    // Never the same twice: a status holds for one change of the account.
    linked.updated_at = context.host.unix_ms().max(old.updated_at.saturating_add(1));
    let status = before.status.filter(|_| unseen);
    let found = keep(context, keys, before.account.id.clone(), before.origin, linked).await?;
    if let (Some(status), Some(linked), Some(store)) = (status, &found.linked, context.host.store())
        && found.origin == Origin::Stored
        && Some(status) != found.status
    {
        Shelf::new(store).set_status(&found.account.id, linked, status).await?;
        return Ok(Found { status: Some(status), ..found });
    }
    Ok(found)
}

/// Unlinks an account.
///
/// # Errors
/// 409 for one that the operator configured; [`Error::NeedsStore`] without a store; when the store fails.
pub(crate) async fn unlink<H: Host>(context: &Context<'_, H>, found: &Found) -> Result<(), Error> {
    if found.origin == Origin::Configured {
        return Err(Error::Configured);
    }
    let store = context.host.store().ok_or(Error::NeedsStore { what: "unlinking an account" })?;
    Shelf::new(store).remove(&found.account.id).await
}

/// Asks CleverTap, and notes the answer and the region that accepted.
async fn verify<H: Host>(
    context: &Context<'_, H>,
    id: &str,
    linked: &mut Linked,
    keep_unverified: bool,
) -> Result<(), Error> {
    let account = linked.account(&context.config.terms, id.to_owned())?;
    check_endpoint(context.config, &account)?;
    // By its code from here on, however it was written.
    let region = |account: &Account| match account.region.get() {
        RegionChoice::One(region) => region.code(),
        RegionChoice::Auto => "auto",
    };
    linked.region = region(&account).to_owned();
    let verified = Session::open(context.host, &account, context.trace.onward()).verify().await;
    linked.verified = verified.is_ok();
    linked.region = region(&account).to_owned();
    match verified {
        Ok(_) => Ok(()),
        Err(model::Error::Invalid(failures)) => Err(model::Error::Invalid(failures).into()),
        Err(_) if keep_unverified && (linked.region != "auto" || linked.endpoint.is_some()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The passcode goes to the endpoint, so the operator must have allowed it.
fn check_endpoint(config: &Config, account: &Account) -> Result<(), Error> {
    match &account.endpoint {
        Some(endpoint) if !config.terms.endpoints.contains(endpoint) => Err(Error::invalid(
            "endpoint",
            format!(
                "is not allowed: the passcode goes there, so the operator must list its origin in {ALLOWED_ENDPOINTS}"
            ),
        )),
        _ => Ok(()),
    }
}

async fn keep<H: Host>(
    context: &Context<'_, H>,
    keys: &Keyring,
    id: String,
    origin: Origin,
    linked: Linked,
) -> Result<Found, Error> {
    let sealed = linked::seal(context.host, keys, &id, &linked);
    let reference = match (origin, context.host.store()) {
        (Origin::Stored, Some(store)) => {
            Shelf::new(store).put(&id, &sealed).await?;
            id.clone()
        }
        _ => linked::text(&id, &sealed),
    };
    let status = Status::initial(&linked);
    let found = linked.found(context.config, id, origin, reference)?;
    Ok(Found { status: Some(status), ..found })
}
