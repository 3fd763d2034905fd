//! What stands between a request and its route: the account's limiter, and the answers that keys have already.
//!
//! | request | limiter | `Idempotency-Key` |
//! |---|---|---|
//! | read through unified, proxy or custom | counts | ignored: a read is repeated by asking again |
//! | write through unified, proxy or custom | counts | see [`idempotency`] |
//! | any other, or one that names no account there is | does not count | ignored |
//!
//! What names no account, or names one twice, goes on: its route says what is wrong with it.

use std::rc::Rc;

use super::context::{ACCOUNT, Context};
use super::error::Error;
use super::idempotency::{self, Key};
use super::limiter;
use super::query::{Query, Reader, is_pair_of};
use super::router::{Action, Route, Scope};
use super::routes;
use crate::clevertap::account::Account;
use crate::transport::{Body, Host, Response};

/// # Errors
/// What the limiter and the key have to say, and whatever the route answers.
pub(super) async fn run<H: Host>(
    context: &Context<'_, H>,
    route: &Route,
    body: Body,
) -> Result<Response, Error> {
    let Some(account) = account(context).filter(|_| is_of_an_account(route)) else {
        return routes::run(context, route.action, body).await;
    };
    limiter::admit(context, account).await?;
    let key = if writes(context, route) { Key::of(context.headers)? } else { None };
    match key {
        Some(key) => idempotency::run(context, route.action, account, &key, body).await,
        None => routes::run(context, route.action, body).await,
    }
}

fn is_of_an_account(route: &Route) -> bool {
    ["/unified/", "/proxy/", "/custom/"].iter().any(|prefix| route.pattern.starts_with(prefix))
}

/// The account that the query names, whatever else is in it.
fn account<'a, H: Host>(context: &Context<'a, H>) -> Option<&'a Rc<Account>> {
    let pairs: Vec<&str> = context.target.query.split('&').filter(|pair| is_pair_of(pair, ACCOUNT)).collect();
    let query = Query::parse(&pairs.join("&")).ok()?;
    let id = Reader::new(&query).text(ACCOUNT)?;
    context.config.account(id)
}

/// Whether the request may change something at CleverTap. Its reads are POSTs, too: `/proxy` knows which, and
/// `/custom` does not.
fn writes<H: Host>(context: &Context<'_, H>, route: &Route) -> bool {
    match (route.scope, route.action) {
        (Scope::Write, _) => true,
        (Scope::Open | Scope::Read, _) | (Scope::ByMethod, Action::NotBuilt(_)) => false,
        (Scope::ByMethod, Action::Proxy) => routes::proxy::writes(context),
        (Scope::ByMethod, _) => !matches!(context.method, "GET" | "HEAD"),
    }
}
