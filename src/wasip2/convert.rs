//! The core's records as those of the WIT package, and queries the other way.
//!
//! Mechanical: each record is taken apart by a pattern that names every field, so that a field which the model gains does
//! not compile until it is here. What does not go into `wit/` is named with `_`, and says why.

use serde::Serialize;
use serde_json::{Map, Value};

use super::provider::bindings::exports::unified::marketing_automation as wit;
use crate::clevertap::bulk::{Check, Records};
use crate::clevertap::contacts::Key;
use crate::clevertap::events::{EventQuery, Ingest, Nested};
use crate::clevertap::fields::REPORT_LAG;
use crate::clevertap::segments::{Member, NewSegment};
use crate::clevertap::time::rfc3339;
use crate::clevertap::{campaigns, reports};
use crate::model::campaign::{Audience, ControlGroup, ConversionGoal, Variant};
use crate::model::contact::{Contact, Device, EventSummary, Identifier, Subscription};
use crate::model::error::Refusal;
use crate::model::event::Event;
use crate::model::page::Coverage;
use crate::model::report::{CampaignRef, Derived};
use crate::model::segment::Segment;
use crate::model::write::Reason;
use crate::model::{
    Basis, Campaign, Channel, Counts, CreatedVia, DeliveryType, Error, Failure, Granularity, Outcome, Page,
    Rates, ReportRow, RowStatus, Status, Totals, Warning, Window, Written,
};
use crate::transport::body::LocalFuture;
use crate::transport::{Headers, SendError};

use wit::failures::Fault;

/// The most items of a page, and how many there are when nothing is said.
const LIMITS: std::ops::RangeInclusive<u32> = 1..=500;
const DEFAULT_LIMIT: u16 = 50;

/// An enum that is the same on both sides: the core's to the package's, or (`/`) both ways.
macro_rules! same {
    ($out:ident: $core:ty = $wit:ty { $($case:ident),+ $(,)? }) => {
        pub(super) const fn $out(value: $core) -> $wit {
            match value { $(<$core>::$case => <$wit>::$case),+ }
        }
    };
    ($out:ident / $back:ident: $core:ty = $wit:ty { $($case:ident),+ $(,)? }) => {
        same! { $out: $core = $wit { $($case),+ } }
        same! { $back: $wit = $core { $($case),+ } }
    };
}

mod audiences;

pub(super) use audiences::{audience, exported, people_paging};

same! { status / core_status: Status = wit::campaigns::CampaignStatus {
    Draft, Scheduled, Running, Paused, Completed, Stopped, Failed, Archived, Other
} }
same! { channel / core_channel: Channel = wit::campaigns::Channel {
    Email, Push, WebPush, Sms, Whatsapp, InApp, AppInbox, WebPopUp, WebExitIntent, WebNativeDisplay, WebInbox,
    NativeDisplay, Webhook, Audience, Tiktok, Other
} }
same! { delivery: DeliveryType = wit::campaigns::DeliveryType {
    OneTime, Recurring, Action, Inaction, PropertyTime, MultipleDates, ApiTriggered, Other
} }
same! { origin: CreatedVia = wit::campaigns::Origin { Api, Dashboard, Unknown } }
same! { granularity / core_granularity: Granularity = wit::reports::Granularity { Total, Day, Week, Month } }
same! { basis / core_basis: Basis = wit::reports::Basis { Report, Events } }
same! { row_status: RowStatus = wit::reports::RowStatus { Ready, Pending, Estimated, Unrecognised } }

same! { core_source: wit::campaigns::Source = campaigns::Source { All, Api, Dashboard } }

/// An error of the core's, in the variant that a caller treats in the same way.
pub(super) fn fault(error: Error) -> Fault {
    let message = error.to_string();
    match error {
        Error::DeniedByHost { .. } => Fault::DeniedByHost(message),
        Error::Unreachable { .. } => Fault::Unreachable(message),
        Error::TimedOut { .. } | Error::DoesNotFit { .. } => Fault::TimedOut(message),
        Error::InDoubt { .. } => Fault::InDoubt(message),
        Error::Unauthorized { .. } => Fault::Unauthorized(message),
        Error::RateLimited { message, retry_after_ms } => {
            Fault::RateLimited(wit::failures::Throttle { message, retry_after_ms })
        }
        Error::Invalid(failures) => Fault::Invalid(failures.into_iter().map(failure).collect()),
        Error::NotFound { .. } => Fault::NotFound(message),
        Error::NotReady { message, cursor } => Fault::NotReady(wit::failures::Pending { message, cursor }),
        Error::CursorExpired { .. } => Fault::CursorExpired(message),
        Error::Refused(Refusal { status, code, message, body }) => Fault::Refused(wit::failures::Refusal {
            status,
            code,
            message,
            body: match body {
                Value::String(text) => text,
                json => json.to_string(),
            },
        }),
        Error::Undecodable { .. } => Fault::Undecodable(message),
        Error::Unsupported { .. } => Fault::Unsupported(message),
    }
}

