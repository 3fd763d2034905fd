//! Writing people, events, messages and memberships: any number of records.
//!
//! | parameter | of | |
//! |---|---|---|
//! | `validate_only` | all | `true` checks here and sends nothing; `remote` lets CleverTap check what passes here, where it can (uploads: `dryRun=1`) |
//! | `retry_unknown` | events | `true` sends again what may have arrived, which may then be counted twice |
//! | `deduplicate` | events | `day` skips events whose id an earlier request sent: see [`seen`](crate::service::bulk::seen) |
//! | `nested` | events | `refuse`, `json`, `keep`: see [`events`](crate::clevertap::events) |
//! | `id_type` | one contact | `identity`, `object_id` |
//!
//! | call | body |
//! |---|---|
//! | contacts, events, deletes, opt-ins and opt-outs, device tokens, members | records: see [`bulk`](crate::service::bulk) |
//! | update of one contact | the fields that change |
//! | messages | `{channel, to, content, …}` sends content; `{campaign_id or campaign_ids, to, data?}` sets off campaigns. `to` is a list of recipients, or `{identities?, emails?, object_ids?}` |

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::writes::{id_text, refuse, texts, unknown};
use crate::clevertap::account::Account;
use crate::clevertap::bulk::{Check, Kind, field_id};
use crate::clevertap::contacts::{Deletion, Subscription, Subscriptions, Tokens, Upsert};
use crate::clevertap::events::{Ingest, Nested};
use crate::clevertap::messages::{Send, Trigger};
use crate::clevertap::operation::Protocol;
use crate::clevertap::segments::{Change, Members};
use crate::model::{Channel, Failure};
use crate::service::body;
use crate::service::bulk::seen::Remembering;
use crate::service::bulk::{self, Input};
use crate::service::context::Context;
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::query::{Query, Reader};
use crate::transport::{Body, Host, Response};

/// What all of them take.
fn check(reader: &Reader<'_>, kind: &dyn Kind) -> Check {
    let remote = kind.operation().protocol == Protocol::Upload && kind.operation().path == "/1/upload";
    match reader.text("validate_only") {
        None | Some("false") => Check::No,
        Some("true") => Check::Here,
        Some("remote") if remote => Check::Remote,
        Some(_) => {
            let more = if remote { " or remote" } else { "; CleverTap has no dry run of this call" };
            reader.fail("validate_only", format!("must be true, false{more}"));
            Check::No
        }
    }
}

/// Records in, and what became of them.
async fn many<H: Host>(
    context: &Context<'_, H>,
    body: Body,
    kind: impl FnOnce(&Reader<'_>) -> Box<dyn Kind>,
) -> Result<Response, Error> {
    many_of(context, body, kind, |_, kind| Ok(kind)).await
}

/// The same, of a kind that the account has its part in.
async fn many_of<H: Host>(
    context: &Context<'_, H>,
    body: Body,
    kind: impl FnOnce(&Reader<'_>) -> Box<dyn Kind>,
    of: impl FnOnce(&Account, Box<dyn Kind>) -> Result<Box<dyn Kind>, Error>,
) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let kind = kind(&reader);
    let check = check(&reader, &*kind);
    reader.finish()?;
    let kind = of(context.account(account).await?, kind)?;
    let input = Input::read(context.headers, body).await?;
    bulk::answer(context, account, kind, input, check).await
}

pub(super) async fn upsert<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    many(context, body, |_| Box::new(Upsert)).await
}

pub(super) async fn delete_many<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    many(context, body, |_| Box::new(Deletion)).await
}

pub(super) async fn subscriptions<H: Host>(
    context: &Context<'_, H>,
    body: Body,
    subscription: Subscription,
) -> Result<Response, Error> {
    many(context, body, |_| Box::new(Subscriptions(subscription))).await
}

pub(super) async fn device_tokens<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    many(context, body, |_| Box::new(Tokens)).await
}

pub(super) async fn ingest<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let daily = Cell::new(false);
    let ingest = |reader: &Reader<'_>| -> Box<dyn Kind> {
        let day = |text: &str| (text == "day").then_some(());
        daily.set(reader.word("deduplicate", day, || "day".to_owned()).is_some());
        Box::new(Ingest {
            retry_unknown: reader.flag("retry_unknown").unwrap_or(false),
            nested: reader.word("nested", Nested::parse, Nested::accepted).unwrap_or_default(),
        })
    };
    let remembering = |account: &Account, kind| -> Result<Box<dyn Kind>, Error> {
        Ok(if daily.get() { Box::new(Remembering::new(context, account, kind)?) } else { kind })
    };
    many_of(context, body, ingest, remembering).await
}

/// One person by the id of the path.
struct One<'c> {
    account: Option<&'c str>,
    /// The field that names the person.
    field: &'static str,
    check: Check,
}

fn one<'c>(reader: &Reader<'c>, account: Option<&'c str>, kind: &dyn Kind) -> One<'c> {
    let field = match reader.text("id_type") {
        None | Some("identity") => "id",
        Some("object_id") => "object_id",
        Some(_) => {
            reader.fail("id_type", "must be identity or object_id");
            "id"
        }
    };
    One { account, field, check: check(reader, kind) }
}

