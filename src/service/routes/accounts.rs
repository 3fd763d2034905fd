//! `/integrated-account`: the configured accounts, without anything secret.

use serde::Serialize;

use crate::clevertap::account::Account;
use crate::clevertap::region::RegionChoice;
use crate::model::Page;
use crate::service::context::{Context, cursor};
use crate::service::envelope::{self, About};
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Host, Response};

/// An account as it may be shown.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    id: &'a str,
    integration: &'static str,
    category: &'static str,
    /// Null where an endpoint stands in for a region.
    region: Option<&'static str>,
    timezone: Option<&'a str>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        Self {
            id: &account.id,
            integration: "clevertap",
            category: "marketing-automation",
            region: match account.region.get() {
                RegionChoice::One(region) if account.endpoint.is_none() => Some(region.code()),
                RegionChoice::One(_) | RegionChoice::Auto => None,
            },
            timezone: account.zone.as_ref().map(|zone| zone.name()),
        }
    }
}

/// All on one page: the operator wrote them down one by one.
pub(super) fn list<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    if cursor(&reader).is_some() {
        reader.fail("next_cursor", "is of another list: this one has a single page");
    }
    let presentation = Presentation::of_list(&reader);
    reader.finish()?;
    let items: Vec<Shown<'_>> = context.config.accounts.iter().map(|account| Shown::of(account)).collect();
    let about = About {
        trace: context.trace,
        target: context.target,
        timezone: None,
        documented_lag: None,
        limit: None,
    };
    envelope::list(context.host, Page::last(items), &presentation, about)
}

pub(super) fn get<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    envelope::single(&Shown::of(context.account(Some(context.value("id")))?), &presentation)
}
