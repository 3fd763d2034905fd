//! `/integrated-account`: linking, showing, changing and unlinking accounts. Nothing secret is in any answer.
//!
//! | call | answer |
//! |---|---|
//! | `POST` | the linked account; its `id` is what calls send as `integrated_account_id` |
//! | `GET` | the configured accounts, then the stored ones, by id; sealed ones are the vendor's to list |
//! | `GET …/{id}` | one account; `me` is the one of an account token; with `verify=true` CleverTap is asked first |
//! | `PATCH …/{id}` | the changed account; of a sealed one the `id` is another, and `account_id` stays |
//! | `DELETE …/{id}` | `{id}`; without a store 501, as what the vendor keeps cannot be taken back |
//!
//! Filters of the list: `tenant_id`, `status`, `origin`, `context[key]=value`. They read the accounts one by one;
//! a page that the deadline cuts short says so.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clevertap::client::Session;
use crate::clevertap::credentials::Secret;
use crate::clevertap::cursor as cursors;
use crate::clevertap::region::RegionChoice;
use crate::clevertap::time::rfc3339;
use crate::model::{self, Page, Warning};
use crate::service::accounts::linked::{Linked, is_id};
use crate::service::accounts::linking::{self, Draft, MOST_CONTEXT, MOST_TENANT};
use crate::service::accounts::shelf::{DIGITS, Shelf};
use crate::service::accounts::status::Status;
use crate::service::accounts::{self, Found, Origin};
use crate::service::body;
use crate::service::context::{Context, cursor, limit};
use crate::service::envelope::{self, About};
use crate::service::error::Error;
use crate::service::fields::Fields;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Deadline, Host, Response};

/// An account as it may be shown.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// What calls send as `integrated_account_id`.
    id: String,
    /// Stays when the account is changed.
    account_id: String,
    integration: &'static str,
    category: &'static str,
    origin: &'static str,
    /// Null where nobody keeps it.
    status: Option<&'static str>,
    is_blocked: bool,
    tenant_id: Option<String>,
    context: Option<Map<String, Value>>,
    /// Null where an endpoint stands in for a region.
    region: Option<&'static str>,
    timezone: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl Shown {
    pub(super) fn of(found: &Found) -> Self {
        let Found { account, origin, reference, linked, status } = found;
        let at = |ms: i64| rfc3339(ms.div_euclid(1000));
        Self {
            id: reference.clone(),
            account_id: account.id.clone(),
            integration: "clevertap",
            category: "marketing-automation",
            origin: origin.name(),
            status: status.map(Status::name),
            is_blocked: false,
            tenant_id: linked.as_ref().and_then(|linked| linked.tenant_id.clone()),
            context: linked.as_ref().map(|linked| linked.context.clone()),
            region: match account.region.get() {
                RegionChoice::One(region) if account.endpoint.is_none() => Some(region.code()),
                RegionChoice::One(_) | RegionChoice::Auto => None,
            },
            timezone: account.zone.as_ref().map(|zone| zone.name().to_owned()),
            created_at: linked.as_ref().and_then(|linked| at(linked.created_at)),
            updated_at: linked.as_ref().and_then(|linked| at(linked.updated_at)),
        }
    }
}

pub(super) async fn get<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let presentation = Presentation::of_one(&reader);
    let verify = reader.flag("verify").unwrap_or(false);
    reader.finish()?;
    let mut found = context.found(Some(context.value("id"))).await?.clone();
    if verify {
        found.status = Some(ask(context, &found).await?);
    }
    envelope::single(&Shown::of(&found), &presentation)
}

/// What CleverTap makes of the credentials now.
async fn ask<H: Host>(context: &Context<'_, H>, found: &Found) -> Result<Status, Error> {
    let before = found.status.unwrap_or(Status::Active);
    match Session::open(context.host, &found.account, context.trace.onward()).verify().await {
        Ok(_) => Ok(Status::Active),
        Err(model::Error::Unauthorized { .. }) if before == Status::ValidationError => Ok(before),
        Err(model::Error::Unauthorized { .. }) => Ok(Status::NeedsReauth),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn link<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    linking::keys(context.config, "linking accounts")?;
    let presentation = begin(context)?;
    let mut fields = Fields::new(body::object(context.headers, body).await?);
    let project_id = fields.needed("project_id", "the id of the customer's CleverTap project");
    let passcode = Secret::new(fields.needed("passcode", "a passcode of that project"));
    let region = fields.needed("region", "a region's code or name, the dashboard's address, or auto");
    let mut draft = Draft::new(project_id, passcode, region);
    draft.keep_unverified = fields.flag("keep_unverified").unwrap_or(false);
    draft.linked.timezone = fields.text("timezone");
    draft.linked.endpoint = fields.text("endpoint");
    draft.linked.tenant_id = fields.text("tenant_id");
    draft.linked.context = fields.object("context").unwrap_or_default();
    check_tenant(&mut fields, draft.linked.tenant_id.as_deref());
    check_context(&mut fields, &draft.linked.context);
    fields.finish()?;
    let found = linking::link(context, draft).await?;
    envelope::single(&Shown::of(&found), &presentation)
}

pub(super) async fn update<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    linking::keys(context.config, "changing accounts")?;
    let presentation = begin(context)?;
    let found = context.found(Some(context.value("id"))).await?.clone();
    let Some(linked) = found.linked.clone() else { return Err(Error::Configured) };
    let mut fields = Fields::new(body::object(context.headers, body).await?);
    let keep_unverified = fields.flag("keep_unverified").unwrap_or(false);
    let linked = changed(linked, &mut fields);
    fields.finish()?;
    let found = linking::relink(context, &found, Draft { linked, keep_unverified, afresh: false }).await?;
    envelope::single(&Shown::of(&found), &presentation)
}

