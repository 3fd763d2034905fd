//! Making and reading segments.
//!
//! | field of a new segment | |
//! |---|---|
//! | `name` | |
//! | `type` | `custom_list` (unless told) or `api` |
//! | `identities`, `object_ids` | members of a custom list |
//! | `creator_email` | of a custom list: an administrator of the project, to whom CleverTap reports |
//! | `replace` | of a custom list: true replaces the one of this name |
//! | `customer_segment_id` | of an API segment: the caller's own id for it |

use serde_json::{Map, Value};

use super::writes::{refuse, texts, unknown};
use crate::clevertap::segments::{self, Member, NewSegment};
use crate::model::Failure;
use crate::service::body;
use crate::service::context::{Context, cursor, limit};
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Host, Response};

pub(super) async fn list<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let (limit, cursor) = (limit(&reader), cursor(&reader));
    let presentation = Presentation::of_list(&reader);
    reader.finish()?;
    let session = context.session(account).await?;
    let page = segments::list(&session, cursor.as_deref(), limit, presentation.wants_remote_data()).await?;
    envelope::list(context.host, page, &presentation, context.about(session.account, Some(limit), None))
}

pub(super) async fn get<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    let session = context.session(account).await?;
    let segment = segments::get(&session, context.value("id"), presentation.wants_remote_data()).await?;
    envelope::single(&segment, &presentation)
}

pub(super) async fn create<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    context.account(account).await?;
    let segment = order(body::object(context.headers, body).await?)?;
    let session = context.session(account).await?;
    let mut made = segments::create(&session, &segment).await?;
    if !presentation.wants_remote_data() {
        made.remote_data = None;
    }
    envelope::single(&made, &presentation)
}

fn order(mut fields: Map<String, Value>) -> Result<NewSegment, Error> {
    let mut failures = Vec::new();
    let kind = text(&mut fields, "type", &mut failures);
    let name = text(&mut fields, "name", &mut failures).unwrap_or_default();
    let segment = match kind.as_deref() {
        None | Some("custom_list") => {
            let mut members = Vec::new();
            let mut list = |key: &str, member: fn(String) -> Member| {
                if let Some(value) = fields.remove(key).filter(|value| !value.is_null()) {
                    members.extend(texts(&value, key, &mut failures).into_iter().map(member));
                }
            };
            list("identities", Member::Identity);
            list("object_ids", Member::ObjectId);
            let replace = match fields.remove("replace") {
                None | Some(Value::Null) => false,
                Some(Value::Bool(replace)) => replace,
                Some(_) => {
                    failures.push(Failure::new("replace", "must be true or false"));
                    false
                }
            };
            let creator_email = text(&mut fields, "creator_email", &mut failures).unwrap_or_default();
            let accepted = ["type", "name", "identities", "object_ids", "creator_email", "replace"];
            unknown(&fields, "", &accepted, &mut failures);
            NewSegment::CustomList { name, members, creator_email, replace }
        }
        Some("api") => {
            let customer_segment_id =
                text(&mut fields, "customer_segment_id", &mut failures).unwrap_or_default();
            unknown(&fields, "", &["type", "name", "customer_segment_id"], &mut failures);
            NewSegment::Api { name, customer_segment_id }
        }
        Some(_) => return Err(Error::invalid("type", "must be custom_list or api")),
    };
    refuse(failures)?;
    Ok(segment)
}

fn text(fields: &mut Map<String, Value>, name: &str, failures: &mut Vec<Failure>) -> Option<String> {
    match fields.remove(name)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        _ => {
            failures.push(Failure::new(name, "must be a text"));
            None
        }
    }
}
