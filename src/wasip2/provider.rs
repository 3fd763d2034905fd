//! World `marketing-automation`: the exports of the `unified:marketing-automation` package over the core.
//!
//! Each call opens a session of its own (deadline, in-flight caps, request id) and runs it to its end.

use super::convert;
use super::host::Wasi;
use crate::clevertap::account::{Account, Connection, Limits};
use crate::clevertap::client::{Session, Trace};
use crate::clevertap::credentials::Secret;
use crate::clevertap::forward::{forward, whole};
use crate::clevertap::{campaigns, reports};
use crate::model::Error;
use crate::transport::{Body, Host};

use bindings::exports::unified::marketing_automation as wit;
use wit::accounts::AccountBorrow;
use wit::failures::Fault;

#[allow(
    unsafe_code,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::restriction,
    reason = "generated"
)]
pub(super) mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "marketing-automation",
        with: {
            "wasi:io/poll@0.2.4": wasi::io::poll,
            "wasi:io/error@0.2.4": wasi::io::error,
            "wasi:io/streams@0.2.4": wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.4": wasi::clocks::monotonic_clock,
            "wasi:clocks/wall-clock@0.2.4": wasi::clocks::wall_clock,
            "wasi:http/types@0.2.4": wasi::http::types,
            "wasi:http/outgoing-handler@0.2.4": wasi::http::outgoing_handler,
        },
    });

    export!(Provider);

    use super::Provider;
}

#[derive(Debug)]
pub(super) struct Provider;

/// What an `account` handle stands for.
#[derive(Debug)]
pub(super) struct Opened(Account);

/// Runs one call to its end.
fn run<T>(
    account: &Account,
    work: impl AsyncFnOnce(&Session<'_, Wasi>) -> Result<T, Error>,
) -> Result<T, Fault> {
    let host = Wasi::new();
    let request_id = format!("{:016x}{:016x}", host.random(), host.random());
    let session = Session::open(&host, account, Trace { request_id, traceparent: None });
    match host.reactor().block_on(work(&session)) {
        Ok(outcome) => outcome.map_err(convert::fault),
        Err(_) => Err(Fault::Undecodable(
            "this component waited for nothing, which is a mistake of its own".to_owned(),
        )),
    }
}

fn on<T>(
    account: &AccountBorrow<'_>,
    work: impl AsyncFnOnce(&Session<'_, Wasi>) -> Result<T, Error>,
) -> Result<T, Fault> {
    run(&account.get::<Opened>().0, work)
}

impl wit::accounts::Guest for Provider {
    type Account = Opened;
}

impl wit::accounts::GuestAccount for Opened {
    fn open(connection: wit::accounts::Connection) -> Result<wit::accounts::Account, Fault> {
        let limits = connection.limits.map_or_else(Limits::default, |limits| Limits {
            deadline_ms: limits.deadline_ms,
            tries: limits.tries,
            uploads_in_flight: limits.uploads_in_flight,
            requests_in_flight: limits.requests_in_flight,
            lookback_days: limits.lookback_days,
        });
        let connection = Connection {
            id: connection.id,
            project_id: connection.project_id,
            passcode: Secret::new(connection.passcode),
            region: connection.region,
            timezone: connection.timezone,
            endpoint: connection.endpoint,
            upload_hosts: connection.upload_hosts,
            limits,
        };
        let account = Account::open(connection).map_err(convert::fault)?;
        Ok(wit::accounts::Account::new(Self(account)))
    }

    fn verify(&self) -> Result<wit::accounts::Verification, Fault> {
        let verified = run(&self.0, async |session| session.verify().await)?;
        Ok(wit::accounts::Verification {
            region: verified.region,
            host: verified.host,
            checked_with: verified.checked_with,
        })
    }
}

impl wit::campaigns::Guest for Provider {
    fn list(
        account: AccountBorrow<'_>,
        query: wit::campaigns::CampaignQuery,
    ) -> Result<wit::campaigns::CampaignPage, Fault> {
        let query = convert::campaign_query(query).map_err(convert::fault)?;
        let page = on(&account, async |session| campaigns::list(session, &query).await)?;
        let (items, page) = convert::page(page, convert::campaign);
        Ok(wit::campaigns::CampaignPage { items, page })
    }

    fn get(
        account: AccountBorrow<'_>,
        id: String,
        resume: Option<String>,
    ) -> Result<wit::campaigns::Campaign, Fault> {
        on(&account, async |session| campaigns::get(session, &id, resume.as_deref(), true).await)
            .map(convert::campaign)
    }

    fn create(account: AccountBorrow<'_>, campaign: String) -> Result<wit::campaigns::Created, Fault> {
        let body = convert::json("campaign", &campaign).map_err(convert::fault)?;
        on(&account, async |session| campaigns::create(session, &body).await).map(convert::created)
    }

    fn estimate_audience(
        account: AccountBorrow<'_>,
        campaign: String,
    ) -> Result<wit::campaigns::Estimate, Fault> {
        let body = convert::json("campaign", &campaign).map_err(convert::fault)?;
        on(&account, async |session| campaigns::estimate(session, &body).await).map(convert::estimate)
    }

    fn stop(account: AccountBorrow<'_>, id: String) -> Result<String, Fault> {
        on(&account, async |session| campaigns::stop(session, &id).await)
    }

    fn trigger(
        account: AccountBorrow<'_>,
        ids: Vec<String>,
        to: wit::campaigns::Recipients,
        data: Option<String>,
    ) -> Result<wit::campaigns::Triggered, Fault> {
        let to =
            campaigns::Recipients { identities: to.identities, emails: to.emails, object_ids: to.object_ids };
        let data = data.map(|text| convert::json("data", &text)).transpose().map_err(convert::fault)?;
        let done = on(&account, async |session| campaigns::trigger(session, &ids, &to, data.as_ref()).await)?;
        Ok(wit::campaigns::Triggered { message: done.message, remote_data: done.remote_data.to_string() })
    }
}

impl wit::reports::Guest for Provider {
    fn query(
        account: AccountBorrow<'_>,
        query: wit::reports::ReportQuery,
    ) -> Result<wit::reports::ReportPage, Fault> {
        let query = convert::report_query(query).map_err(convert::fault)?;
        let page = on(&account, async |session| reports::query(session, &query).await)?;
        let (rows, page) = convert::page(page, convert::report_row);
        Ok(wit::reports::ReportPage { rows, page })
    }
}

impl wit::passthrough::Guest for Provider {
    fn send(
        account: AccountBorrow<'_>,
        request: wit::passthrough::Request,
    ) -> Result<wit::passthrough::Response, Fault> {
        let body = if request.body.is_empty() { Body::Empty } else { Body::Bytes(request.body) };
        let headers = request
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes()))
            .collect();
        on(&account, async |session| {
            let answer = forward(session, &request.method, &request.path, headers, body).await?;
            let body = whole(session, &request.method, answer.body).await?;
            Ok(wit::passthrough::Response {
                status: answer.status,
                headers: convert::headers(answer.headers),
                body,
            })
        })
    }
}

