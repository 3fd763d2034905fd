//! People as audiences of advertising networks. Payloads are made here and sent by the caller.
//!
//! | parameter | |
//! |---|---|
//! | `limit` | people of a page, 1 to 10,000, 1000 unless told; a stream has no limit unless told, and CSV none at all |
//! | `next_cursor` | with the same body |
//!
//! | field of the body | |
//! |---|---|
//! | `destination` | `meta_api`, `meta_csv`, `google_data_manager`, `google_csv`, `csv`, `ndjson` |
//! | `operation` | `add` (unless told), `remove`, `replace`; of a file it is what to choose at its upload |
//! | `event_name`, `occurred_at: {gte, gt, lte, lt}`, `query` | the people of an event, as of `contacts` |
//! | or `identities`, `emails`, `object_ids` | people by name, up to 10,000 |
//! | or `rows` | people as they are, up to 10,000: contacts of this API, or fields of an audience |
//! | `segment_id` | 422: CleverTap cannot list the members of a saved segment |
//! | `columns` | those of the destination, in place of the usual ones |
//! | `fields` | from which custom field a field is: `{"city": "Town"}` |
//! | `audience_id`, `limited_data_use`, `estimated_total` | of `meta_api` |
//! | `destinations`, `consent: {ad_user_data, ad_personalization}`, `terms_of_service` | of `google_data_manager`, the first of them needed, the others of `add` alone |
//!
//! With `Accept: application/x-ndjson`, or `text/csv` for CSV, the people of an event come as a stream: see
//! [`audience`](super::super::audience).

use std::rc::Rc;

use serde_json::{Map, Value};

use super::writes::texts;
use crate::audience::{Consent, Destination, Google, Mapping, Operation, Order, Person, Setting};
use crate::clevertap::audiences::{self, Audience, MOST, Selection};
use crate::clevertap::contacts::Key;
use crate::clevertap::events::{Contacts, EventQuery};
use crate::model::{self, Failure, Page};
use crate::service::audience::{People, Sheets, item, stream_of};
use crate::service::body;
use crate::service::context::{Context, cursor};
use crate::service::envelope::{self, About};
use crate::service::error::Error;
use crate::service::fields::Fields;
use crate::service::negotiate::{CSV, NDJSON, wants_csv, wants_ndjson};
use crate::service::period::half_open;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Range, Reader};
use crate::service::stream::stream_on;
use crate::transport::{Body, Host, Response};

/// People of a page; the most are [`MOST`].
const USUAL: u16 = 1000;
const MOST_OF_A_PAGE: u16 = 10_000;

pub(super) async fn export<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let (limit, cursor) = (reader.number("limit", 1, MOST_OF_A_PAGE), cursor(&reader));
    let presentation = Presentation::of_own_list(&reader);
    reader.finish()?;
    context.account(account).await?;
    let audience = audience(body::object(context.headers, body).await?)?;
    let asked =
        if wants_csv(context.headers) { Some(CSV) } else { wants_ndjson(context.headers).then_some(NDJSON) };
    if let Some(media) = asked {
        let flow = (media, limit.map(u64::from), cursor.as_deref());
        return stream(context, account, audience, flow, &presentation).await;
    }
    let limit = limit.unwrap_or(USUAL);
    let session = context.session(account).await?;
    let (page, counts) = audiences::page(&session, &audience, cursor.as_deref(), usize::from(limit)).await?;
    let next = page.next_cursor.as_deref();
    let items = page.items.iter().map(|payload| item(&audience.order, payload, &counts, next));
    let items =
        items.collect::<Option<Vec<_>>>().ok_or(Error::Internal("a payload could not be written as JSON"))?;
    let Page { next_cursor, partial, warnings, coverage, .. } = page;
    let page = Page { items, next_cursor, partial, warnings, coverage };
    let about = About { counts: Some(&counts), ..context.about(session.account, Some(limit), None) };
    envelope::list(context.host, page, &presentation, about)
}

