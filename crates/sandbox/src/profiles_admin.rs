//! Deleting and demerging users, opting out, detaching phones (section 14).

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::clock::epoch;
use crate::people::{Event, Id};
use crate::visit::{Reply, Visit};

/// [DOC] S:demerge, [3P] S:rudder-t, section 4.2.
const MAX_IDENTITIES: usize = 100;
/// [DOC] S:subscribe, section 4.2.
const MAX_RECORDS: usize = 1000;

/// `POST /1/delete/profiles.json`: [OFF] S:node. Upstream it takes about 48
/// hours ([DOC] S:delete), here no time. Unknown users are no failure ([INF]).
pub(crate) fn delete(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    let identities = names(&body["identity"]);
    let guids = names(&body["guid"]);
    limited(identities.len() + guids.len())?;
    let ids = identities.into_iter().map(Id::Identity).chain(guids.into_iter().map(Id::Device));
    for id in ids {
        if let Some(index) = visit.account.people.find(&id) {
            visit.account.people.delete(index);
        }
    }
    visit.remember(body);
    Ok(Answer::success())
}

/// `POST /1/demerge/profiles.json`: [OFF] S:node. Processed at night ([DOC]
/// S:docs-mirror), here never.
pub(crate) fn demerge(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    if !body["identities"].is_array() {
        return Err(Answer::explained("`identities` must be a list"));
    }
    limited(names(&body["identities"]).len())?;
    visit.remember(body);
    Ok(Answer::success())
}

/// `POST /1/subscribe`: [DOC] S:subscribe, [OFF] S:node. It affects every user
/// with the address, and raises "Channel Unsubscribed" ([DOC]); that the
/// profile then says so in `MSG-…` is [INF].
pub(crate) fn subscribe(visit: &mut Visit<'_>) -> Reply {
    batch(
        visit,
        |record| {
            matches!(record["type"].as_str(), Some("phone" | "email" | "whatsapp"))
                && matches!(record["status"].as_str(), Some("Unsubscribe" | "Resubscribe"))
        },
        |visit, record| {
            let (kind, address) = (record["type"].as_str(), record["value"].as_str().unwrap_or_default());
            let out = record["status"] == "Unsubscribe";
            let field = match kind {
                Some("email") => "MSG-email",
                Some("whatsapp") => "MSG-whatsapp",
                _ => "MSG-sms",
            };
            for index in having(visit, kind == Some("email"), address) {
                let Some(person) = visit.account.people.persons.get_mut(index) else { continue };
                person.data.insert(field.to_owned(), json!(!out));
                if out {
                    raise_unsubscribed(visit, index, kind.unwrap_or_default());
                }
            }
        },
    )
}

/// Users with an address.
fn having(visit: &Visit<'_>, email: bool, address: &str) -> Vec<usize> {
    let phone: Option<i64> = address.strip_prefix('+').and_then(|digits| digits.parse().ok());
    let persons = visit.account.people.persons.iter().enumerate();
    persons
        .filter(|(_, person)| !person.deleted)
        .filter(|(_, person)| match email {
            true => person.email.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(address)),
            false => person.phone.is_some() && person.phone == phone,
        })
        .map(|(index, _)| index)
        .collect()
}

fn raise_unsubscribed(visit: &mut Visit<'_>, person: usize, channel: &str) {
    let mut props = Map::new();
    props.insert("Channel".to_owned(), json!(channel));
    let event = Event {
        name: "Channel Unsubscribed".to_owned(),
        at: epoch(visit.now, &visit.account.zone),
        local: 0,
        person,
        object_id: None,
        props,
        session: Map::new(),
        uploaded: false,
    };
    let account = &mut *visit.account;
    account.people.record(event, &account.zone);
}

/// `POST /1/disassociate`: [DOC] S:disassociate, [3P] S:java: the number is
/// taken from everybody who has it.
pub(crate) fn disassociate(visit: &mut Visit<'_>) -> Reply {
    batch(
        visit,
        |record| record["type"] == "phone",
        |visit, record| {
            for index in having(visit, false, record["value"].as_str().unwrap_or_default()) {
                if let Some(person) = visit.account.people.persons.get_mut(index) {
                    person.phone = None;
                }
            }
        },
    )
}

/// `{status, processed, unprocessed}` ([DOC] S:subscribe, section 14); code
/// and text of a rejected record are [UNK].
fn batch(
    visit: &mut Visit<'_>,
    valid: impl Fn(&Value) -> bool,
    apply: impl Fn(&mut Visit<'_>, &Value),
) -> Reply {
    let body = visit.json()?;
    let Some(records) = body["d"].as_array() else { return Err(Answer::malformed()) };
    if records.len() > MAX_RECORDS {
        return Err(Answer::explained(&format!("at most {MAX_RECORDS} records a call")));
    }
    let is_valid = |record: &&Value| record["value"].is_string() && valid(record);
    let unprocessed: Vec<_> = records
        .iter()
        .enumerate()
        .filter(|(_, record)| !is_valid(record))
        .map(|(index, record)| {
            let error = format!("Record is not valid. Skipped record number : {}", index + 1);
            json!({ "status": "fail", "code": 555, "error": error, "record": record })
        })
        .collect();
    let processed = records.len() - unprocessed.len();
    let status = match (processed, unprocessed.is_empty()) {
        (_, true) => "success",
        (0, _) => "fail",
        _ => "partial",
    };
    let answer = json!({ "status": status, "processed": processed, "unprocessed": unprocessed });
    let accepted: Vec<_> = records.iter().filter(is_valid).cloned().collect();
    accepted.iter().for_each(|record| apply(visit, record));
    visit.remember(json!({ "d": accepted }));
    Ok(Answer::ok(&answer))
}

/// One name or a list of names; numbers are names too.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().flat_map(names).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn limited(count: usize) -> Result<(), Answer> {
    if (1..=MAX_IDENTITIES).contains(&count) {
        return Ok(());
    }
    Err(Answer::explained(&format!("takes 1 to {MAX_IDENTITIES} identities; there are {count}")))
}
