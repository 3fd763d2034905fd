//! Reading campaigns.
//!
//! | parameter of the list | |
//! |---|---|
//! | `status`, `channel` | lists of the unified words |
//! | `name` | part of the name |
//! | `source` | `all`, `api`, `dashboard` |
//! | `scheduled_at[gte]`, `[gt]`, `[lte]`, `[lt]` | see [`period`](super::super::period) |
//! | `created_at`, `updated_at` | an error: CleverTap reports neither |
//! | `sort_by` | `-scheduled_at`, the one order there is |
//! | `limit`, `next_cursor` | 1 to 500, 50 unless told |

use crate::clevertap::campaigns::{self, CampaignQuery, Source};
use crate::model::{Channel, Status};
use crate::service::context::{Context, cursor, limit};
use crate::service::envelope::{self, Freshness, REPORT_LAG};
use crate::service::error::Error;
use crate::service::period::half_open;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Host, Response};

/// The default order, newest start first.
const ORDER: &str = "-scheduled_at";

pub(super) async fn list<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let limit = limit(&reader);
    let cursor = cursor(&reader);
    let statuses = reader.words("status", Status::parse, Status::accepted);
    let channels = reader.words("channel", Channel::parse, Channel::accepted);
    let name = reader.text("name").map(str::to_owned);
    let source = reader.word("source", Source::parse, Source::accepted).unwrap_or(Source::All);
    let scheduled = half_open(&reader, "scheduled_at", reader.range("scheduled_at"));
    for (field, what) in [("created_at", "creation"), ("updated_at", "update")] {
        reader.refuse(
            field,
            &format!(
                "cannot be filtered by: CleverTap reports no {what} time of a campaign; scheduled_at, its start, can be"
            ),
        );
    }
    if reader.text("sort_by").is_some_and(|order| order != ORDER) {
        reader
            .fail("sort_by", format!("takes {ORDER} only: campaigns are read by their start, newest first"));
    }
    let presentation = Presentation::of_list(&reader);
    reader.finish()?;

    let session = context.session(account).await?;
    let query = CampaignQuery {
        cursor,
        limit,
        scheduled,
        statuses,
        channels,
        name,
        source,
        include_remote: presentation.wants_remote_data(),
    };
    let page = campaigns::list(&session, &query).await?;
    envelope::list(
        context.host,
        page,
        &presentation,
        context.about(session.account, Some(limit), Some(REPORT_LAG)),
    )
}

/// One campaign. A search that the deadline interrupts is a 503 whose `next_cursor` goes on with it.
pub(super) async fn get<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let cursor = cursor(&reader);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;

    let session = context.session(account).await?;
    let include_remote = presentation.wants_remote_data();
    let campaign = campaigns::get(&session, context.value("id"), cursor.as_deref(), include_remote).await?;
    let fresh = Freshness::now(context.host, Some(REPORT_LAG));
    envelope::single_with_metrics(&campaign, &fresh, &presentation)
}