async fn stream<H: Host>(
    context: &Context<'_, H>,
    account: Option<&str>,
    audience: Audience,
    (media, limit, cursor): (&'static str, Option<u64>, Option<&str>),
    presentation: &Presentation,
) -> Result<Response, Error> {
    let destination = audience.order.destination;
    let own = stream_of(destination);
    if media != own {
        let name = destination.name();
        return Err(Error::invalid(
            "destination",
            format!("{name} streams as {own}: accept that, or JSON for pages"),
        ));
    }
    let Selection::Event(query) = &audience.selection else {
        let message = "only the people of an event are streamed; a list of the caller's comes as pages: accept application/json";
        return Err(Error::invalid("event_name", message));
    };
    if presentation.is_keyed() || !presentation.is_plain() {
        let message = "shapes the items of pages, which a stream is not made of";
        return Err(Error::invalid("truto_exclude_fields", message));
    }
    if destination.is_csv() && limit.is_some() {
        let message = "is of pages and of NDJSON: CSV has no place for the cursor that would go on";
        return Err(Error::invalid("limit", message));
    }
    let session = context.session(account).await?;
    let progress = audience.open(&session, cursor)?;
    let people = People { contacts: Contacts::new(&session, query)?, order: Rc::clone(&audience.order) };
    let from = progress.c.clone();
    stream_on(context, account, people, Sheets::new(audience, progress), from.as_deref(), limit).await
}

fn audience(mut body: Map<String, Value>) -> Result<Audience, Error> {
    if body.remove("segment_id").is_some_and(|id| !id.is_null()) {
        let message = "CleverTap cannot list the members of a saved segment. Name what they did instead: event_name with \
                       occurred_at, and query for what a segment filters by; or give the people: identities, emails, \
                       object_ids or rows";
        return Err(Error::Unprocessable(Failure::new("segment_id", message)));
    }
    let mut fields = Fields::new(body);
    let words = |names: &[&str]| names.join(", ");
    let destinations = words(&Destination::ALL.map(Destination::name));
    let name = fields.needed("destination", &format!("where the people go, one of {destinations}"));
    let destination = Destination::parse(&name);
    if destination.is_none() && !name.is_empty() {
        fields.fail("destination", format!("is not known; accepted: {destinations}"));
    }
    let operation = match fields.text("operation") {
        None => Operation::Add,
        Some(name) => Operation::parse(&name).unwrap_or_else(|| {
            let accepted = words(&Operation::ALL.map(Operation::name));
            fields.fail("operation", format!("is not known; accepted: {accepted}"));
            Operation::Add
        }),
    };
    // What is wrong with the rest is told, too, also where the destination is.
    let mut order = Order::new(destination.unwrap_or(Destination::Csv), operation);
    columns(&mut fields, &mut order, destination.is_some());
    mapping(&mut fields, &mut order);
    meta(&mut fields, &mut order);
    google(&mut fields, &mut order.google);
    if destination.is_some() {
        for (setting, wrong) in order.wrong_settings() {
            fields.fail(field(setting), wrong);
        }
    }
    let selection = selection(&mut fields, &order.mapping);
    fields.finish()?;
    if let Err(instead) = order.destination.takes(operation) {
        return Err(Error::Unprocessable(Failure::new("operation", instead)));
    }
    Ok(Audience { order: Rc::new(order), selection })
}

fn columns(fields: &mut Fields, order: &mut Order, is_known: bool) {
    let Some(names) = fields.list("columns") else { return };
    let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
    let wrong = match names {
        None => Some("must be a list of texts".to_owned()),
        Some(names) => order.choose(names).err().filter(|_| is_known),
    };
    if let Some(wrong) = wrong {
        fields.fail("columns", wrong);
    }
}

fn mapping(fields: &mut Fields, order: &mut Order) {
    for (name, custom) in fields.object("fields").unwrap_or_default() {
        if let Err(wrong) = order.read(&name, custom.as_str().unwrap_or_default()) {
            fields.fail(format!("fields.{name}"), wrong);
        }
    }
}

fn meta(fields: &mut Fields, order: &mut Order) {
    order.audience_id = fields.text("audience_id");
    order.limited_data_use = fields.flag("limited_data_use").unwrap_or(false);
    order.estimated_total = fields.number("estimated_total", 0, u32::MAX).map(u64::from);
}

/// The field of a setting.
const fn field(setting: Setting) -> &'static str {
    match setting {
        Setting::AudienceId => "audience_id",
        Setting::LimitedDataUse => "limited_data_use",
        Setting::EstimatedTotal => "estimated_total",
        Setting::Destinations => "destinations",
        Setting::AdUserData => "consent.ad_user_data",
        Setting::AdPersonalization => "consent.ad_personalization",
        Setting::TermsOfService => "terms_of_service",
    }
}

