//! `/1/events.json` and `/1/profiles.json`: POST asks, GET reads page by page.

use serde_json::{Value, json};

use crate::CursorError;
use crate::answer::Answer;
use crate::cursor::{Export, Kind, Paging, encoded};
use crate::people::Event;
use crate::person::{Parts, flat};
use crate::query::{NOTIFICATIONS, Query, unknown_event};
use crate::visit::{Reply, Visit};

pub(crate) use crate::cursor::Exports;

/// [3P] S:crewm gives 500 as the server's default, section 9.
const DEFAULT_BATCH: usize = 500;

/// `POST /1/events.json`: [OFF] S:snippets, section 9.
pub(crate) fn open_events(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    open(visit, Kind::Events, &body)
}

/// `POST /1/profiles.json`: [OFF] S:snippets, section 8.2.
pub(crate) fn open_profiles(visit: &mut Visit<'_>) -> Reply {
    let body = visit.json()?;
    open(visit, Kind::Profiles, &body)
}

/// `GET /1/events.json?cursor=`: [REC] S:quickhouse, section 9.
pub(crate) fn read_events(visit: &mut Visit<'_>) -> Reply {
    read(visit, Kind::Events)
}

/// `GET /1/profiles.json?cursor=`, or the older `?query=` ([OFF] S:node, section 8.2).
pub(crate) fn read_profiles(visit: &mut Visit<'_>) -> Reply {
    read(visit, Kind::Profiles)
}

fn open(visit: &mut Visit<'_>, kind: Kind, body: &Value) -> Reply {
    let query = Query::read(body)?;
    if NOTIFICATIONS.contains(&query.event.name.as_str()) {
        return Err(not_exported());
    }
    if !visit.account.people.knows(&query.event.name) {
        return Err(unknown_event(&query.event.name));
    }
    let batch = match visit.request.param("batch_size") {
        None => DEFAULT_BATCH,
        Some(text) => text.parse().map_err(|_| Answer::explained("`batch_size` must be a number"))?,
    };
    let flag = |name: &str, default| visit.request.param(name).map_or(default, |value| value == "true");
    let parts =
        Parts { app: flag("app", false), events: flag("events", false), profile: flag("profile", true) };
    let paging = Paging { batch, unit: visit.page_unit, full_pages: visit.variants.full_pages };
    let people = &visit.account.people;
    let rows = match kind {
        Kind::Events => query.events(people),
        Kind::Profiles => query.persons(people),
    };
    let cursor = visit.account.exports.open(kind, parts, rows, paging);
    Ok(Answer::ok(&json!({ "status": "success", "cursor": encoded(&cursor) })))
}

fn read(visit: &mut Visit<'_>, kind: Kind) -> Reply {
    let Some(cursor) = visit.request.param("cursor") else {
        let Some(query) = visit.request.param("query") else {
            return Err(Answer::explained("`cursor` is required"));
        };
        let query = serde_json::from_str(&query).map_err(|_| Answer::malformed())?;
        return open(visit, kind, &query);
    };
    let variants = visit.variants;
    let exports = &mut visit.account.exports;
    let (number, page, export) = match exports.find(&cursor) {
        Some(found) if found.2.kind == kind => found,
        _ => return Err(bad_cursor(variants.cursor_error)),
    };
    if variants.expire_after_reads.is_some_and(|limit| export.reads >= limit) {
        return Err(bad_cursor(variants.cursor_error));
    }
    let waits = export.waits.entry(page).or_default();
    if *waits < variants.in_progress_reads {
        *waits += 1;
        return Err(in_progress());
    }
    if !export.used.insert(page) && variants.single_use_cursors {
        return Err(bad_cursor(variants.cursor_error));
    }
    export.reads += 1;
    let Some(rows) = export.page(page) else {
        // The last page is exactly this ([REC] S:quickhouse).
        return Ok(Answer::success());
    };
    let records: Vec<_> = rows.iter().filter_map(|row| record(&visit.account.people, export, *row)).collect();
    let next = exports.token(number, page + 1);
    Ok(Answer::ok(&json!({
        "status": "success",
        "next_cursor": encoded(&next),
        "records": records,
    })))
}

fn record(people: &crate::people::People, export: &Export, row: usize) -> Option<Value> {
    match export.kind {
        Kind::Profiles => people.persons.get(row).map(|person| person.record(export.parts)),
        Kind::Events => people.events.get(row).and_then(|event| {
            let person = people.persons.get(event.person)?;
            Some(event_record(event, person.inside_event(event.object_id.as_deref(), export.parts)))
        }),
    }
}

/// [OFF] S:snippets, [REC] S:quickhouse, section 9: no event name, no id.
fn event_record(event: &Event, profile: Value) -> Value {
    json!({
        "profile": profile,
        "ts": event.local,
        "event_props": flat(&event.props),
        "session_props": event.session,
    })
}

/// [3P] S:ingestr, S:quickhouse, section 3.4.
fn in_progress() -> Answer {
    Answer::fail(200, "Request still in progress, please retry later", 2)
}

/// [3P] S:quickhouse (code 3), S:leanderp (invalidated), section 3.4.
fn bad_cursor(form: CursorError) -> Answer {
    match form {
        CursorError::IncorrectUsage => Answer::fail(200, "Incorrect Usage", 3),
        CursorError::Invalidated => Answer::fail(400, "CURSOR_INVALIDATED", 400),
    }
}

/// [3P] S:ingestr, section 3.4.
fn not_exported() -> Answer {
    Answer::fail(400, "Export not allowed for this event", 400)
}