fn failure(failure: Failure) -> wit::failures::Failure {
    let Failure { field, message, code, index } = failure;
    wit::failures::Failure { field, message, code, index }
}

fn warning(warning: Warning) -> wit::failures::Warning {
    let Warning { code, message, field } = warning;
    wit::failures::Warning { code: code.to_owned(), message, field }
}

/// A page, with its items in the other form.
pub(super) fn page<T, U>(page: Page<T>, item: fn(T) -> U) -> (Vec<U>, wit::failures::Page) {
    let Page { items, next_cursor, partial, warnings, coverage } = page;
    let coverage = coverage.map(|Coverage { from, to, complete }| wit::failures::Coverage {
        start: from,
        end: to,
        complete,
    });
    let warnings = warnings.into_iter().map(warning).collect();
    (items.into_iter().map(item).collect(), wit::failures::Page { next_cursor, partial, warnings, coverage })
}

pub(super) fn paging(paging: Option<wit::failures::Paging>) -> Result<(Option<String>, u16), Error> {
    let Some(wit::failures::Paging { cursor, limit }) = paging else {
        return Ok((None, DEFAULT_LIMIT));
    };
    let limit = match limit {
        None => DEFAULT_LIMIT,
        Some(limit) => u16::try_from(limit)
            .ok()
            .filter(|_| LIMITS.contains(&limit))
            .ok_or_else(|| Error::invalid("paging.limit", "must be 1 to 500"))?,
    };
    Ok((cursor.filter(|text| !text.is_empty()), limit))
}

fn period(period: Option<wit::failures::Period>) -> campaigns::Period {
    period.map_or_else(campaigns::Period::default, |wit::failures::Period { start, end }| campaigns::Period {
        start,
        end,
    })
}

pub(super) fn campaign_query(
    query: wit::campaigns::CampaignQuery,
) -> Result<campaigns::CampaignQuery, Error> {
    let (cursor, limit) = paging(query.paging)?;
    Ok(campaigns::CampaignQuery {
        cursor,
        limit,
        scheduled: period(query.scheduled),
        statuses: query.statuses.into_iter().map(core_status).collect(),
        channels: query.channels.into_iter().map(core_channel).collect(),
        name: query.name,
        source: query.source.map_or(campaigns::Source::All, core_source),
        include_remote: query.include_remote.unwrap_or(true),
    })
}

pub(super) fn report_query(query: wit::reports::ReportQuery) -> Result<reports::ReportQuery, Error> {
    let (cursor, limit) = paging(query.paging)?;
    Ok(reports::ReportQuery {
        cursor,
        limit,
        period: period(query.period),
        trailing_days: None,
        granularity: query.granularity.map_or(Granularity::Total, core_granularity),
        campaign_ids: query.campaign_ids,
        channels: query.channels.into_iter().map(core_channel).collect(),
        basis: query.basis.map_or(Basis::Report, core_basis),
        include_remote: query.include_remote.unwrap_or(true),
    })
}

fn text(value: Option<Value>) -> Option<String> {
    value.map(|value| value.to_string())
}