fn google(fields: &mut Fields, google: &mut Google) {
    let consent = fields.object("consent");
    let terms = fields.text("terms_of_service");
    google.destinations = fields.list("destinations").unwrap_or_default();
    for (key, value) in consent.unwrap_or_default() {
        let given = match value.as_str() {
            Some("granted" | "CONSENT_GRANTED") => Some(Consent::Granted),
            Some("denied" | "CONSENT_DENIED") => Some(Consent::Denied),
            _ => None,
        };
        match (key.as_str(), given) {
            ("ad_user_data", Some(_)) => google.ad_user_data = given,
            ("ad_personalization", Some(_)) => google.ad_personalization = given,
            ("ad_user_data" | "ad_personalization", None) => {
                fields.fail(format!("consent.{key}"), "must be granted or denied");
            }
            _ => fields.fail(
                format!("consent.{key}"),
                "is no consent of Google's; accepted: ad_user_data, ad_personalization",
            ),
        }
    }
    google.terms_accepted = match terms.as_deref() {
        None => None,
        Some("accepted") => Some(true),
        Some("rejected") => Some(false),
        Some(_) => {
            fields.fail("terms_of_service", "must be accepted or rejected");
            None
        }
    };
}

fn selection(fields: &mut Fields, mapping: &Mapping) -> Selection {
    let event = event(fields);
    let mut failures = Vec::new();
    let (mut names, mut has_names) = (Vec::new(), false);
    let mut named = |fields: &mut Fields, field: &'static str, key: fn(String) -> Key| {
        if let Some(list) = fields.list(field) {
            has_names = true;
            names.extend(texts(&Value::Array(list), field, &mut failures).into_iter().map(key));
        }
    };
    named(fields, "identities", Key::Identity);
    named(fields, "emails", Key::Email);
    named(fields, "object_ids", Key::ObjectId);
    let rows = fields.list("rows");
    for (field, count) in [("identities", names.len()), ("rows", rows.as_ref().map_or(0, Vec::len))] {
        if count > MOST {
            fields.fail(field, format!("has more than {MOST} people: give the rest to a further call"));
        }
    }
    let given = [event.is_some(), has_names, rows.is_some()].into_iter().filter(|given| *given).count();
    if given > 1 {
        let message = "stands beside identities, emails, object_ids or rows; give one kind of selection";
        fields.fail("event_name", message);
    }
    if given == 0 {
        fields.needed(
            "event_name",
            "whose people these are, by what they did; or give identities, emails, object_ids or rows",
        );
    }
    let selection = match (event, rows) {
        (Some(event), _) => Selection::Event(event),
        (None, Some(rows)) => {
            let mut people = Vec::with_capacity(rows.len());
            for (place, row) in rows.iter().enumerate().take(MOST) {
                match Person::of_row(row, place, mapping) {
                    Ok(person) => people.push(person),
                    // The first of them says it: thousands may be alike.
                    Err(wrong) if failures.is_empty() => failures.extend(wrong),
                    Err(_) => {}
                }
            }
            Selection::Rows(people)
        }
        (None, None) => Selection::Names(names),
    };
    fields.fail_with(failures);
    selection
}

/// The event query, when there is one.
fn event(fields: &mut Fields) -> Option<EventQuery> {
    let event_name = fields.text("event_name");
    let given = |object: &Map<String, Value>| !object.is_empty();
    let query = fields.object("query").filter(given);
    let period = fields.object("occurred_at").filter(given);
    if event_name.is_none() {
        for (name, given) in [("query", query.is_some()), ("occurred_at", period.is_some())] {
            if given {
                fields.fail(name, "is of an event, which event_name names");
            }
        }
        return None;
    }
    let mut range = Range::default();
    for (key, value) in period.unwrap_or_default() {
        let place = match key.as_str() {
            "gte" => &mut range.gte,
            "gt" => &mut range.gt,
            "lte" => &mut range.lte,
            "lt" => &mut range.lt,
            _ => {
                fields.fail(format!("occurred_at.{key}"), "is no bound; accepted: gte, gt, lte, lt");
                continue;
            }
        };
        match value {
            Value::String(text) if !text.is_empty() => *place = Some(text),
            Value::Null => {}
            _ => fields.fail(format!("occurred_at.{key}"), "must be a text: a day, or an instant"),
        }
    }
    // Bounds are read in one way, wherever they stand.
    let none = Query::default();
    let reader = Reader::new(&none);
    let occurred = half_open(&reader, "occurred_at", range);
    if let Err(Error::Core(model::Error::Invalid(wrong))) = reader.finish() {
        fields.fail_with(wrong);
    }
    Some(EventQuery {
        event_name: event_name.unwrap_or_default(),
        occurred,
        query: query.unwrap_or_default(),
        trailing_days: None,
        include_remote: false,
    })
}