/// What is absent stays; null takes away what can be without.
fn changed(mut linked: Linked, fields: &mut Fields) -> Linked {
    if let Some(project_id) = fields.text("project_id") {
        linked.project_id = project_id;
    }
    if let Some(passcode) = fields.text("passcode") {
        linked.passcode = Secret::new(passcode);
    }
    if let Some(region) = fields.text("region") {
        linked.region = region;
    }
    for (name, slot) in [
        ("timezone", &mut linked.timezone),
        ("endpoint", &mut linked.endpoint),
        ("tenant_id", &mut linked.tenant_id),
    ] {
        if let Some(value) = fields.change(name) {
            *slot = value;
        }
    }
    if let Some(context) = fields.object("context") {
        linked.context = context;
    }
    check_tenant(fields, linked.tenant_id.as_deref());
    check_context(fields, &linked.context);
    linked
}

pub(super) async fn unlink<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    begin(context)?;
    let id = context.value("id");
    match context.found(Some(id)).await {
        Ok(found) => linking::unlink(context, found).await?,
        // One that cannot be opened, or not be used any more, can be unlinked all the same.
        Err(error) => match Shelf::of(context.host) {
            Some(shelf) if is_id(id) && shelf.has(id).await? => linking::unlink_id(context, id).await?,
            _ => return Err(error),
        },
    }
    envelope::json(200, &json!({ "id": id }))
}

fn begin<H: Host>(context: &Context<'_, H>) -> Result<Presentation, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    Ok(presentation)
}

pub(super) fn check_tenant(fields: &mut Fields, tenant: Option<&str>) {
    if tenant.is_some_and(|tenant| tenant.chars().count() > MOST_TENANT || tenant.contains(char::is_control))
    {
        fields.fail(
            "tenant_id",
            format!("must have at most {MOST_TENANT} characters, none of them a control character"),
        );
    }
}

pub(super) fn check_context(fields: &mut Fields, context: &Map<String, Value>) {
    if serde_json::to_string(context).map_or(true, |text| text.len() > MOST_CONTEXT) {
        fields.fail("context", format!("must have at most {MOST_CONTEXT} bytes of JSON"));
    }
}

/// What a list is asked for.
struct Filters {
    tenant_id: Option<String>,
    status: Option<Status>,
    origin: Option<Origin>,
    context: Vec<(String, String)>,
}

impl Filters {
    fn read(reader: &Reader<'_>) -> Self {
        Self {
            tenant_id: reader.text("tenant_id").map(str::to_owned),
            status: reader.word("status", Status::parse, || Status::ALL.map(Status::name).join(", ")),
            origin: reader.word("origin", Origin::parse, || Origin::ALL.map(Origin::name).join(", ")),
            context: reader.entries("context"),
        }
    }

    /// Whether configured accounts alone can be meant.
    fn are_of_configured(&self) -> bool {
        self.origin == Some(Origin::Configured)
    }

    /// Whether linked accounts alone can be meant.
    fn are_of_linked(&self) -> bool {
        self.tenant_id.is_some()
            || self.status.is_some()
            || !self.context.is_empty()
            || self.origin.is_some_and(|origin| origin != Origin::Configured)
    }

    fn take(&self, found: &Found) -> bool {
        let linked = found.linked.as_ref();
        let tenant = linked.and_then(|linked| linked.tenant_id.as_ref());
        let has = |(key, value): &(String, String)| {
            linked.and_then(|linked| linked.context.get(key)).is_some_and(|kept| match kept {
                Value::String(text) => text == value,
                other => serde_json::to_string(other).is_ok_and(|text| text == *value),
            })
        };
        self.origin.is_none_or(|origin| origin == found.origin)
            && self.status.is_none_or(|status| Some(status) == found.status)
            && self.tenant_id.as_ref().is_none_or(|wanted| Some(wanted) == tenant)
            && self.context.iter().all(has)
    }

