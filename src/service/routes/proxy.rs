//! `/proxy/{resource}[/{id}]`: CleverTap's own resources by name.
//!
//! | request | method of the resource |
//! |---|---|
//! | `GET` / `POST` `/proxy/{resource}` | list / create |
//! | `GET` / `PATCH` / `DELETE` `/proxy/{resource}/{id}` | get / update / delete; the last two also without an id |
//! | `POST /proxy/{resource}/{method}` | a custom method; also `list`, with CleverTap's query as the body |
//!
//! `next_cursor`, `limit` and the `truto_…` parameters are for this service; all others go on to CleverTap,
//! and so does `remote_query[name]=value` as `name=value`.

use crate::clevertap::operation::Scope;
use crate::clevertap::proxy::{ProxyAnswer, ProxyMethod, ProxyRequest, proxy, scope};
use crate::service::auth::Grant;
use crate::service::body;
use crate::service::context::Context;
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::presentation::Presentation;
use crate::service::query::{Parameter, Query, Reader};
use crate::transport::{Body, Host, Response};

/// The largest page that may be asked for; CleverTap's exports take as many records at a time.
const MOST: u16 = 5000;

pub(super) async fn call<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let method = method(context.method, context.value("id"));
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let account = context.account_id(&reader);
    let presentation =
        if is_list(&method) { Presentation::of_proxy_list(&reader) } else { Presentation::verbatim(&reader) };
    let cursor = reader.text("next_cursor").map(str::to_owned);
    let limit = reader.number("limit", 1, MOST);
    let query = reader.rest().into_iter().filter_map(|parameter| onward(&reader, parameter)).collect();
    reader.finish()?;
    context.account(account).await?;
    let body = body::json(context.headers, body).await?;

    let session = context.session(account).await?;
    let id = match &method {
        ProxyMethod::Custom(_) => None,
        _ => Some(context.value("id")).filter(|id| !id.is_empty()).map(str::to_owned),
    };
    let resource = context.value("resource").to_owned();
    let request = ProxyRequest { resource, id, method, query, body, cursor, limit };
    match proxy(&session, &request).await? {
        ProxyAnswer::List(page) => {
            envelope::list(context.host, page, &presentation, context.about(session.account, limit, None))
        }
        // Counts: lists by their method, one object by their answer. They change nothing, so that it is not
        // too late to refuse.
        ProxyAnswer::Verbatim { .. } if !presentation.is_plain() => Err(Error::invalid(
            "truto_key_by, truto_exclude_fields",
            "are for lists; this resource is one object, which comes untouched",
        )),
        ProxyAnswer::Verbatim { status, headers, body } => {
            Ok(Response { status, headers, body: Body::Bytes(body) })
        }
    }
}

/// Whether the method only reads, and may answer a list.
fn is_list(method: &ProxyMethod) -> bool {
    match method {
        ProxyMethod::List => true,
        ProxyMethod::Custom(name) => name == "list",
        ProxyMethod::Get | ProxyMethod::Create | ProxyMethod::Update | ProxyMethod::Delete => false,
    }
}

fn method(verb: &str, id: &str) -> ProxyMethod {
    match (verb, id) {
        ("POST", "") => ProxyMethod::Create,
        ("POST", name) => ProxyMethod::Custom(name.to_owned()),
        ("PATCH", _) => ProxyMethod::Update,
        ("DELETE", _) => ProxyMethod::Delete,
        (_, "") => ProxyMethod::List,
        _ => ProxyMethod::Get,
    }
}

/// What a token must be allowed to do: what the table of endpoints says. What is not in it is answered with an
/// error, whatever the token.
pub(in crate::service) fn needs(verb: &str, values: &[(&'static str, String)]) -> Grant {
    let value = |name: &str| values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    match scope(value("resource"), &method(verb, value("id"))) {
        Some(Scope::Write) => Grant::Write,
        Some(Scope::Read) | None => Grant::Read,
    }
}

/// A parameter as CleverTap is to get it.
fn onward(reader: &Reader<'_>, parameter: &Parameter) -> Option<(String, String)> {
    if parameter.name.starts_with("truto_") {
        reader.fail(&parameter.name, "is not a parameter that this API knows");
        return None;
    }
    let (name, keys) = match (parameter.name.as_str(), parameter.keys.split_first()) {
        ("remote_query", Some((name, keys))) => (name, keys),
        ("remote_query", None) => {
            reader.fail("remote_query", "is written remote_query[name]=value");
            return None;
        }
        (_, _) => (&parameter.name, parameter.keys.as_slice()),
    };
    let keys: String = keys.iter().map(|key| format!("[{key}]")).collect();
    Some((format!("{name}{keys}"), parameter.value.clone()))
}
