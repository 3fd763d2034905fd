//! Orders of audiences, and what is exported.

use std::rc::Rc;

use super::{json, key, object, page, period, wit};
use crate::audience::{self, Consent, Destination, Google, Operation, Order, Person, Setting};
use crate::clevertap::audiences::{Audience, MOST, Payload, Selection};
use crate::clevertap::events::EventQuery;
use crate::model::{Error, Failure, Page};

same! { core_destination: wit::audiences::Destination = Destination {
    MetaApi, MetaCsv, GoogleDataManager, GoogleCsv, Csv, Ndjson
} }
same! { core_operation: wit::audiences::Operation = Operation { Add, Remove, Replace } }
same! { core_consent: wit::audiences::Consent = Consent { Granted, Denied } }

/// What is ordered, and of whom.
pub(in crate::wasip2) fn audience(
    order: wit::audiences::Order,
    selection: wit::audiences::Selection,
) -> Result<Audience, Error> {
    let order = audience_order(order)?;
    let few = |field: &str, count: usize| {
        let message = format!("has more than {MOST} people: give the rest to a further call");
        if count > MOST { Err(Error::invalid(field, message)) } else { Ok(()) }
    };
    let selection = match selection {
        wit::audiences::Selection::Event(event) => {
            let wit::audiences::EventSelection { event_name, period: asked, filters } = event;
            Selection::Event(EventQuery {
                event_name,
                occurred: period(Some(asked)),
                query: filters.map(|text| object("filters", &text)).transpose()?.unwrap_or_default(),
                trailing_days: None,
                include_remote: false,
            })
        }
        wit::audiences::Selection::People(keys) => {
            few("people", keys.len())?;
            Selection::Names(keys.into_iter().map(key).collect())
        }
        wit::audiences::Selection::Rows(rows) => {
            few("rows", rows.len())?;
            let read = |(place, text): (usize, &String)| {
                let row = json(&format!("rows[{place}]"), text)?;
                Person::of_row(&row, place, &order.mapping).map_err(Error::Invalid)
            };
            Selection::Rows(rows.iter().enumerate().map(read).collect::<Result<_, _>>()?)
        }
    };
    Ok(Audience { order: Rc::new(order), selection })
}

fn audience_order(order: wit::audiences::Order) -> Result<Order, Error> {
    let wit::audiences::Order {
        destination,
        operation,
        columns,
        fields,
        audience_id,
        limited_data_use,
        estimated_total,
        google,
    } = order;
    let mut order = Order::new(core_destination(destination), core_operation(operation));
    let unsupported = |what: &str| Error::Unsupported { what: what.to_owned() };
    order.destination.takes(order.operation).map_err(unsupported)?;
    if !columns.is_empty() {
        order
            .choose(columns.iter().map(String::as_str))
            .map_err(|message| Error::invalid("order.columns", message))?;
    }
    for (place, (name, custom)) in fields.iter().enumerate() {
        let wrong = |message| Error::invalid(format!("order.fields[{place}]"), message);
        order.read(name, custom).map_err(wrong)?;
    }
    if let Some(google) = google {
        let wit::audiences::GoogleOptions { destinations, ad_user_data, ad_personalization, terms_accepted } =
            google;
        let read = |text: &String| json("order.google.destinations", text);
        order.google = Google {
            destinations: destinations.iter().map(read).collect::<Result<_, _>>()?,
            ad_user_data: ad_user_data.map(core_consent),
            ad_personalization: ad_personalization.map(core_consent),
            terms_accepted,
        };
    }
    let order = Order { audience_id, limited_data_use, estimated_total, ..order };
    let wrong: Vec<Failure> = order
        .wrong_settings()
        .into_iter()
        .map(|(setting, message)| Failure::new(field(setting), message))
        .collect();
    if wrong.is_empty() { Ok(order) } else { Err(Error::Invalid(wrong)) }
}

/// The field of a setting.
const fn field(setting: Setting) -> &'static str {
    match setting {
        Setting::AudienceId => "order.audience-id",
        Setting::LimitedDataUse => "order.limited-data-use",
        Setting::EstimatedTotal => "order.estimated-total",
        Setting::Destinations => "order.google.destinations",
        Setting::AdUserData => "order.google.ad-user-data",
        Setting::AdPersonalization => "order.google.ad-personalization",
        Setting::TermsOfService => "order.google.terms-accepted",
    }
}

/// How many people of a page are read, and where it goes on.
pub(in crate::wasip2) fn people_paging(
    paging: Option<wit::failures::Paging>,
) -> Result<(Option<String>, usize), Error> {
    const USUAL: usize = 1000;
    let Some(wit::failures::Paging { cursor, limit }) = paging else { return Ok((None, USUAL)) };
    let limit = limit.map_or(USUAL, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    if limit == 0 || limit > MOST {
        return Err(Error::invalid("paging.limit", format!("must be 1 to {MOST}")));
    }
    Ok((cursor, limit))
}

pub(in crate::wasip2) fn exported(
    order: &Order,
    (exported, counts): (Page<Payload>, audience::Counts),
) -> wit::audiences::BatchPage {
    let audience::Counts { people_read, rows, skipped, fields_dropped } = counts;
    let counts = wit::audiences::Counts {
        people_read,
        rows,
        skipped: skipped.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect(),
        fields_dropped: fields_dropped
            .into_iter()
            .flat_map(|(column, reasons)| {
                reasons.into_iter().map(move |(reason, count)| (column, reason, count))
            })
            .map(|(column, reason, count)| wit::audiences::Dropped {
                column: column.to_owned(),
                reason: reason.to_owned(),
                count,
            })
            .collect(),
    };
    let (items, page) = page(exported, |payload| payload);
    let (method, url) = order.call().unzip();
    let batch = |Payload { number, rows, text }| wit::audiences::Batch {
        number,
        method: method.map(str::to_owned),
        url: url.clone(),
        content_type: order.destination.media().to_owned(),
        payload: text,
        rows,
    };
    wit::audiences::BatchPage { batches: items.into_iter().map(batch).collect(), counts, page }
}