    fn canonical(&self) -> String {
        let Self { tenant_id, status, origin, context } = self;
        json!([tenant_id, status.map(Status::name), origin.map(Origin::name), context]).to_string()
    }
}

/// A page ends after so many accounts that cannot be shown.
const MOST_NOT_SHOWN: usize = 50;
/// Names the list in its cursors.
const LIST: &str = "integrated-account";

pub(super) async fn list<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let filters = Filters::read(&reader);
    let presentation = Presentation::of_list(&reader);
    let limit = limit(&reader);
    let cursor = cursor(&reader);
    reader.finish()?;
    let shelf = Shelf::of(context.host);
    if shelf.is_none() && filters.are_of_linked() {
        return Err(Error::NeedsStore { what: "listing linked accounts" });
    }
    let canonical = filters.canonical();
    let after = match cursor {
        None => After::Start,
        Some(text) => After::read(&cursors::decode(&text, LIST, "", &canonical)?)?,
    };
    let mut page = walk(context, shelf.as_ref(), &filters, after, usize::from(limit), &canonical).await?;
    if shelf.is_none() && context.config.keys.is_some() {
        page.warnings.push(Warning::new(
            "linked_accounts_not_listed",
            "this host has no store, so linked accounts are kept by whoever linked them; service-spin.wasm on Spin has one",
        ));
    }
    let about = About {
        trace: context.trace,
        target: context.target,
        timezone: None,
        documented_lag: None,
        is_read_now: true,
        limit: Some(limit),
        counts: None,
    };
    envelope::list(context.host, page, &presentation, about)
}

/// Where a list goes on: configured accounts first, then stored ones, each by id.
enum After {
    Start,
    Configured(String),
    Stored(String),
}

impl After {
    fn read(state: &Value) -> Result<Self, Error> {
        let text = |key: &str| state.get(key).and_then(Value::as_str).map(str::to_owned);
        match (text("configured"), text("stored")) {
            (Some(id), None) => Ok(Self::Configured(id)),
            (None, Some(id)) => Ok(Self::Stored(id)),
            _ => Err(Error::invalid("next_cursor", "is not one of this list; start again without it")),
        }
    }

    fn state(id: &str, is_configured: bool) -> Value {
        json!({ if is_configured { "configured" } else { "stored" }: id })
    }
}

async fn walk<H: Host>(
    context: &Context<'_, H>,
    shelf: Option<&Shelf>,
    filters: &Filters,
    after: After,
    limit: usize,
    canonical: &str,
) -> Result<Page<Shown>, Error> {
    let deadline = Deadline::after(context.host, context.config.terms.deadline());
    let mut page = Page::last(Vec::new());
    let mut last = None;
    let (mut ids, stored_after) = match after {
        After::Start => (configured(context, None), None),
        After::Configured(id) => (configured(context, Some(&id)), None),
        After::Stored(id) => (Vec::new(), Some(id)),
    };
    let mut digits = match &stored_after {
        _ if shelf.is_none() || filters.are_of_configured() => "",
        None => DIGITS,
        Some(id) => from_digit(id),
    }
    .chars();
    loop {
        for id in ids.drain(..) {
            let full = page.items.len() >= limit || page.warnings.len() >= MOST_NOT_SHOWN;
            if last.is_some() && (full || deadline.passed(context.host)) {
                page.partial = page.items.len() < limit;
                page.next_cursor = last.map(|last| cursors::encode(LIST, "", canonical, &last));
                return Ok(page);
            }
            last = Some(After::state(&id, context.config.account(&id).is_some()));
            match accounts::find(context.host, context.config, &id).await {
                Ok(found) if filters.take(&found) => page.items.push(Shown::of(&found)),
                Ok(_) => {}
                Err(Error::Store(error)) => return Err(Error::Store(error)),
                // It was unlinked just now, its key is gone, or its endpoint is not allowed any more: one account
                // that cannot be shown must not hide the others.
                Err(error) => {
                    page.warnings.push(Warning::new("account_not_shown", error.to_string()).about(id));
                }
            }
        }
        let (Some(shelf), Some(digit)) = (shelf, digits.next()) else { return Ok(page) };
        ids = shelf.ids(digit).await?;
        if let Some(after) = &stored_after {
            ids.retain(|id| id > after);
        }
    }
}

fn configured<H: Host>(context: &Context<'_, H>, after: Option<&str>) -> Vec<String> {
    let accounts = context.config.accounts.iter();
    let mut ids: Vec<String> = accounts.map(|account| account.id.clone()).collect();
    ids.sort();
    ids.retain(|id| after.is_none_or(|after| id.as_str() > after));
    ids
}

/// The digits of the index from a stored account's own on.
fn from_digit(id: &str) -> &'static str {
    let first = id.trim_start_matches(accounts::ID).chars().next().unwrap_or('0');
    DIGITS.find(first).and_then(|at| DIGITS.get(at..)).unwrap_or(DIGITS)
}