/// What the package has and this build does not yet.
fn missing<T>(what: &str) -> Result<T, Fault> {
    Err(Fault::Unsupported(format!("{what} is not in this build")))
}

impl wit::contacts::Guest for Provider {
    fn get(_: AccountBorrow<'_>, _: wit::contacts::ContactKey) -> Result<wit::contacts::Contact, Fault> {
        missing("contacts.get")
    }

    fn list(
        _: AccountBorrow<'_>,
        _: String,
        _: wit::failures::Period,
        _: Option<wit::failures::Paging>,
    ) -> Result<wit::contacts::ContactPage, Fault> {
        missing("contacts.list")
    }

    fn upsert(_: AccountBorrow<'_>, _: Vec<String>) -> Result<wit::failures::Receipt, Fault> {
        missing("contacts.upsert")
    }

    fn delete(_: AccountBorrow<'_>, _: Vec<String>) -> Result<wit::failures::Receipt, Fault> {
        missing("contacts.delete")
    }

    fn subscribe(
        _: AccountBorrow<'_>,
        _: wit::contacts::SubscriptionChannel,
        _: Vec<String>,
        _: wit::contacts::Subscription,
    ) -> Result<wit::failures::Receipt, Fault> {
        missing("contacts.subscribe")
    }
}

impl wit::events::Guest for Provider {
    fn ingest(_: AccountBorrow<'_>, _: Vec<String>, _: bool) -> Result<wit::failures::Receipt, Fault> {
        missing("events.ingest")
    }

    fn export(
        _: AccountBorrow<'_>,
        _: String,
        _: wit::failures::Period,
        _: Option<wit::failures::Paging>,
    ) -> Result<wit::events::EventPage, Fault> {
        missing("events.export")
    }

    fn count(_: AccountBorrow<'_>, _: String, _: Option<String>) -> Result<u64, Fault> {
        missing("events.count")
    }

    fn aggregate(
        _: AccountBorrow<'_>,
        _: wit::events::Aggregation,
        _: String,
        _: Option<String>,
    ) -> Result<String, Fault> {
        missing("events.aggregate")
    }
}

impl wit::messages::Guest for Provider {
    fn send(
        _: AccountBorrow<'_>,
        _: wit::campaigns::Channel,
        _: wit::campaigns::Recipients,
        _: String,
        _: Option<String>,
    ) -> Result<wit::failures::Receipt, Fault> {
        missing("messages.send")
    }
}

impl wit::segments::Guest for Provider {
    fn list(
        _: AccountBorrow<'_>,
        _: Option<wit::failures::Paging>,
    ) -> Result<wit::segments::SegmentPage, Fault> {
        missing("segments.list")
    }

    fn create(
        _: AccountBorrow<'_>,
        _: String,
        _: Vec<String>,
        _: Option<String>,
    ) -> Result<wit::segments::Segment, Fault> {
        missing("segments.create")
    }

    fn add(_: AccountBorrow<'_>, _: String, _: Vec<String>) -> Result<wit::failures::Receipt, Fault> {
        missing("segments.add")
    }

    fn remove(_: AccountBorrow<'_>, _: String, _: Vec<String>) -> Result<wit::failures::Receipt, Fault> {
        missing("segments.remove")
    }
}

impl wit::audiences::Guest for Provider {
    fn export(
        _: AccountBorrow<'_>,
        _: String,
        _: wit::failures::Period,
        _: wit::audiences::Destination,
        _: wit::audiences::Operation,
        _: Option<wit::failures::Paging>,
    ) -> Result<wit::audiences::BatchPage, Fault> {
        missing("audiences.export")
    }
}
