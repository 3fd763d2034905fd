//! From a resource's name and a method to an operation.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::ProxyMethod;
use crate::clevertap::operation::{OPERATIONS, Operation, Protocol, UNREACHABLE, by_resource, of_resource};
use crate::model::Error;

/// Where an id goes that is not part of the address.
enum Place {
    Query(&'static str),
    Body(&'static str),
}

/// By the operation's name. Operations that are not here take their ids in the body only.
const IDS: &[(&str, Place)] = &[
    ("profile.get", Place::Query("identity")),
    ("profiles.delete", Place::Body("identity")),
    ("segments.get", Place::Body("segment_id")),
    ("localised_content_blocks.get", Place::Query("id")),
];

/// Other names of a person: who gives one of them means it, and the id is only the address's.
const PROFILE_KEYS: &[&str] = &["email", "objectId"];

pub(super) fn resolve(resource: &str, method: &ProxyMethod) -> Result<&'static Operation, Error> {
    let name = match method {
        ProxyMethod::List => "list",
        ProxyMethod::Get => "get",
        ProxyMethod::Create => "create",
        ProxyMethod::Update => "update",
        ProxyMethod::Delete => "delete",
        ProxyMethod::Custom(name) => name.as_str(),
    };
    if let Some(operation) = by_resource(resource, name) {
        return Ok(operation);
    }
    if *method == ProxyMethod::Create
        && let Some(operation) = query_by_post(resource)
    {
        return Ok(operation);
    }
    Err(missing(resource, name))
}

/// What a POST to a resource means that can only be read: its list, with the query in the body.
fn query_by_post(resource: &str) -> Option<&'static Operation> {
    by_resource(resource, "list").filter(|operation| super::query::is_read_by_post(operation))
}

fn missing(resource: &str, method: &str) -> Error {
    if let Some(row) = UNREACHABLE.iter().find(|row| row.resource == resource && row.proxy_method == method) {
        return Error::Unsupported { what: row.reason.to_owned() };
    }
    let methods: Vec<_> = of_resource(resource).map(|operation| operation.proxy_method).collect();
    if !methods.is_empty() {
        let methods = methods.join(", ");
        return Error::NotFound { what: format!("method {method} of {resource}; it has: {methods}") };
    }
    if let Some(row) = UNREACHABLE.iter().find(|row| row.resource == resource) {
        return Error::Unsupported { what: row.reason.to_owned() };
    }
    let known: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.resource).collect();
    let known = known.into_iter().collect::<Vec<_>>().join(", ");
    Error::NotFound { what: format!("resource of this name; there are: {known}") }
}

/// Puts an id where CleverTap reads it.
pub(super) fn place_id(
    operation: &Operation,
    id: &str,
    query: &mut Vec<(String, String)>,
    body: &mut Option<Value>,
) -> Result<(), Error> {
    let place = IDS.iter().find(|(name, _)| *name == operation.name).map(|(_, place)| place);
    match place {
        Some(Place::Query(_)) if query.iter().any(|(name, _)| PROFILE_KEYS.contains(&name.as_str())) => {
            Err(Error::invalid(
                "id",
                format!("one person has one name here: give the id, or one of {}", PROFILE_KEYS.join(", ")),
            ))
        }
        Some(Place::Query(name)) => {
            query.push(((*name).to_owned(), id.to_owned()));
            Ok(())
        }
        Some(Place::Body(name)) => {
            let object = body.get_or_insert_with(|| Value::Object(Map::new()));
            match object.as_object_mut() {
                Some(object) if !object.contains_key(*name) => {
                    object.insert((*name).to_owned(), json!(id));
                    Ok(())
                }
                _ => Err(Error::invalid(
                    "id",
                    format!("is given in the address and in the body's {name}, or the body is no object"),
                )),
            }
        }
        None if operation.protocol == Protocol::Upload => Err(Error::invalid(
            "id",
            format!("{} takes its records, with their ids, in the body", operation.name),
        )),
        None => Err(Error::invalid(
            "id",
            format!("{} takes no id in the address, but in the body", operation.name),
        )),
    }
}