pub(super) fn campaign(campaign: Campaign) -> wit::campaigns::Campaign {
    let Campaign {
        id,
        remote_id,
        name,
        description,
        kind,
        status: state,
        status_remote,
        channel: medium,
        channel_remote,
        channels,
        delivery_type,
        delivery_type_remote,
        trigger,
        subject_line,
        preview_text,
        from_name,
        from_email,
        reply_to_email,
        labels,
        tags,
        devices,
        audience,
        variants,
        message_ids,
        conversion_goal,
        control_group,
        created_via,
        archived,
        scheduled_at,
        scheduled_at_remote,
        send_at,
        first_sent_at,
        last_sent_at,
        started_at,
        ended_at,
        created_at,
        updated_at,
        emails_sent,
        unique_opens,
        metrics,
        custom_fields,
        remote_data,
    } = campaign;
    wit::campaigns::Campaign {
        id,
        remote_id,
        name,
        description,
        kind,
        status: state.map(status),
        status_remote,
        channel: medium.map(channel),
        channel_remote,
        channels: channels.into_iter().map(channel).collect(),
        delivery_type: delivery_type.map(delivery),
        delivery_type_remote,
        trigger,
        subject_line,
        preview_text,
        from_name,
        from_email,
        reply_to_email,
        labels,
        tags,
        devices,
        audience: audience.map(|Audience { included, excluded, estimated_size }| {
            wit::campaigns::TargetGroup { included, excluded, estimated_size }
        }),
        variants: variants.map(|variants| {
            let variant = |Variant { id, name, share }| wit::campaigns::ContentVariant { id, name, share };
            variants.into_iter().map(variant).collect()
        }),
        message_ids,
        conversion_goal: conversion_goal.map(|ConversionGoal { event, window_seconds }| {
            wit::campaigns::ConversionGoal { event, window_seconds }
        }),
        control_group: control_group
            .map(|ControlGroup { enabled, share }| wit::campaigns::ControlGroup { enabled, share }),
        created_via: origin(created_via),
        archived,
        scheduled_at,
        scheduled_at_remote,
        send_at,
        first_sent_at,
        last_sent_at,
        started_at,
        ended_at,
        created_at,
        updated_at,
        emails_sent,
        unique_opens,
        metrics: metrics.map(counts),
        custom_fields: Value::Object(custom_fields).to_string(),
        remote_data: text(remote_data),
    }
}

/// The two records have the same fields but for the money value, which is text in WIT.
macro_rules! counts {
    ($($field:ident),+ $(,)?) => {
        fn counts(counts: Counts) -> wit::campaigns::Counts {
            let Counts { $($field,)+ conversion_value, currency } = counts;
            let conversion_value = conversion_value.map(|number| number.to_string());
            wit::campaigns::Counts { $($field,)+ conversion_value, currency }
        }
    };
}

counts! {
    targeted, recipients, sent, delivered, failed, bounced, hard_bounces, soft_bounces, suppressed, impressions,
    opens, unique_opens, human_opens, machine_opens, clicks, unique_clicks, replies, forwards, conversions,
    unique_conversions, unsubscribes, spam_complaints, uninstalls, control_recipients, control_conversions,
}

fn rates(rates: Rates) -> wit::reports::Rates {
    let Rates {
        delivery_rate,
        failed_rate,
        bounce_rate,
        open_rate,
        impression_rate,
        click_rate,
        click_to_open_rate,
        conversion_rate,
        unsubscribe_rate,
        spam_complaint_rate,
        rate_denominators,
    } = rates;
    wit::reports::Rates {
        delivery_rate,
        failed_rate,
        bounce_rate,
        open_rate,
        impression_rate,
        click_rate,
        click_to_open_rate,
        conversion_rate,
        unsubscribe_rate,
        spam_complaint_rate,
        denominators: rate_denominators
            .into_iter()
            .map(|(rate, count)| (rate.to_owned(), count.to_owned()))
            .collect(),
    }
}

pub(super) fn report_row(row: ReportRow) -> wit::reports::ReportRow {
    let ReportRow {
        id,
        row_key,
        campaign:
            CampaignRef {
                id: campaign_id,
                remote_id,
                name,
                channel: medium,
                channel_remote,
                labels,
                scheduled_at,
            },
        window: Window { start_at, end_at, day, timezone, bucket_basis },
        granularity: width,
        status: state,
        basis: ground,
        counts: numbers,
        rates: fractions,
        derived: Derived { average_order_value, revenue_per_recipient, conversion_lift },
        as_of,
        remote_data,
    } = row;
    wit::reports::ReportRow {
        id,
        row_key,
        campaign: wit::reports::CampaignRef {
            id: campaign_id,
            remote_id,
            name,
            channel: medium.map(channel),
            channel_remote,
            labels,
            scheduled_at,
        },
        window: wit::reports::Window {
            start: start_at,
            end: end_at,
            day,
            timezone,
            bucket_basis: bucket_basis.to_owned(),
        },
        granularity: granularity(width),
        status: row_status(state),
        basis: basis(ground),
        counts: counts(numbers),
        rates: rates(fractions),
        derived: wit::reports::Derived { average_order_value, revenue_per_recipient, conversion_lift },
        as_of,
        remote_data: text(remote_data),
    }
}

/// How fresh numbers are that are read at this time.
pub(super) fn freshness(unix_ms: i64) -> wit::reports::Freshness {
    wit::reports::Freshness {
        fetched_at: rfc3339(unix_ms.div_euclid(1000)),
        documented_lag: Some(REPORT_LAG.to_owned()),
    }
}