/// Changes one person, and answers who it was.
pub(super) async fn update<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let one = one(&reader, context.account_id(&reader), &Upsert);
    reader.finish()?;
    context.account(one.account).await?;
    let mut fields = body::object(context.headers, body).await?;
    let id = context.value("id");
    if fields.get(one.field).is_some_and(|given| field_id(given).as_deref() != Some(id)) {
        return Err(Error::invalid(one.field, "differs from the id in the path; leave it out of the body"));
    }
    // An identity goes before a device: it would be somebody else who is changed.
    let other =
        ["id", "identifiers"].into_iter().find(|name| one.field != "id" && fields.contains_key(*name));
    if let Some(name) = other {
        return Err(Error::invalid(name, "names somebody beside the object_id in the path; leave it out"));
    }
    fields.insert(one.field.to_owned(), json!(id));
    let session = context.session(one.account).await?;
    let written = bulk::one(&session, &Upsert, Value::Object(fields), one.check).await?;
    envelope::json(200, &json!({ "id": written.id, "status": written.status, "warnings": written.warnings }))
}

/// Deletes one person, and answers who it was.
pub(super) async fn delete<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let one = one(&reader, context.account_id(&reader), &Deletion);
    reader.finish()?;
    let session = context.session(one.account).await?;
    let written =
        bulk::one(&session, &Deletion, json!({ one.field: context.value("id") }), one.check).await?;
    envelope::json(200, &json!({ "id": written.id }))
}

pub(super) async fn members<H: Host>(
    context: &Context<'_, H>,
    body: Body,
    change: Change,
) -> Result<Response, Error> {
    let kind = Box::new(Members::new(context.value("id"), change)?);
    many(context, body, |_| kind).await
}

/// Sends content, or sets off campaigns.
pub(super) async fn messages<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let check_only = match reader.flag("validate_only") {
        Some(true) => Check::Here,
        _ => Check::No,
    };
    reader.finish()?;
    context.account(account).await?;
    let mut fields = body::object(context.headers, body).await?;
    let recipients = recipients(fields.remove("to").unwrap_or(Value::Null))?;
    let channel = fields.remove("channel").filter(|channel| !channel.is_null());
    let input = Input::of(recipients);
    if let Some(channel) = channel {
        let word = channel.as_str().and_then(Channel::parse);
        let channel =
            word.ok_or_else(|| Error::invalid("channel", "must be push, email, sms, web_push or whatsapp"))?;
        return bulk::answer(context, account, Box::new(Send::new(channel, fields)?), input, check_only)
            .await;
    }
    let trigger = trigger(fields)?;
    bulk::answer(context, account, Box::new(trigger), input, check_only).await
}

fn trigger(mut fields: Map<String, Value>) -> Result<Trigger, Error> {
    let mut failures = Vec::new();
    let mut given = |name: &str| fields.remove(name).filter(|value| !value.is_null());
    let (one, several, data) = (given("campaign_id"), given("campaign_ids"), given("data"));
    let ids = match (one, several) {
        (Some(id), None) => id_text(&id, "campaign_id", &mut failures).into_iter().collect(),
        (None, Some(ids)) => texts(&ids, "campaign_ids", &mut failures),
        (Some(_), Some(_)) => {
            failures.push(Failure::new("campaign_id", "stands beside campaign_ids; give one of them"));
            Vec::new()
        }
        (None, None) => {
            return Err(Error::missing_body(
                "channel",
                "is missing: with a channel, content is sent; without one, campaign_id or campaign_ids names the \
                 campaigns to set off",
            ));
        }
    };
    unknown(&fields, "", &["campaign_id", "campaign_ids", "to", "data"], &mut failures);
    refuse(failures)?;
    Ok(Trigger::new(&ids, data)?)
}

/// Each of them is told of, all in memory.
const MOST_RECIPIENTS: usize = 10_000;

/// A list of recipients, as it is or by kinds.
fn recipients(to: Value) -> Result<Vec<Value>, Error> {
    let mut all = Vec::new();
    match to {
        Value::Array(list) => all = list,
        Value::Object(mut lists) => {
            let mut failures = Vec::new();
            for (name, field) in [("identities", "id"), ("emails", "email"), ("object_ids", "object_id")] {
                match lists.remove(name) {
                    None | Some(Value::Null) => {}
                    Some(Value::Array(list)) => {
                        all.extend(list.into_iter().map(|value| json!({ field: value })));
                    }
                    Some(_) => failures.push(Failure::new(format!("to.{name}"), "must be a list of texts")),
                }
            }
            unknown(&lists, "to.", &["identities", "emails", "object_ids"], &mut failures);
            refuse(failures)?;
        }
        Value::Null => {}
        _ => return Err(Error::invalid("to", "must be a list of recipients, or an object of such lists")),
    }
    if all.is_empty() {
        return Err(Error::missing_body("to", "needs at least one recipient"));
    }
    if all.len() > MOST_RECIPIENTS {
        return Err(Error::invalid(
            "to",
            format!("has {} recipients; a call takes {MOST_RECIPIENTS}: make several calls", all.len()),
        ));
    }
    Ok(all)
}
