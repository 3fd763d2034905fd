//! `/proxy/{resource}`: CleverTap's own resources by name, with its fields untouched.
//!
//! | request | answer |
//! |---|---|
//! | a list that comes whole (campaigns, message reports, schemas, …) | one page: the answer's list |
//! | a list behind CleverTap's cursors (events, profiles) | pages as CleverTap cuts them; `limit` goes on as its `batch_size`, which is a hint |
//! | a list in numbered pages (content blocks, templates, segments) | those pages |
//! | a count, trend or top list | the finished answer: CleverTap is asked until it has counted |
//! | one object, or a write | CleverTap's status and body, byte for byte, whatever they say; a 5xx to a write that is not safe twice is in doubt |
//!
//! A list that CleverTap reads by POST takes its query from the body of `POST /proxy/{resource}/list`, or of
//! `POST /proxy/{resource}` where the resource can only be read; by GET it is put together from the parameters
//! (see `query`).
//!
//! | file | what |
//! |---|---|
//! | `resolve` | from a resource's name and a method to an operation |
//! | `query` | from parameters to the JSON that CleverTap reads |
//! | `list` | the three kinds of lists |

mod list;
mod query;
mod resolve;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::resolve::resolve;
use super::client::{Call, Session, encode, lost, path};
use super::cursor;
use super::forward::named;
use super::operation::{Operation, Protocol, Replay, Scope};
use crate::model::{Error, Page};
use crate::transport::body::ReadError;
use crate::transport::{Body, Headers, Host, SendError};

/// What is to be done with a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyMethod {
    List,
    Get,
    Create,
    Update,
    Delete,
    /// A method of the resource's own, by its name in the table.
    Custom(String),
}

/// A request by name.
#[derive(Debug, Clone, PartialEq)]
pub struct ProxyRequest {
    /// As in the table of operations.
    pub resource: String,
    pub id: Option<String>,
    pub method: ProxyMethod,
    /// CleverTap's own parameters, decoded; those of this API are not among them.
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// Of this API; empty is the start.
    pub cursor: Option<String>,
    pub limit: Option<u16>,
}

/// What came of it.
#[derive(Debug)]
pub enum ProxyAnswer {
    List(Page<Value>),
    /// As CleverTap sent it.
    Verbatim {
        status: u16,
        headers: Headers,
        body: Vec<u8>,
    },
}

/// Whether a method of a resource changes anything at CleverTap; none for what there is not.
#[must_use]
pub fn scope(resource: &str, method: &ProxyMethod) -> Option<Scope> {
    resolve(resource, method).ok().map(|operation| operation.scope)
}

/// Does it.
///
/// # Errors
/// [`Error::NotFound`] for a resource or method that is not in the table, listing those that are;
/// [`Error::Unsupported`] for one whose address nobody has published; else what went wrong on the way. What
/// CleverTap refuses is an error for lists and counts only: the rest comes as it is.
pub async fn proxy<H: Host>(session: &Session<'_, H>, request: &ProxyRequest) -> Result<ProxyAnswer, Error> {
    let operation = resolve(&request.resource, &request.method)?;
    let mut asked = Asked::of(operation, request)?;
    if operation.protocol == Protocol::Counts {
        return count(session, operation, asked).await;
    }
    if !operation.items.is_empty() {
        return list::page(session, operation, asked).await.map(ProxyAnswer::List);
    }
    if asked.cursor.is_some() {
        return Err(Error::invalid("next_cursor", format!("{} comes in one piece", operation.name)));
    }
    if let Some(limit) = asked.limit.take() {
        // No page size of ours, so a parameter of CleverTap's.
        asked.query.push(("limit".to_owned(), limit.to_string()));
    }
    verbatim(session, operation, asked).await
}

/// A request once it is known what it is for.
#[derive(Debug)]
struct Asked {
    path: Vec<(&'static str, String)>,
    /// Goes into the address.
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// Of this API.
    cursor: Option<String>,
    limit: Option<u16>,
    /// A canonical text of all that selects what is asked for; a cursor belongs to it.
    filters: String,
}

impl Asked {
    fn of(operation: &'static Operation, request: &ProxyRequest) -> Result<Self, Error> {
        let mut query = request.query.clone();
        let mut body = request.body.clone();
        let mut path = Vec::new();
        if operation.path.contains("{id}") {
            let id = match &request.id {
                Some(id) => Some(id.clone()),
                None => take(&mut query, "id"),
            };
            let id = id.ok_or_else(|| {
                Error::invalid("id", format!("{} needs the id of its parent", operation.name))
            })?;
            path.push(("id", id));
        } else if let Some(id) = &request.id {
            resolve::place_id(operation, id, &mut query, &mut body)?;
        }
        if operation.method == "GET" && body.is_some() {
            return Err(Error::invalid("", format!("{} takes parameters and no body", operation.name)));
        }
        if query::is_read_by_post(operation) {
            let (for_address, for_body) = query::split(operation, query);
            query = for_address;
            if !for_body.is_empty() || body.is_none() {
                body = Some(query::merge(body, for_body)?);
            }
        }
        let filters = filters(&query, body.as_ref(), &path);
        let cursor = request.cursor.clone().filter(|text| !text.is_empty());
        Ok(Self { path, query, body, cursor, limit: request.limit, filters })
    }

