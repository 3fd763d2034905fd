//! `/custom/{path}`: CleverTap one to one.
//!
//! | of the request | goes to CleverTap |
//! |---|---|
//! | method | as it is |
//! | path after `/custom` | byte for byte |
//! | query | byte for byte, without `integrated_account_id` and `truto_body_passthrough` |
//! | other `truto_…` parameters, `remote_query` | not at all: an error, as they would change what must stay as it is |
//! | headers | without this service's token and whatever else [`forward`](crate::clevertap::forward) drops |
//! | body | as it comes, piece by piece |

use crate::clevertap::forward as clevertap;
use crate::service::context::{ACCOUNT, Context};
use crate::service::error::Error;
use crate::service::query::{Query, Reader, is_pair_of};
use crate::service::target;
use crate::transport::{Body, Host, Response};

/// What is true anyway, so that it may be asked for.
const PASSTHROUGH: &str = "truto_body_passthrough";

pub(super) async fn forward<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        context.target.query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| is_ours(pair));
    let query = Query::parse(&ours.join("&"))?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    reader.flag(PASSTHROUGH);
    for parameter in reader.rest() {
        reader.fail(
            &parameter.name,
            "is not for /custom, whose requests and answers are untouched; leave it out",
        );
    }
    reader.finish()?;

    let session = context.session(account)?;
    let mut path = format!("/{}", context.value("path"));
    if !theirs.is_empty() {
        path.push('?');
        path.push_str(&theirs.join("&"));
    }
    Ok(clevertap::forward(&session, context.method, &path, context.headers.clone(), body).await?)
}

/// Whether a pair of the query is for this service. What cannot be decoded is not.
fn is_ours(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    is_pair_of(pair, ACCOUNT)
        || is_pair_of(pair, "remote_query")
        || target::decode(name).is_some_and(|name| name.starts_with("truto_"))
}
