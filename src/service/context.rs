//! What a route is given: the request's parts, the configuration, and the way to a session with CleverTap.

use std::cell::RefCell;
use std::rc::Rc;

use super::config::Config;
use super::envelope::About;
use super::error::Error;
use super::log::Note;
use super::query::Reader;
use super::target::Target;
use super::trace::RequestTrace;
use crate::clevertap::account::Account;
use crate::clevertap::client::{Connected, Session};
use crate::transport::{Headers, Host};

/// Name of the parameter that chooses the account.
pub(crate) const ACCOUNT: &str = "integrated_account_id";
/// Largest and usual page.
const MOST: u16 = 500;
const USUAL: u16 = 50;

/// A request on its way through a route.
#[derive(Debug)]
pub(crate) struct Context<'a, H> {
    pub(crate) host: &'a H,
    pub(crate) config: &'a Config,
    pub(crate) trace: &'a RequestTrace,
    pub(crate) method: &'a str,
    pub(crate) target: Target<'a>,
    pub(crate) headers: &'a Headers,
    /// Of the route's pattern.
    pub(crate) values: Vec<(&'static str, String)>,
    pub(crate) note: &'a RefCell<Note>,
}

impl<'a, H: Host> Context<'a, H> {
    /// A value of the route's pattern.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The account that a query names; a query without one is noted as lacking it.
    pub(crate) fn account_id<'q>(&self, reader: &Reader<'q>) -> Option<&'q str> {
        let id = reader.text(ACCOUNT);
        if id.is_none() {
            reader.lacks(
                ACCOUNT,
                "is missing: name the account; GET /integrated-account lists those that are configured",
            );
        }
        id
    }

    /// # Errors
    /// 404 for an id that is not configured.
    pub(crate) fn account(&self, id: Option<&str>) -> Result<&'a Rc<Account>, Error> {
        let account = id.and_then(|id| self.config.account(id)).ok_or(Error::NoAccount)?;
        self.note.borrow_mut().account = Some(account.id.clone());
        Ok(account)
    }

    /// Opens a session for an account; its deadline starts here.
    ///
    /// # Errors
    /// 404 for an id that is not configured.
    pub(crate) fn session(&self, id: Option<&str>) -> Result<Session<'a, H>, Error> {
        Ok(Session::open(self.host, self.account(id)?, self.trace.onward()))
    }

    /// As [`Self::session`], to take along into an answer that is still being written.
    ///
    /// # Errors
    /// 404 for an id that is not configured.
    pub(crate) fn connected(&self, id: Option<&str>) -> Result<Connected<H>, Error> {
        Ok(Connected::new(self.host.clone(), Rc::clone(self.account(id)?), self.trace.onward()))
    }

    /// For the envelope of a list.
    pub(crate) fn about(
        &self,
        account: &'a Account,
        limit: Option<u16>,
        documented_lag: Option<&'a str>,
    ) -> About<'a> {
        About {
            trace: self.trace,
            target: self.target,
            timezone: account.zone.as_ref().map(|zone| zone.name()),
            documented_lag,
            limit,
        }
    }
}

/// The page size.
pub(crate) fn limit(reader: &Reader<'_>) -> u16 {
    reader.number("limit", 1, MOST).unwrap_or(USUAL)
}

/// Where a list goes on, by either of its names.
pub(crate) fn cursor(reader: &Reader<'_>) -> Option<String> {
    let (next, short) = (reader.text("next_cursor"), reader.text("cursor"));
    if next.is_some() && short.is_some() && next != short {
        reader.fail("cursor", "stands beside another next_cursor; give one of them");
    }
    next.or(short).map(str::to_owned)
}