    fn call(&self) -> Call {
        Call {
            path: self.path.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
            ..Call::default()
        }
    }

    /// Where a cursor of ours says to go on; none at the start.
    fn state<H: Host>(
        &self,
        session: &Session<'_, H>,
        operation: &Operation,
    ) -> Result<Option<Value>, Error> {
        let open =
            |text: &String| cursor::decode(text, &list_name(operation), &session.account.id, &self.filters);
        self.cursor.as_ref().map(open).transpose()
    }

    fn seal<H: Host>(&self, session: &Session<'_, H>, operation: &Operation, state: &Value) -> String {
        cursor::encode(&list_name(operation), &session.account.id, &self.filters, state)
    }
}

fn list_name(operation: &Operation) -> String {
    format!("proxy/{}", operation.name)
}

/// Page sizes select nothing, so they may change on the way.
fn filters(query: &[(String, String)], body: Option<&Value>, path: &[(&'static str, String)]) -> String {
    let mut parts: Vec<String> = query
        .iter()
        .filter(|(name, _)| name != query::BATCH_SIZE)
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    parts.extend(path.iter().map(|(name, value)| format!("/{name}={}", encode(value))));
    parts.sort_unstable();
    parts.push(body.map(canonical).unwrap_or_default());
    parts.join("&")
}

/// JSON with its keys in order, so that the order in which a caller writes them does not matter.
fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(object) => {
                let mut entries: Vec<_> = object.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                Value::Object(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key.clone(), sorted(value)))
                        .collect::<Map<_, _>>(),
                )
            }
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            plain => plain.clone(),
        }
    }
    sorted(value).to_string()
}

/// Takes a parameter out.
fn take(query: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let place = query.iter().position(|(key, _)| key == name)?;
    Some(query.remove(place).1)
}

/// A query that CleverTap counts in its own time. A cursor of ours resumes one that took longer.
async fn count<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    asked: Asked,
) -> Result<ProxyAnswer, Error> {
    let state = asked.state(session, operation)?;
    let counted = match state.as_ref().map(Value::as_str) {
        Some(Some(req_id)) => session.resume(operation, req_id).await,
        Some(None) => return Err(foreign()),
        None => session.done(operation, asked.call()).await,
    };
    match counted {
        Ok(answer) => Ok(ProxyAnswer::Verbatim {
            status: 200,
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            body: answer.to_string().into_bytes(),
        }),
        Err(Error::NotReady { message, cursor }) => {
            let cursor = cursor.map(|req_id| asked.seal(session, operation, &Value::String(req_id)));
            Err(Error::NotReady { message, cursor })
        }
        Err(error) => Err(error),
    }
}

/// One call, answered as CleverTap answers it.
async fn verbatim<H: Host>(
    session: &Session<'_, H>,
    operation: &'static Operation,
    asked: Asked,
) -> Result<ProxyAnswer, Error> {
    let mut target = path(operation.path, &asked.path)?;
    let what = format!("{} {target}", operation.method);
    for (place, (name, value)) in asked.query.iter().enumerate() {
        target.push(if place == 0 { '?' } else { '&' });
        target.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    let mut headers = vec![("accept".to_owned(), b"application/json".to_vec())];
    let body = match &asked.body {
        Some(body) => {
            headers.push(("content-type".to_owned(), b"application/json; charset=utf-8".to_vec()));
            Body::Bytes(body.to_string().into_bytes())
        }
        None => Body::Empty,
    };
    let answer = named(session, operation, &target, headers, body).await?;
    let safe = operation.replay == Replay::Safe;
    if answer.status >= 500 && !safe {
        // CleverTap may have acted before it failed; its answer would read like an invitation to try again.
        return Err(Error::InDoubt { what: format!("CleverTap answered HTTP {} to {what}", answer.status) });
    }
    let url = session.account.base_url()?;
    let reading = answer.body.read(session.account.settings.max_answer_bytes);
    let body = match session.deadline.race(session.host, reading).await {
        Some(Ok(body)) => body,
        Some(Err(ReadError::TooLong(limit))) if !safe => {
            return Err(Error::InDoubt {
                what: format!("the answer to {what} is longer than {limit} bytes"),
            });
        }
        Some(Err(ReadError::TooLong(limit))) => {
            return Err(Error::Undecodable {
                what: format!("{what} (it is longer than {limit} bytes: /custom passes it on in pieces)"),
                body: String::new(),
            });
        }
        Some(Err(ReadError::Failed(error))) => {
            return Err(lost(safe, &url, what, SendError::Cut(error.to_string())));
        }
        None => return Err(lost(safe, &url, what, SendError::TimedOut)),
    };
    Ok(ProxyAnswer::Verbatim { status: answer.status, headers: answer.headers, body })
}

/// A cursor that opens and holds something else than was put in.
fn foreign() -> Error {
    Error::invalid("next_cursor", "this cursor is of another version of this API: start from the beginning")
}
