//! Creating, estimating, stopping and triggering campaigns.
//!
//! | call | body |
//! |---|---|
//! | create, estimate | a campaign: see [`write`](crate::clevertap::campaigns::write); `remote_data` is merged over it |
//! | stop | `{id}` |
//! | trigger | `{campaign_id}` or `{campaign_ids: […]}`, `to: {identities?, emails?, object_ids?}`, `data?` |
//!
//! A key that a body does not take is an error: what is not read has not been done.

use serde_json::{Map, Value, json};

use crate::clevertap::campaigns::{self, Recipients};
use crate::clevertap::client::Session;
use crate::model::{self, Failure, Page};
use crate::service::body;
use crate::service::context::Context;
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Host, Response};

/// More would help nobody, and a body may have millions of mistakes.
const MOST_FAILURES: usize = 20;

/// What all four begin with: the query, the body, and only then the clock of the call.
async fn begin<'c, H: Host>(
    context: &'c Context<'_, H>,
    body: Body,
) -> Result<(Session<'c, H>, Presentation, Map<String, Value>), Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    context.account(account).await?;
    let fields = body::object(context.headers, body).await?;
    Ok((context.session(account).await?, presentation, fields))
}

/// The campaign with the estimate of its audience, where CleverTap gave one. Without a campaign (CleverTap
/// makes none for a mere estimate) its id is null.
pub(super) async fn create<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let (session, presentation, fields) = begin(context, body).await?;
    let created = campaigns::create(&session, &Value::Object(fields)).await?;
    let campaign = envelope::value(&created.campaign)?;
    let mut record = match campaign {
        Value::Object(fields) => fields,
        _ => Map::from_iter([("id".to_owned(), Value::Null)]),
    };
    if let Some(estimate) = &created.estimate {
        let estimate = json!({ "total": estimate.total, "by_platform": estimate.by_platform });
        record.insert("estimate".to_owned(), estimate);
    }
    record.insert("remote_data".to_owned(), created.remote_data);
    envelope::single(&trimmed(Value::Object(record), &presentation), &presentation)
}

pub(super) async fn estimate<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let (session, presentation, fields) = begin(context, body).await?;
    let estimate = campaigns::estimate(&session, &Value::Object(fields)).await?;
    let estimate = envelope::value(&estimate)?;
    let (estimate, read) = (trimmed(estimate, &presentation), Page::<Value>::last(Vec::new()));
    envelope::measured(
        context.host,
        &estimate,
        &read,
        &presentation,
        context.about(session.account, None, None),
    )
}

pub(super) async fn stop<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let (session, presentation, mut fields) = begin(context, body).await?;
    let mut failures = Vec::new();
    let id = fields.remove("id").or_else(|| fields.remove("campaign_id"));
    let id = id.and_then(|id| id_text(&id, "id", &mut failures));
    unknown(&fields, "", &["id"], &mut failures);
    refuse(failures)?;
    let id = id.ok_or_else(|| {
        Error::missing_body("id", "is missing: the campaign's id, of this API or CleverTap's")
    })?;
    let id = campaigns::stop(&session, &id).await?;
    envelope::custom_method(&json!({ "id": id }), &presentation)
}

pub(super) async fn trigger<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let (session, presentation, fields) = begin(context, body).await?;
    let order = Order::read(fields)?;
    let triggered = campaigns::trigger(&session, &order.ids, &order.to, order.data.as_ref()).await?;
    let triggered = envelope::value(&triggered)?;
    envelope::custom_method(&trimmed(triggered, &presentation), &presentation)
}

/// A body of `trigger`.
#[derive(Debug, PartialEq, Eq)]
struct Order {
    ids: Vec<String>,
    to: Recipients,
    data: Option<Value>,
}

impl Order {
    fn read(mut fields: Map<String, Value>) -> Result<Self, Error> {
        let mut failures = Vec::new();
        let ids = match (
            fields.remove("campaign_id").filter(|id| !id.is_null()),
            fields.remove("campaign_ids").filter(|ids| !ids.is_null()),
        ) {
            (Some(_), Some(_)) => {
                failures.push(Failure::new("campaign_id", "stands beside campaign_ids; give one of them"));
                Vec::new()
            }
            (Some(id), None) => id_text(&id, "campaign_id", &mut failures).into_iter().collect(),
            (None, Some(ids)) => texts(&ids, "campaign_ids", &mut failures),
            (None, None) => Vec::new(),
        };
        let to = recipients(fields.remove("to"), &mut failures);
        let data = fields.remove("data").filter(|data| !data.is_null());
        if data.as_ref().is_some_and(|data| !data.is_object()) {
            failures.push(Failure::new("data", "must be an object: placeholder names and their values"));
        }
        unknown(&fields, "", &["campaign_id", "campaign_ids", "to", "data"], &mut failures);
        let nobody = to == Recipients::default();
        if ids.is_empty() && nobody && failures.is_empty() {
            failures
                .push(Failure::new("campaign_id", "is missing: one campaign, or several in campaign_ids"));
            failures.push(Failure::new("to", "is missing: identities, emails or object_ids"));
        }
        refuse(failures)?;
        if ids.is_empty() {
            return Err(Error::missing_body(
                "campaign_id",
                "is missing: one campaign, or several in campaign_ids",
            ));
        }
        Ok(Self { ids, to, data })
    }
}

fn recipients(to: Option<Value>, failures: &mut Vec<Failure>) -> Recipients {
    let mut fields = match to {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            failures.push(Failure::new("to", "must be an object with identities, emails or object_ids"));
            return Recipients::default();
        }
    };
    let mut list = |key: &str| match fields.remove(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(value) => texts(&value, &format!("to.{key}"), failures),
    };
    let recipients =
        Recipients { identities: list("identities"), emails: list("emails"), object_ids: list("object_ids") };
    unknown(&fields, "to.", &["identities", "emails", "object_ids"], failures);
    recipients
}

/// A list of texts; whole numbers count as texts, as CleverTap's own ids are numbers.
pub(super) fn texts(value: &Value, field: &str, failures: &mut Vec<Failure>) -> Vec<String> {
    let Value::Array(values) = value else {
        failures.push(Failure::new(field, "must be a list of texts"));
        return Vec::new();
    };
    let mut texts = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        if failures.len() >= MOST_FAILURES {
            break;
        }
        texts.extend(id_text(value, &format!("{field}[{place}]"), failures));
    }
    texts
}

pub(super) fn id_text(value: &Value, field: &str, failures: &mut Vec<Failure>) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => {
            failures.push(Failure::new(field, "must be a text that is not empty, or a whole number"));
            None
        }
    }
}

/// Notes every key that is left over.
pub(super) fn unknown(
    fields: &Map<String, Value>,
    prefix: &str,
    accepted: &[&str],
    failures: &mut Vec<Failure>,
) {
    let message = || format!("is not a field of this call; accepted: {}", accepted.join(", "));
    failures.extend(
        fields.keys().take(MOST_FAILURES).map(|key| Failure::new(format!("{prefix}{key}"), message())),
    );
}

pub(super) fn refuse(failures: Vec<Failure>) -> Result<(), Error> {
    if failures.is_empty() { Ok(()) } else { Err(Error::Core(model::Error::Invalid(failures))) }
}

/// Without `remote_data`, when the caller declined it.
fn trimmed(mut record: Value, presentation: &Presentation) -> Value {
    if !presentation.wants_remote_data()
        && let Value::Object(fields) = &mut record
    {
        fields.remove("remote_data");
    }
    record
}