pub(super) fn estimate(estimate: campaigns::Estimate) -> wit::campaigns::Estimate {
    let campaigns::Estimate { total, by_platform, remote_data } = estimate;
    wit::campaigns::Estimate {
        total,
        by_platform: by_platform.into_iter().collect(),
        remote_data: remote_data.to_string(),
    }
}

pub(super) fn created(created: campaigns::Created) -> wit::campaigns::Created {
    let campaigns::Created { campaign: made, estimate: expected, remote_data } = created;
    wit::campaigns::Created {
        campaign: made.map(campaign),
        estimate: expected.map(estimate),
        remote_data: remote_data.to_string(),
    }
}

/// JSON text from the caller.
pub(super) fn json(field: &str, text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| Error::invalid(field, format!("is not JSON: {error}")))
}

/// Header values are text in WIT; bytes that are no UTF-8 are read as Latin-1, which is what HTTP once meant.
pub(super) fn headers(headers: Headers) -> Vec<(String, String)> {
    let value = |bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
    };
    headers.into_iter().map(|(name, bytes)| (name, value(bytes))).collect()
}

same! { check: wit::failures::Check = Check { No, Here, Remote } }
same! { nested: wit::events::Nested = Nested { Refuse, Json, Keep } }
same! { outcome: Outcome = wit::failures::Outcome { Succeeded, Failed, Unknown, Skipped } }

/// The most events or people of a page: the provider's own.
const MOST_EXPORTED: u32 = 5000;

/// Records that are JSON texts.
pub(super) struct Texts(pub(super) std::vec::IntoIter<String>);

impl Records for Texts {
    fn take(&mut self) -> Option<Result<Value, Failure>> {
        let text = self.0.next()?;
        Some(serde_json::from_str(&text).map_err(|error| {
            Failure::new(
                "",
                format!("the record is no JSON: something is wrong at column {}", error.column()),
            )
        }))
    }

    fn fill(&mut self) -> LocalFuture<'_, Result<bool, SendError>> {
        Box::pin(std::future::ready(Ok(self.0.len() > 0)))
    }
}

pub(super) fn receipt(mut records: Vec<Written>, totals: Totals) -> wit::failures::Receipt {
    records.sort_by_key(|written| written.index);
    let Totals { succeeded, failed, unknown, skipped } = totals;
    let records = records.into_iter().map(written).collect();
    wit::failures::Receipt { records, succeeded, failed, unknown, skipped }
}

fn written(written: Written) -> wit::failures::Written {
    let Written { index, id, status, error, warnings } = written;
    let retryable = error.as_ref().is_some_and(|reason| reason.retryable);
    let failure = error.map(|Reason { field, message, remote_code, .. }| wit::failures::Failure {
        field,
        message,
        code: remote_code,
        index: Some(index),
    });
    let warnings = warnings.into_iter().map(warning).collect();
    wit::failures::Written { index, id, outcome: outcome(status), failure, retryable, warnings }
}

/// JSON text that must be an object.
pub(super) fn object(field: &str, text: &str) -> Result<Map<String, Value>, Error> {
    match json(field, text)? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid(field, "must be a JSON object")),
    }
}

/// Strings, numbers and JSON values always serialise.
pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The query, where it goes on, and the size of a page.
pub(super) fn event_query(
    query: wit::contacts::EventQuery,
) -> Result<(EventQuery, Option<String>, usize), Error> {
    let wit::contacts::EventQuery { event_name, period: asked, filters, paging } = query;
    let (cursor, limit) = match paging {
        None => (None, u32::from(DEFAULT_LIMIT)),
        Some(paging) => (paging.cursor, paging.limit.unwrap_or(u32::from(DEFAULT_LIMIT))),
    };
    if !(1..=MOST_EXPORTED).contains(&limit) {
        return Err(Error::invalid("paging.limit", format!("must be 1 to {MOST_EXPORTED}")));
    }
    let query = EventQuery {
        event_name,
        occurred: period(Some(asked)),
        trailing_days: None,
        query: filters.map(|text| object("filters", &text)).transpose()?.unwrap_or_default(),
        include_remote: true,
    };
    Ok((query, cursor, usize::try_from(limit).unwrap_or(usize::MAX)))
}

pub(super) fn ingest(options: Option<wit::events::IngestOptions>) -> (Ingest, Check) {
    match options {
        None => (Ingest::default(), Check::No),
        Some(wit::events::IngestOptions { retry_unknown, nested: how, check: whether }) => {
            (Ingest { retry_unknown, nested: nested(how) }, check(whether))
        }
    }
}

