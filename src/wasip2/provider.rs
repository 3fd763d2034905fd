//! World `marketing-automation`: the exports of the `unified:marketing-automation` package over the core.
//!
//! Each call opens a session of its own (deadline, in-flight caps, request id) and runs it to its end.

use serde_json::Value;

use super::convert;
use super::host::Wasi;
use crate::clevertap::account::{Account, Connection, Limits};
use crate::clevertap::bulk::{Check, End, Kind, write};
use crate::clevertap::client::{Session, Trace};
use crate::clevertap::counts::{self, Subject};
use crate::clevertap::credentials::Secret;
use crate::clevertap::forward::{forward, whole};
use crate::clevertap::{audiences, campaigns, contacts, events, messages, reports, segments};
use crate::model::Error;
use crate::transport::{Body, Host};

use bindings::exports::unified::marketing_automation as wit;
use wit::accounts::AccountBorrow;
use wit::failures::{Fault, Receipt};

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
        let (page, read_at) = on(&account, async |session| {
            Ok((reports::query(session, &query).await?, session.host.unix_ms()))
        })?;
        let (rows, page) = convert::page(page, convert::report_row);
        Ok(wit::reports::ReportPage { rows, page, freshness: convert::freshness(read_at) })
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

/// Runs a bulk write; records are JSON texts, and one that is none fails by itself.
fn bulk(
    account: &AccountBorrow<'_>,
    kind: &dyn Kind,
    records: Vec<String>,
    check: Check,
) -> Result<Receipt, Fault> {
    on(account, async |session| {
        let mut records = convert::Texts(records.into_iter());
        let mut ledger = Vec::new();
        let finished = write(session, kind, &mut records, check, &mut ledger).await;
        match finished.end {
            End::Halted(error) if finished.totals.succeeded == 0 && finished.totals.unknown == 0 => {
                Err(error)
            }
            _ => Ok(convert::receipt(ledger, finished.totals)),
        }
    })
}

/// The same for records that are here as values.
fn bulk_values(account: &AccountBorrow<'_>, kind: &dyn Kind, records: Vec<Value>) -> Result<Receipt, Fault> {
    bulk(account, kind, records.iter().map(Value::to_string).collect(), Check::No)
}

impl wit::contacts::Guest for Provider {
    fn get(
        account: AccountBorrow<'_>,
        key: wit::contacts::ContactKey,
    ) -> Result<wit::contacts::Contact, Fault> {
        let key = convert::key(key);
        on(&account, async |session| contacts::get(session, &key, true).await).map(convert::contact)
    }

    fn list(
        account: AccountBorrow<'_>,
        query: wit::contacts::EventQuery,
    ) -> Result<wit::contacts::ContactPage, Fault> {
        let (query, cursor, limit) = convert::event_query(query).map_err(convert::fault)?;
        let page =
            on(&account, async |session| events::people(session, &query, cursor.as_deref(), limit).await)?;
        let (items, page) = convert::page(page, convert::contact);
        Ok(wit::contacts::ContactPage { items, page })
    }

    fn count(account: AccountBorrow<'_>, query: String, resume: Option<String>) -> Result<u64, Fault> {
        count(&account, Subject::Profiles, &query, resume.as_deref())
    }

    fn upsert(
        account: AccountBorrow<'_>,
        records: Vec<String>,
        check: wit::failures::Check,
    ) -> Result<Receipt, Fault> {
        bulk(&account, &contacts::Upsert, records, convert::check(check))
    }

    fn delete(account: AccountBorrow<'_>, records: Vec<String>) -> Result<Receipt, Fault> {
        bulk(&account, &contacts::Deletion, records, Check::No)
    }

    fn subscribe(
        account: AccountBorrow<'_>,
        subscription: wit::contacts::Subscription,
        records: Vec<String>,
    ) -> Result<Receipt, Fault> {
        let subscription = match subscription {
            wit::contacts::Subscription::OptIn => contacts::Subscription::OptIn,
            wit::contacts::Subscription::OptOut => contacts::Subscription::OptOut,
        };
        bulk(&account, &contacts::Subscriptions(subscription), records, Check::No)
    }

    fn set_device_tokens(
        account: AccountBorrow<'_>,
        records: Vec<String>,
        check: wit::failures::Check,
    ) -> Result<Receipt, Fault> {
        bulk(&account, &contacts::Tokens, records, convert::check(check))
    }
}

fn count(
    account: &AccountBorrow<'_>,
    subject: Subject,
    query: &str,
    resume: Option<&str>,
) -> Result<u64, Fault> {
    let query = convert::json("query", query).map_err(convert::fault)?;
    on(account, async |session| counts::count(session, subject, &query, resume).await)
}

impl wit::events::Guest for Provider {
    fn ingest(
        account: AccountBorrow<'_>,
        records: Vec<String>,
        options: Option<wit::events::IngestOptions>,
    ) -> Result<Receipt, Fault> {
        let (kind, check) = convert::ingest(options);
        bulk(&account, &kind, records, check)
    }

