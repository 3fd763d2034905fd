//! The three kinds of lists, each as pages with one kind of cursor.
//!
//! | CleverTap's way | what our cursor holds |
//! |---|---|
//! | all at once | there is none |
//! | POST answers a cursor, GET with it a page and the next cursor, until there is none | CleverTap's next cursor |
//! | numbered pages | the next number |
//!
//! Pages are given as CleverTap cuts them. It ends an export with a page that has nothing in it, and may have
//! such pages in between: those are skipped, so that a page of ours is empty at the end only, or when the
//! deadline comes first.

use serde_json::{Value, json};

use super::{Asked, foreign, take};
use crate::clevertap::client::{Call, Session};
use crate::clevertap::export::{is_about_the_cursor, says_nothing};
use crate::clevertap::operation::{Operation, Protocol};
use crate::model::{Error, Page, Warning};
use crate::transport::Host;

/// CleverTap's largest page in lists that have numbered ones, and what is asked for without a limit.
const PAGE_MOST: u16 = 100;

pub(super) async fn page<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    asked: Asked,
) -> Result<Page<Value>, Error> {
    match operation.protocol {
        Protocol::Cursor => by_cursor(session, operation, asked).await,
        Protocol::Pages { number, size } => numbered(session, operation, asked, number, size).await,
        _ => whole(session, operation, asked).await,
    }
}

/// The list in an answer, by the table's keys; none when it is not where it should be.
fn items(operation: &Operation, answer: &mut Value) -> Option<Vec<Value>> {
    if let Value::Array(items) = answer {
        return Some(std::mem::take(items));
    }
    let object = answer.as_object_mut()?;
    operation.items.iter().find_map(|key| match object.get_mut(*key) {
        Some(Value::Array(items)) => Some(std::mem::take(items)),
        _ => None,
    })
}

fn unrecognised(operation: &Operation, answer: &Value) -> Error {
    let what =
        format!("{} (there is no list in it; /custom{} shows it as it is)", operation.name, operation.path);
    Error::undecodable(what, answer)
}

async fn whole<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    asked: Asked,
) -> Result<Page<Value>, Error> {
    if asked.cursor.is_some() {
        return Err(Error::invalid("next_cursor", format!("{} comes in one page", operation.name)));
    }
    let mut answer = session.done(operation, asked.call()).await?;
    let items = match items(operation, &mut answer) {
        Some(items) => items,
        None if says_nothing(&answer) => Vec::new(),
        None => return Err(unrecognised(operation, &answer)),
    };
    let mut page = Page::last(items);
    if asked.limit.is_some_and(|limit| page.items.len() > usize::from(limit)) {
        page.warnings
            .push(Warning::new("limit_not_applied", "CleverTap gives this list in one piece").about("limit"));
    }
    Ok(page)
}

async fn by_cursor<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    mut asked: Asked,
) -> Result<Page<Value>, Error> {
    let mut at = match asked.state(session, operation)? {
        Some(state) => state.as_str().map(str::to_owned).ok_or_else(foreign)?,
        None => match first_cursor(session, operation, &mut asked).await? {
            Some(cursor) => cursor,
            None => return Ok(Page::last(Vec::new())),
        },
    };
    loop {
        let mut answer = match session.done(operation, Call::at(at.as_str())).await {
            Ok(answer) => answer,
            // The cursor is sealed, so what CleverTap does not know is not damaged but gone.
            Err(error) if is_about_the_cursor(&error) => {
                return Err(Error::CursorExpired {
                    restart: "ask again without next_cursor, from the day of the last record that you have"
                        .to_owned(),
                });
            }
            Err(Error::NotReady { message, .. }) => {
                return Err(Error::NotReady {
                    message,
                    cursor: Some(asked.seal(session, operation, &json!(at))),
                });
            }
            Err(error) => return Err(error),
        };
        let next = answer
            .get("next_cursor")
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        let items = match items(operation, &mut answer) {
            Some(items) => items,
            None if next.is_some() || says_nothing(&answer) => Vec::new(),
            // A last page with keys that are not known and no records: `previous_cursor` is one.
            None if answer.get("records").is_none() && answer.get("previous_cursor").is_some() => Vec::new(),
            None => return Err(unrecognised(operation, &answer)),
        };
        let Some(next) = next else {
            return Ok(Page::last(items));
        };
        if next == at {
            return Err(Error::Undecodable {
                what: format!("{} (its next cursor is the one that was asked for)", operation.name),
                body: String::new(),
            });
        }
        if !items.is_empty() || session.deadline.passed(session.host) {
            let partial = items.is_empty();
            let next_cursor = Some(asked.seal(session, operation, &json!(next)));
            return Ok(Page { next_cursor, partial, ..Page::last(items) });
        }
        at = next;
    }
}

/// Starts an export.
async fn first_cursor<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    asked: &mut Asked,
) -> Result<Option<String>, Error> {
    if let Some(limit) = asked.limit
        && !asked.query.iter().any(|(name, _)| name == super::query::BATCH_SIZE)
    {
        asked.query.push((super::query::BATCH_SIZE.to_owned(), limit.to_string()));
    }
    let answer = session.done(operation, asked.call()).await?;
    match answer.get("cursor").and_then(Value::as_str) {
        Some(cursor) => Ok(Some(cursor.to_owned())),
        None if says_nothing(&answer) => Ok(None),
        None => Err(Error::undecodable(format!("{} (there is no cursor in it)", operation.name), &answer)),
    }
}

async fn numbered<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    mut asked: Asked,
    number: &'static str,
    size: &'static str,
) -> Result<Page<Value>, Error> {
    let limit = asked.limit.unwrap_or(PAGE_MOST).min(PAGE_MOST);
    // The size is part of the cursor: a page number means nothing without it.
    let (at, size_then) = match asked.state(session, operation)? {
        Some(state) => (
            state.get("page").and_then(Value::as_u64).ok_or_else(foreign)?,
            state.get("size").and_then(Value::as_u64).ok_or_else(foreign)?,
        ),
        None => (1, u64::from(limit)),
    };
    for name in [number, size] {
        if take(&mut asked.query, name).is_some()
            || asked.body.as_ref().is_some_and(|body| body.get(name).is_some())
        {
            return Err(Error::invalid(name, "pages are chosen by limit and next_cursor"));
        }
    }
    let mut call = asked.call();
    if operation.method == "GET" {
        call = call.query(number, at.to_string()).query(size, size_then.to_string());
    } else if let Some(body) = call.body.as_mut().and_then(Value::as_object_mut) {
        body.insert(number.to_owned(), json!(at));
        body.insert(size.to_owned(), json!(size_then));
    }
    let mut answer = session.done(operation, call).await?;
    let items = match items(operation, &mut answer) {
        Some(items) => items,
        None if says_nothing(&answer) => Vec::new(),
        None => return Err(unrecognised(operation, &answer)),
    };
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let so_far = at.saturating_sub(1).saturating_mul(size_then).saturating_add(count);
    let all = ["total", "total_count"].iter().find_map(|key| answer.get(*key).and_then(Value::as_u64));
    let more = count > 0 && all.map_or(count >= size_then, |all| so_far < all);
    let state = json!({"page": at.saturating_add(1), "size": size_then});
    let next_cursor = more.then(|| asked.seal(session, operation, &state));
    Ok(Page { next_cursor, ..Page::last(items) })
}
