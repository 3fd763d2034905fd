//! Schema, subscription groups, remote config, and other small calls
//! (sections 2, 17 and 18).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::visit::{Reply, Visit};

/// `GET /getSchema?type=`: [DOC], [3P] S:ingestr; keys beside `name` are [UNK].
pub(crate) fn schema(visit: &mut Visit<'_>) -> Reply {
    let named = |names: BTreeSet<String>| -> Vec<Value> {
        names.into_iter().map(|name| json!({ "name": name })).collect()
    };
    let people = &visit.account.people;
    match visit.request.param("type").as_deref() {
        Some("events") => {
            let names = people.names().chain(crate::query::NOTIFICATIONS.iter().copied());
            let events = named(names.map(str::to_owned).collect());
            Ok(Answer::ok(&json!({ "status": "success", "events": events })))
        }
        Some("userProperties") => {
            let keys = people.persons.iter().flat_map(|person| person.data.keys().cloned());
            let properties = named(keys.collect());
            Ok(Answer::ok(&json!({ "status": "success", "userProperties": properties })))
        }
        _ => Err(Answer::explained("`type` is events or userProperties")),
    }
}

/// `GET /category-groups`: [DOC], [3P] S:ingestr, S:accio; keys beside `key` are [UNK].
pub(crate) fn category_groups(_visit: &mut Visit<'_>) -> Reply {
    let list: Vec<_> = ["Newsletters", "Promotions", "Product updates"]
        .iter()
        .enumerate()
        .map(|(index, name)| json!({ "key": index + 1, "name": name }))
        .collect();
    Ok(Answer::ok(&json!({ "status": "success", "list": list })))
}

/// `POST /1/createVars`: [DOC], [3P] S:accio; the answer is [UNK].
pub(crate) fn create_vars(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let Some(definitions) = body["variableDefinitions"].as_object() else {
        return Err(Answer::explained("`variableDefinitions` is required"));
    };
    visit.account.vars.append(&mut definitions.clone());
    visit.remember(body);
    Ok(Answer::success())
}

/// `POST /1/getVars`: [DOC], [3P] S:accio; the answer is [UNK].
pub(crate) fn get_vars(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    if !body["identity"].is_string() && !body["clevertapId"].is_string() {
        return Err(Answer::explained("`identity` or `clevertapId` is required"));
    }
    let values: Map<_, _> = visit
        .account
        .vars
        .iter()
        .map(|(name, definition)| (name.clone(), definition["defaultValue"].clone()))
        .collect();
    Ok(Answer::ok(&json!({ "status": "success", "vars": values })))
}

/// `POST /1/deleteVars`: [DOC], [3P] S:accio; the answer is [UNK].
pub(crate) fn delete_vars(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    if body["deleteAllVars"] == true {
        visit.account.vars.clear();
    }
    for name in body["variableNames"].as_array().map(Vec::as_slice).unwrap_or_default() {
        visit.account.vars.remove(name.as_str().unwrap_or_default());
    }
    visit.remember(body);
    Ok(Answer::success())
}

/// `POST /1/update/templateIds.json`: [DOC] S:docs-mirror, section 18.3; the answer is [UNK].
pub(crate) fn template_ids(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let valid = |item: &Value| !item["campaign_id"].is_null() && !item["template_id"].is_null();
    if body.as_array().is_none_or(|items| items.is_empty() || !items.iter().all(valid)) {
        return Err(Answer::explained("takes an array of {campaign_id, template_id}"));
    }
    visit.remember(body);
    Ok(Answer::success())
}

/// `GET /attribution`: [DOC] S:docs-mirror, section 18.3; the answer is [UNK].
pub(crate) fn attribution(visit: &mut Visit<'_>) -> Reply {
    if visit.request.param("partner_name").is_none() {
        return Err(Answer::explained("`partner_name` is required"));
    }
    visit.remember(json!({ "query": visit.request.query }));
    Ok(Answer::success())
}

/// `GET /v1/connect?partner=`: [DOC] S:auth; the answer [3P] S:lokalise, section 2.
pub(crate) fn connect(visit: &mut Visit<'_>) -> Reply {
    if visit.request.param("partner").is_none() {
        return Err(Answer::explained("`partner` is required"));
    }
    Ok(Answer::ok(&json!({ "status": "success", "message": "Connected" })))
}
