//! The core's records as those of the WIT package, and queries the other way.
//!
//! Mechanical and without loss: each record is taken apart by a pattern that names every field, so that a
//! field which the model gains does not compile until it is here and in `wit/`.

use serde_json::Value;

use super::provider::bindings::exports::unified::marketing_automation as wit;
use crate::clevertap::{campaigns, reports};
use crate::model::campaign::{Audience, ControlGroup, ConversionGoal, Variant};
use crate::model::error::Refusal;
use crate::model::page::Coverage;
use crate::model::report::{CampaignRef, Derived};
use crate::model::{
    Basis, Campaign, Channel, Counts, CreatedVia, DeliveryType, Error, Failure, Granularity, Page, Rates,
    ReportRow, RowStatus, Status, Warning, Window,
};
use crate::transport::Headers;

use wit::failures::Fault;

/// The most items of a page, and how many there are when nothing is said.
const LIMITS: std::ops::RangeInclusive<u32> = 1..=500;
const DEFAULT_LIMIT: u16 = 50;

/// An enum that is the same on both sides: the core's to the package's, or (`/`) both ways.
macro_rules! same {
    ($out:ident: $core:ty = $wit:ty { $($case:ident),+ $(,)? }) => {
        const fn $out(value: $core) -> $wit {
            match value { $(<$core>::$case => <$wit>::$case),+ }
        }
    };
    ($out:ident / $back:ident: $core:ty = $wit:ty { $($case:ident),+ $(,)? }) => {
        same! { $out: $core = $wit { $($case),+ } }
        same! { $back: $wit = $core { $($case),+ } }
    };
}

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

fn paging(paging: Option<wit::failures::Paging>) -> Result<(Option<String>, u16), Error> {
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
