//! What a route is given: the request's parts, the configuration, and the way to a session with CleverTap.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::accounts::{self, Found};
use super::auth::{Caller, Forbidden};
use super::config::Config;
use super::envelope::About;
use super::error::Error;
use super::log::Note;
use super::query::{Query, Reader};
use super::target::Target;
use super::trace::RequestTrace;
use crate::clevertap::account::Account;
use crate::clevertap::client::{Connected, Session};
use crate::transport::{Headers, Host};

/// Name of the parameter that chooses the account.
pub(crate) const ACCOUNT: &str = "integrated_account_id";
/// Names a token's own account.
const OWN: &str = "me";
/// Largest and usual page.
const MOST: u16 = 500;
const USUAL: u16 = 50;

/// A request on its way through a route.
#[derive(Debug)]
pub(crate) struct Context<'a, H> {
    pub(crate) host: &'a H,
    pub(crate) config: &'a Config,
    pub(crate) caller: &'a Caller,
    pub(crate) trace: &'a RequestTrace,
    pub(crate) method: &'a str,
    pub(crate) target: Target<'a>,
    /// What the client calls this server.
    pub(crate) authority: Option<&'a str>,
    pub(crate) headers: &'a Headers,
    /// Of the route's pattern.
    pub(crate) values: Vec<(&'static str, String)>,
    pub(crate) note: &'a RefCell<Note>,
    /// Whether `{id}` in the path is an account's.
    pub(crate) is_about_accounts: bool,
    /// Once it has been looked up.
    pub(crate) account: OnceCell<Found>,
}

impl<'a, H: Host> Context<'a, H> {
    /// A value of the route's pattern.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The account that a query names; a query without one is noted as lacking it, unless the token says it.
    pub(crate) fn account_id<'q>(&self, reader: &Reader<'q>) -> Option<&'q str> {
        let id = reader.text(ACCOUNT);
        if id.is_none() && self.caller.account.is_none() {
            reader.lacks(
                ACCOUNT,
                "is missing: name the account; GET /integrated-account lists those that are configured",
            );
        }
        id
    }

    /// Whether the request names an account that its token is not of; asked before anything else is looked at.
    ///
    /// # Errors
    /// 403 when it does.
    pub(crate) fn check_own_account(&self) -> Result<(), Error> {
        let Some(own) = self.caller.account.as_deref() else { return Ok(()) };
        let is_own = |named: &str| named == OWN || accounts::are_same(named, own);
        let in_path = Some(self.value("id")).filter(|id| !id.is_empty() && self.is_about_accounts);
        // A query that cannot be read is the route's to refuse.
        let query = Query::parse(self.target.query).unwrap_or_default();
        let named = Reader::new(&query);
        let all_own = named.list(ACCOUNT).into_iter().chain(in_path).all(is_own);
        if all_own { Ok(()) } else { Err(Error::Forbidden(Forbidden::OtherAccount)) }
    }

    /// The account of this request: the one that it names, else the token's own, which `me` names too.
    ///
    /// # Errors
    /// 404 where there is no such account, 403 for a token of another one.
    pub(crate) async fn found(&self, named: Option<&str>) -> Result<&Found, Error> {
        let reference = match (named, self.caller.account.as_deref()) {
            (None | Some(OWN), Some(own)) => own,
            (Some(named), Some(own)) if !accounts::are_same(named, own) => {
                return Err(Error::Forbidden(Forbidden::OtherAccount));
            }
            (Some(OWN), None) if self.config.account(OWN).is_none() => {
                return Err(Error::NoAccount(
                    "me is for a token of one account; others name the account by its id",
                ));
            }
            (Some(named), _) => named,
            (None, None) => return Err(Error::Internal("a call without an account got this far")),
        };
        if let Some(found) = self.account.get() {
            return if found.reference == reference {
                Ok(found)
            } else {
                Err(Error::Internal("one request has one account"))
            };
        }
        let found = accounts::find(self.host, self.config, reference).await?;
        self.note.borrow_mut().account = Some(found.account.id.clone());
        Ok(self.account.get_or_init(|| found))
    }

    /// # Errors
    /// As [`Self::found`].
    pub(crate) async fn account(&self, named: Option<&str>) -> Result<&Rc<Account>, Error> {
        Ok(&self.found(named).await?.account)
    }

    /// Opens a session for an account; its deadline starts here.
    ///
    /// # Errors
    /// As [`Self::found`].
    pub(crate) async fn session(&self, named: Option<&str>) -> Result<Session<'_, H>, Error> {
        Ok(Session::open(self.host, self.account(named).await?, self.trace.onward()))
    }

    /// As [`Self::session`], to take along into an answer that is still being written.
    ///
    /// # Errors
    /// As [`Self::found`].
    pub(crate) async fn connected(&self, named: Option<&str>) -> Result<Connected<H>, Error> {
        let account = Rc::clone(self.account(named).await?);
        Ok(Connected::new(self.host.clone(), account, self.trace.onward()))
    }

    /// For the envelope of a list.
    pub(crate) fn about<'s>(
        &'s self,
        account: &'s Account,
        limit: Option<u16>,
        documented_lag: Option<&'s str>,
    ) -> About<'s> {
        About {
            trace: self.trace,
            target: self.target,
            timezone: account.zone.as_ref().map(|zone| zone.name()),
            documented_lag,
            is_read_now: true,
            limit,
            counts: None,
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
