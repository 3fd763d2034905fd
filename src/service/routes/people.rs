//! Reading people and what they did.
//!
//! | parameter | of | |
//! |---|---|---|
//! | `id_type` | one contact | `identity`, `email`, `object_id` |
//! | `identity`, `email`, `object_id` | contacts | the one person of that name, as a list of one or none |
//! | `event_name` | contacts, events | the event, spelled as in CleverTap's dashboard: there is no other list of people |
//! | `occurred_at[gte]`, `[gt]`, `[lte]`, `[lt]` | contacts, events | see [`period`](super::super::period); the last 30 days unless told |
//! | `trailing_days`, `sync=true` | events | the last so many days up to today (3 unless told), in place of a period: devices send late what happened without a network, and `row_key` says which events were there before |
//! | `query` | contacts, events | more of CleverTap's query, as JSON |
//! | `limit`, `next_cursor` | contacts, events | 1 to 5000, 50 unless told; a stream has no limit unless told |
//!
//! With `Accept: application/x-ndjson` a list comes as a stream: see [`stream`](super::super::stream).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::clevertap::contacts::{self, Key};
use crate::clevertap::events::{self, Contacts, EventQuery, Events};
use crate::model::{self, Page};
use crate::service::context::{Context, cursor};
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::negotiate::wants_ndjson;
use crate::service::period::{half_open, trailing_days};
use crate::service::presentation::Presentation;
use crate::service::query::{Query, Reader};
use crate::service::stream::{Flow, stream};
use crate::transport::{Host, Response};

/// CleverTap's largest page.
const MOST: u16 = 5000;
const USUAL: u16 = 50;
/// A sync reads so many days again.
const TRAILING_DAYS: u16 = 3;

pub(super) async fn contact<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let id = context.value("id").to_owned();
    let key = match reader.text("id_type") {
        None | Some("identity") => Key::Identity(id),
        Some("email") => Key::Email(id),
        Some("object_id") => Key::ObjectId(id),
        Some(_) => {
            reader.fail("id_type", "must be identity, email or object_id");
            Key::Identity(id)
        }
    };
    let presentation = Presentation::of_one(&reader);
    reader.finish()?;
    let session = context.session(account).await?;
    let contact = contacts::get(&session, &key, presentation.wants_remote_data()).await?;
    envelope::single(&contact, &presentation)
}

/// Which list is asked for.
#[derive(Debug, Clone, Copy)]
enum List {
    Contacts,
    Events,
}

/// What both lists are asked with.
struct Asked<'q> {
    account: Option<&'q str>,
    query: EventQuery,
    cursor: Option<String>,
    limit: Option<u16>,
    presentation: Presentation,
}

impl<'q> Asked<'q> {
    fn read<H: Host>(context: &Context<'_, H>, reader: &Reader<'q>, list: List) -> Self {
        let account = context.account_id(reader);
        let event_name = reader.text("event_name").unwrap_or_default().to_owned();
        if event_name.is_empty() {
            reader.lacks(
                "event_name",
                "is missing: CleverTap lists people and events by the name of an event, spelled as in its dashboard; \
                 one person is read by identity, email or object_id",
            );
        }
        let occurred = half_open(reader, "occurred_at", reader.range("occurred_at"));
        let trailing_days = match list {
            List::Events => trailing_days(reader, &occurred, "occurred_at", TRAILING_DAYS),
            List::Contacts => None,
        };
        let more = match reader.text("query").map(serde_json::from_str::<Value>) {
            None => Map::new(),
            Some(Ok(Value::Object(more))) => more,
            Some(_) => {
                reader.fail("query", "must be a JSON object of CleverTap's query language, percent-encoded");
                Map::new()
            }
        };
        let presentation = Presentation::of_list(reader);
        let query = EventQuery {
            event_name,
            occurred,
            trailing_days,
            query: more,
            include_remote: presentation.wants_remote_data(),
        };
        let limit = reader.number("limit", 1, MOST);
        Self { account, query, cursor: cursor(reader), limit, presentation }
    }

    fn limit(&self) -> u16 {
        self.limit.unwrap_or(USUAL)
    }

    fn flow(&self) -> Result<Flow, Error> {
        if self.presentation.is_keyed() {
            return Err(Error::invalid("truto_key_by", "makes one object of a list, which a stream is not"));
        }
        Ok(Flow { cursor: self.cursor.clone(), limit: self.limit, presentation: self.presentation.clone() })
    }

    async fn answer<H: Host, T: Serialize>(
        &self,
        context: &Context<'_, H>,
        page: Page<T>,
    ) -> Result<Response, Error> {
        let account = context.account(self.account).await?;
        let about = context.about(account, Some(self.limit()), None);
        envelope::list(context.host, page, &self.presentation, about)
    }
}

pub(super) async fn events<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let asked = Asked::read(context, &reader, List::Events);
    reader.finish()?;
    let session = context.session(asked.account).await?;
    if wants_ndjson(context.headers) {
        let events = Events::new(&session, &asked.query)?;
        return stream(context, asked.account, events, asked.flow()?).await;
    }
    let page =
        events::export(&session, &asked.query, asked.cursor.as_deref(), usize::from(asked.limit())).await?;
    asked.answer(context, page).await
}

pub(super) async fn contacts<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    if let Some(key) = named(&reader) {
        let account = context.account_id(&reader);
        let presentation = Presentation::of_list(&reader);
        reader.finish()?;
        let session = context.session(account).await?;
        let found = contacts::get(&session, &key, presentation.wants_remote_data()).await;
        let page = match found {
            Ok(contact) => Page::last(vec![contact]),
            Err(model::Error::NotFound { .. }) => Page::last(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        return envelope::list(context.host, page, &presentation, context.about(session.account, None, None));
    }
    let asked = Asked::read(context, &reader, List::Contacts);
    reader.finish()?;
    let session = context.session(asked.account).await?;
    if wants_ndjson(context.headers) {
        let people = Contacts::new(&session, &asked.query)?;
        return stream(context, asked.account, people, asked.flow()?).await;
    }
    let page =
        events::people(&session, &asked.query, asked.cursor.as_deref(), usize::from(asked.limit())).await?;
    asked.answer(context, page).await
}

/// One person by name.
fn named(reader: &Reader<'_>) -> Option<Key> {
    let all = [
        reader.text("identity").map(|id| Key::Identity(id.to_owned())),
        reader.text("email").map(|id| Key::Email(id.to_owned())),
        reader.text("object_id").map(|id| Key::ObjectId(id.to_owned())),
    ];
    let mut named = all.into_iter().flatten();
    let key = named.next();
    if named.next().is_some() {
        reader.fail("identity", "stands beside email or object_id; give one of them");
    }
    key
}