fn identifiers(identifiers: Vec<Identifier>) -> Vec<wit::contacts::Identifier> {
    let one = |Identifier { kind, value }| wit::contacts::Identifier { kind: kind.to_owned(), value };
    identifiers.into_iter().map(one).collect()
}

pub(super) fn contact(contact: Contact) -> wit::contacts::Contact {
    let Contact {
        id,
        name,
        email,
        phone,
        gender,
        birthdate,
        timezone,
        age,
        employed,
        married,
        education,
        photo_url,
        customer_type,
        identifiers: names,
        subscriptions,
        devices,
        event_summary,
        first_seen_at,
        last_seen_at,
        is_anonymous,
        custom_fields,
        remote_data,
    } = contact;
    let preference = |Subscription { channel, status }| wit::contacts::Preference {
        channel: channel.to_owned(),
        subscribed: status == "SUBSCRIBED",
    };
    let device = |Device { id, platform, push_token, os_version, app_version, make, model }| {
        wit::contacts::Device { id, platform, push_token, os_version, app_version, make, model }
    };
    let activity = |(event_name, EventSummary { count, first_at, last_at })| wit::contacts::Activity {
        event_name,
        count,
        first_at,
        last_at,
    };
    wit::contacts::Contact {
        id,
        name,
        email,
        phone,
        gender,
        birthdate,
        timezone,
        age,
        employed,
        married,
        education,
        photo_url,
        customer_type,
        identifiers: identifiers(names),
        subscriptions: subscriptions.into_iter().map(preference).collect(),
        devices: devices.into_iter().map(device).collect(),
        activities: event_summary.into_iter().flatten().map(activity).collect(),
        first_seen_at,
        last_seen_at,
        is_anonymous,
        custom_fields: Value::Object(custom_fields).to_string(),
        remote_data: text(remote_data),
    }
}

pub(super) fn event(event: Event) -> wit::events::Event {
    let Event {
        // CleverTap has none.
        id: _,
        row_key,
        name,
        // Follows from the name.
        kind: _,
        occurred_at,
        occurred_at_remote,
        profile_id,
        identifiers: names,
        properties,
        items,
        revenue,
        currency,
        session,
        profile,
        remote_data,
    } = event;
    wit::events::Event {
        row_key,
        name,
        occurred_at,
        occurred_at_remote,
        profile_id,
        identifiers: identifiers(names),
        properties: Value::Object(properties).to_string(),
        items: text(items),
        revenue: text(revenue),
        currency,
        session: Value::Object(session).to_string(),
        profile: contact(profile),
        remote_data: text(remote_data),
    }
}

/// Recipients as records of a bulk write.
pub(super) fn recipients(to: wit::campaigns::Recipients) -> Vec<Value> {
    let wit::campaigns::Recipients { identities, emails, object_ids } = to;
    let named = |field: &'static str, names: Vec<String>| {
        names.into_iter().map(move |name| serde_json::json!({ field: name }))
    };
    named("id", identities).chain(named("email", emails)).chain(named("object_id", object_ids)).collect()
}

/// Members as records of a bulk write.
pub(super) fn members(members: wit::segments::Members) -> Vec<Value> {
    let wit::segments::Members { identities, object_ids } = members;
    recipients(wit::campaigns::Recipients { identities, emails: Vec::new(), object_ids })
}

pub(super) fn segment(segment: Segment) -> wit::segments::Segment {
    let Segment { id, name, kind, status, size, remote_data } = segment;
    let kind = kind.map(|kind| kind.replace("custom_list", "custom-list"));
    wit::segments::Segment { id, name, kind, status, size, remote_data: text(remote_data) }
}

pub(super) fn new_segment(segment: wit::segments::NewSegment) -> NewSegment {
    match segment {
        wit::segments::NewSegment::CustomList(list) => {
            let wit::segments::CustomList { name, members, creator_email, replace } = list;
            let wit::segments::Members { identities, object_ids } = members;
            let people = identities.into_iter().map(Member::Identity);
            let members = people.chain(object_ids.into_iter().map(Member::ObjectId)).collect();
            NewSegment::CustomList { name, members, creator_email, replace }
        }
        wit::segments::NewSegment::Api(api) => {
            let wit::segments::ApiSegment { name, customer_segment_id } = api;
            NewSegment::Api { name, customer_segment_id }
        }
    }
}

pub(super) fn key(key: wit::contacts::ContactKey) -> Key {
    match key {
        wit::contacts::ContactKey::Identity(id) => Key::Identity(id),
        wit::contacts::ContactKey::Email(email) => Key::Email(email),
        wit::contacts::ContactKey::ObjectId(id) => Key::ObjectId(id),
    }
}
