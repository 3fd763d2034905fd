//! What stands between a request and its route: the account's limiter, and the answers that keys have already.
//!
//! | request | limiter | `Idempotency-Key` |
//! |---|---|---|
//! | read through unified, proxy or custom | counts | ignored: a read is repeated by asking again |
//! | write through unified, proxy or custom | counts | see [`idempotency`] |
//! | any other, or one that is of no account there is | does not count | ignored |
//!
//! What names no account, or names one twice, goes on: its route says what is wrong with it.

use super::auth::Grant;
use super::context::{ACCOUNT, Context};
use super::error::Error;
use super::idempotency::{self, Key};
use super::limiter;
use super::query::{Query, Reader, is_pair_of};
use super::router::{Action, Route};
use super::{needed, routes};
use crate::clevertap::account::Account;
use crate::transport::{Body, Host, Response};

/// # Errors
/// What the limiter and the key have to say, and whatever the route answers.
pub(super) async fn run<H: Host>(
    context: &Context<'_, H>,
    route: &Route,
    body: Body,
) -> Result<Response, Error> {
    let account = if route.leads_to_clevertap() { account(context).await } else { None };
    let Some(account) = account else { return routes::run(context, route.action, body).await };
    limiter::admit(context, account).await?;
    let key = if writes(context, route) { Key::of(context.headers)? } else { None };
    match key {
        Some(key) => idempotency::run(context, route.action, account, &key, body).await,
        None => routes::run(context, route.action, body).await,
    }
}

/// The account that the query names, or the token is of, whatever else is in the query.
async fn account<'c, H: Host>(context: &'c Context<'_, H>) -> Option<&'c Account> {
    let pairs: Vec<&str> = context.target.query.split('&').filter(|pair| is_pair_of(pair, ACCOUNT)).collect();
    let query = Query::parse(&pairs.join("&")).ok()?;
    let reader = Reader::new(&query);
    let named = reader.text(ACCOUNT);
    reader.finish().ok()?;
    if named.is_none() && context.caller.account.is_none() {
        return None;
    }
    // Where there is none, or the store fails, the route finds that out again.
    context.account(named).await.ok().map(|account| &**account)
}

/// Whether the request may change something at CleverTap. Its reads are POSTs, too: `/proxy` knows which, and
/// `/custom` does not.
fn writes<H: Host>(context: &Context<'_, H>, route: &Route) -> bool {
    let reads = route.action == Action::Custom && matches!(context.method, "GET" | "HEAD");
    !reads && needed(route, context.method, &context.values) == Some(Grant::Write)
}