    fn export(
        account: AccountBorrow<'_>,
        query: wit::contacts::EventQuery,
    ) -> Result<wit::events::EventPage, Fault> {
        let (query, cursor, limit) = convert::event_query(query).map_err(convert::fault)?;
        let page =
            on(&account, async |session| events::export(session, &query, cursor.as_deref(), limit).await)?;
        let (items, page) = convert::page(page, convert::event);
        Ok(wit::events::EventPage { items, page })
    }

    fn count(account: AccountBorrow<'_>, query: String, resume: Option<String>) -> Result<u64, Fault> {
        count(&account, Subject::Events, &query, resume.as_deref())
    }

    fn aggregate(
        account: AccountBorrow<'_>,
        kind: wit::events::Aggregation,
        query: String,
        resume: Option<String>,
    ) -> Result<String, Fault> {
        let query = convert::json("query", &query).map_err(convert::fault)?;
        let resume = resume.as_deref();
        on(&account, async |session| {
            Ok(match kind {
                wit::events::Aggregation::Trends => {
                    convert::to_json(&counts::trends(session, &query, resume).await?)
                }
                wit::events::Aggregation::Top => {
                    convert::to_json(&counts::top(session, &query, resume).await?)
                }
                wit::events::Aggregation::RealTime => {
                    convert::to_json(&counts::real_time(session, &query).await?)
                }
            })
        })
    }
}

impl wit::messages::Guest for Provider {
    fn send(
        account: AccountBorrow<'_>,
        channel: wit::campaigns::Channel,
        to: wit::campaigns::Recipients,
        message: String,
    ) -> Result<Receipt, Fault> {
        let message = convert::object("message", &message).map_err(convert::fault)?;
        let send = messages::Send::new(convert::core_channel(channel), message).map_err(convert::fault)?;
        bulk_values(&account, &send, convert::recipients(to))
    }

    fn trigger(
        account: AccountBorrow<'_>,
        campaign_ids: Vec<String>,
        to: wit::campaigns::Recipients,
        data: Option<String>,
    ) -> Result<Receipt, Fault> {
        let data = data.map(|text| convert::json("data", &text)).transpose().map_err(convert::fault)?;
        let trigger = messages::Trigger::new(&campaign_ids, data).map_err(convert::fault)?;
        bulk_values(&account, &trigger, convert::recipients(to))
    }
}

impl wit::segments::Guest for Provider {
    fn list(
        account: AccountBorrow<'_>,
        paging: Option<wit::failures::Paging>,
    ) -> Result<wit::segments::SegmentPage, Fault> {
        let (cursor, limit) = convert::paging(paging).map_err(convert::fault)?;
        let page =
            on(&account, async |session| segments::list(session, cursor.as_deref(), limit, true).await)?;
        let (items, page) = convert::page(page, convert::segment);
        Ok(wit::segments::SegmentPage { items, page })
    }

    fn get(account: AccountBorrow<'_>, id: String) -> Result<wit::segments::Segment, Fault> {
        on(&account, async |session| segments::get(session, &id, true).await).map(convert::segment)
    }

    fn create(
        account: AccountBorrow<'_>,
        segment: wit::segments::NewSegment,
    ) -> Result<wit::segments::Segment, Fault> {
        let segment = convert::new_segment(segment);
        on(&account, async |session| segments::create(session, &segment).await).map(convert::segment)
    }

    fn add(
        account: AccountBorrow<'_>,
        segment_id: String,
        members: wit::segments::Members,
    ) -> Result<Receipt, Fault> {
        change(&account, &segment_id, segments::Change::Add, members)
    }

    fn remove(
        account: AccountBorrow<'_>,
        segment_id: String,
        members: wit::segments::Members,
    ) -> Result<Receipt, Fault> {
        change(&account, &segment_id, segments::Change::Remove, members)
    }
}

fn change(
    account: &AccountBorrow<'_>,
    segment_id: &str,
    change: segments::Change,
    members: wit::segments::Members,
) -> Result<Receipt, Fault> {
    let kind = segments::Members::new(segment_id, change).map_err(convert::fault)?;
    bulk_values(account, &kind, convert::members(members))
}

impl wit::audiences::Guest for Provider {
    fn export(
        account: AccountBorrow<'_>,
        order: wit::audiences::Order,
        selection: wit::audiences::Selection,
        paging: Option<wit::failures::Paging>,
    ) -> Result<wit::audiences::BatchPage, Fault> {
        let audience = convert::audience(order, selection).map_err(convert::fault)?;
        let (cursor, limit) = convert::people_paging(paging).map_err(convert::fault)?;
        let exported = on(&account, async |session| {
            audiences::page(session, &audience, cursor.as_deref(), limit).await
        })?;
        Ok(convert::exported(&audience.order, exported))
    }
}
