//! `/custom/{path}`: CleverTap one to one.
//!
//! | of the request | goes to CleverTap |
//! |---|---|
//! | method | as it is |
//! | path after `/custom` | byte for byte |
//! | query | byte for byte, also where it is empty between two `&`, without `integrated_account_id` and `truto_body_passthrough` |
//! | other `truto_…` parameters, `remote_query` | not at all: an error, as they would change what must stay as it is |
//! | headers | without this service's token and whatever else [`forward`](crate::clevertap::forward) drops |
//! | body | as it comes, piece by piece |

use crate::clevertap::forward as clevertap;
use crate::service::context::{ACCOUNT, Context};
use crate::service::error::Error;
use crate::service::query::{Query, Reader, is_pair_of};
use crate::transport::{Body, Host, Response};

/// What is true anyway, so that it may be asked for.
const PASSTHROUGH: &str = "truto_body_passthrough";

pub(super) async fn forward<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let ours: Vec<&str> = context.target.query.split('&').filter(|pair| is_ours(pair)).collect();
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

    let session = context.session(account).await?;
    // As it came, ours included: what is dropped on the way is what has been read above, and no more.
    let mut path = format!("/{}", context.value("path"));
    if !context.target.query.is_empty() {
        path.push('?');
        path.push_str(context.target.query);
    }
    Ok(clevertap::forward(&session, context.method, &path, context.headers.clone(), body).await?)
}

/// Whether a pair of the query is for this service: at least whatever [`clevertap::forward`] would drop, so that
/// nothing is dropped unread.
fn is_ours(pair: &str) -> bool {
    clevertap::is_ours(pair) || is_pair_of(pair, ACCOUNT) || is_pair_of(pair, "remote_query")
}
