//! What is exported: the people who did an event, or what they did, in a period.
//!
//! CleverTap selects by whole days of the project's time zone; what lies outside a period that cuts a day is left
//! out here, of events by their time. `query` adds to CleverTap's query (section 7: `event_properties`,
//! `session_properties`, `common_profile_properties`, `advanced_query`).

use serde_json::{Map, Value, json};

use super::map::{Mapping, local_digits};
use crate::clevertap::campaigns::Period;
use crate::clevertap::campaigns::period::Bounds;
use crate::clevertap::campaigns::walk::today;
use crate::clevertap::client::Session;
use crate::clevertap::contacts::contact;
use crate::clevertap::export::Export;
use crate::clevertap::operation::{self, Operation};
use crate::clevertap::time::{Day, add_days, day_digits};
use crate::model::contact::Contact;
use crate::model::event::Event;
use crate::model::{Error, Failure, Page, Warning};
use crate::transport::Host;

/// The usual period: this many days up to today.
const DAYS: i64 = 30;

/// An event in a period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventQuery {
    /// The exact name, as CleverTap's dashboard spells it.
    pub event_name: String,
    /// Default: the last 30 days.
    pub occurred: Period,
    /// So many days up to today, in place of a period.
    pub trailing_days: Option<u16>,
    /// More of CleverTap's query.
    pub query: Map<String, Value>,
    pub include_remote: bool,
}

/// Keys of CleverTap's query that have a place of their own here.
const OWN: &[&str] = &["event_name", "from", "to"];

/// The keys that narrow a query ([OFF] S:snippets, section 7; `props` in S:node). CleverTap ignores what it does not
/// know ([3P] S:bswaroop), and so selects everything for a mistyped one.
const FILTERS: &[&str] =
    &["event_properties", "props", "session_properties", "common_profile_properties", "advanced_query"];

/// Checks the keys of a query; `own` are those that the caller's place for it has besides.
///
/// # Errors
/// [`Error::Invalid`] with each key that CleverTap would ignore.
pub fn check_filters(query: &Map<String, Value>, field: &str, own: &[&str]) -> Result<(), Error> {
    let known = |key: &&String| FILTERS.contains(&key.as_str()) || own.contains(&key.as_str());
    let accepted = [own, FILTERS].concat().join(", ");
    let failures: Vec<_> = query
        .keys()
        .filter(|key| !known(key))
        .take(20)
        .map(|key| {
            let place = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
            let message =
                format!("is no key of CleverTap's query, which would ignore it; accepted: {accepted}");
            Failure::new(place, message)
        })
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(Error::Invalid(failures)) }
}

impl EventQuery {
    /// The query of an export, and the bounds that are finer than a day.
    fn remote<H: Host>(&self, session: &Session<'_, H>) -> Result<(Value, Option<Bounds>), Error> {
        if self.event_name.trim().is_empty() {
            return Err(Error::invalid(
                "event_name",
                "is missing: CleverTap lists people and events by the name of an event, spelled as in its dashboard",
            ));
        }
        if let Some(key) = OWN.iter().find(|key| self.query.contains_key(**key)) {
            return Err(Error::invalid("query", format!("has {key}, which event_name and occurred_at say")));
        }
        check_filters(&self.query, "query", &[])?;
        let today = today(session);
        let days = self.trailing_days.map_or(DAYS, i64::from);
        let default = Bounds::days(add_days(today, 1_i64.saturating_sub(days)), today);
        let bounds = self.occurred.bounds("occurred_at", &default, session.account.zone.as_ref())?;
        bounds.check_reach(today, "occurred_at")?;
        let number = |day: Option<Day>| day.and_then(|day| day_digits(day).parse::<u64>().ok());
        let (from, to) = (number(bounds.first_day()), number(bounds.last_day()));
        let mut query = self.query.clone();
        query.insert("event_name".to_owned(), json!(self.event_name));
        query.insert("from".to_owned(), json!(from));
        query.insert("to".to_owned(), json!(to));
        Ok((Value::Object(query), (!bounds.is_whole_days()).then_some(bounds)))
    }

    fn filters(&self) -> String {
        let query = Value::Object(self.query.clone());
        let trailing = self.trailing_days.map_or_else(String::new, |days| format!("|trailing {days}"));
        format!("{}|{}{trailing}|{query}", self.event_name, self.occurred.canonical())
    }

    fn export(&self, operation: &'static Operation, list: &'static str, query: Value) -> Export {
        // People with all that there is of them ([DOC] S:profiles); the names are the same for events.
        let parameters = &[("app", "true"), ("events", "true"), ("profile", "true")];
        let parameters = if list == "contacts" { &parameters[..] } else { &[] };
        Export { operation, list, query, parameters, filters: self.filters() }
    }
}

/// Events to export, page by page or as a stream.
#[derive(Debug)]
pub struct Events {
    pub export: Export,
    mapping: Mapping,
    bounds: Option<Bounds>,
}

impl Events {
    /// # Errors
    /// [`Error::Invalid`] for a missing name, a period that cannot be, and more in `query` than belongs there.
    pub fn new<H: Host>(session: &Session<'_, H>, query: &EventQuery) -> Result<Self, Error> {
        let (remote, bounds) = query.remote(session)?;
        let mapping = Mapping {
            name: query.event_name.clone(),
            zone: session.account.zone.clone(),
            include_remote: query.include_remote,
        };
        Ok(Self { export: query.export(&operation::EVENTS_EXPORT, "events", remote), mapping, bounds })
    }

    /// The event of a record, if it lies in the period.
    pub fn keep(&self, record: &Value, warnings: &mut Vec<Warning>) -> Option<Event> {
        let outside = |bounds: &Bounds| local_digits(record).is_some_and(|digits| !bounds.contains(&digits));
        if self.bounds.as_ref().is_some_and(outside) {
            return None;
        }
        Some(self.mapping.event(record, warnings))
    }
}

/// People to export, page by page or as a stream.
#[derive(Debug)]
pub struct Contacts {
    pub export: Export,
    include_remote: bool,
    cuts_days: bool,
}

impl Contacts {
    /// # Errors
    /// As [`Events::new`].
    pub fn new<H: Host>(session: &Session<'_, H>, query: &EventQuery) -> Result<Self, Error> {
        let (remote, bounds) = query.remote(session)?;
        let export = query.export(&operation::PROFILES_EXPORT, "contacts", remote);
        Ok(Self { export, include_remote: query.include_remote, cuts_days: bounds.is_some() })
    }

    /// The person of a record.
    pub fn keep(&self, record: &Value, warnings: &mut Vec<Warning>) -> Option<Contact> {
        if self.cuts_days && warnings.iter().all(|warning| warning.code != "whole_days") {
            let message = "CleverTap selects people by whole days of the project's time zone: those of all days that \
                           the period touches are here";
            warnings.push(Warning::new("whole_days", message).about("occurred_at"));
        }
        Some(contact(record, self.include_remote))
    }
}

/// A page of what people did.
///
/// # Errors
/// As [`Export::page`]; CleverTap refuses to export its own notification events ([3P] S:ingestr).
pub async fn export<H: Host>(
    session: &Session<'_, H>,
    query: &EventQuery,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Event>, Error> {
    let events = Events::new(session, query)?;
    events.export.page(session, cursor, limit, |record, warnings| events.keep(record, warnings)).await
}

/// A page of the people who did an event.
///
/// # Errors
/// As [`Export::page`].
pub async fn people<H: Host>(
    session: &Session<'_, H>,
    query: &EventQuery,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Contact>, Error> {
    let people = Contacts::new(session, query)?;
    people.export.page(session, cursor, limit, |record, warnings| people.keep(record, warnings)).await
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::clevertap::account::Account;
    use crate::clevertap::client::Trace;
    use crate::testing::{FakeHost, Reply, account, connection};

    fn indian() -> Rc<Account> {
        let mut connection = connection();
        connection.timezone = Some("Asia/Kolkata".to_owned());
        Rc::new(Account::open(connection).unwrap())
    }

    fn page(records: &Value) -> FakeHost {
        let records = records.clone();
        FakeHost::answering(move |sent| match sent.method.as_str() {
            "POST" => Reply::json(200, &json!({"status": "success", "cursor": "c"})),
            _ => Reply::json(200, &json!({"status": "success", "records": records})),
        })
    }

    #[test]
    fn golden_queries() {
        let account = account();
        for (occurred, from, to) in [
            (Period::default(), 20_260_131, 20_260_301),
            (
                Period { start: Some("2026-01-05".into()), end: Some("2026-01-06".into()) },
                20_260_105,
                20_260_105,
            ),
        ] {
            let host = page(&json!([]));
            let session = Session::open(&host, &account, Trace::default());
            let filter =
                json!({"event_properties": [{"name": "total", "operator": "greater_than", "value": 5}]});
            let query = EventQuery {
                event_name: "Order Placed".to_owned(),
                occurred,
                trailing_days: None,
                query: filter.as_object().unwrap().clone(),
                include_remote: false,
            };
            host.run(export(&session, &query, None, 50)).unwrap();
            host.run(people(&session, &query, None, 50)).unwrap();
            let sent = host.sent();
            let mut expected = json!({"event_name": "Order Placed", "from": from, "to": to});
            expected.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
            assert_eq!(
                (sent[0].target.as_str(), sent[0].json()),
                ("/1/events.json?batch_size=69", expected.clone())
            );
            assert_eq!(sent[2].target, "/1/profiles.json?batch_size=69&app=true&events=true&profile=true");
            assert_eq!(sent[2].json(), expected);
        }
    }

    #[test]
    fn a_period_that_cuts_a_day_is_exact_for_events_and_said_of_people() {
        let account = indian();
        let at =
            |hms: u64| json!({"ts": 20_260_301_000_000_u64 + hms, "profile": {"identity": hms.to_string()}});
        let host = page(&json!([at(172_959), at(173_000), at(182_959), at(183_000)]));
        let session = Session::open(&host, &account, Trace::default());
        let query = EventQuery {
            event_name: "a".to_owned(),
            occurred: Period {
                start: Some("2026-03-01T12:00:00Z".into()),
                end: Some("2026-03-01T13:00:00Z".into()),
            },
            trailing_days: None,
            ..EventQuery::default()
        };
        let events = host.run(export(&session, &query, None, 50)).unwrap();
        let times: Vec<_> = events.items.iter().filter_map(|event| event.occurred_at.as_deref()).collect();
        assert_eq!(times, ["2026-03-01T12:00:00Z", "2026-03-01T12:59:59Z"]);
        let people = host.run(people(&session, &query, None, 50)).unwrap();
        assert_eq!(people.items.len(), 4);
        assert_eq!(people.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["whole_days"]);
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let account = account();
        let host = FakeHost::scripted([]);
        let session = Session::open(&host, &account, Trace::default());
        let ask = |query: EventQuery| host.run(export(&session, &query, None, 50)).unwrap_err().to_string();
        assert!(ask(EventQuery::default()).contains("event_name"));
        let own = json!({"from": 1}).as_object().unwrap().clone();
        assert!(
            ask(EventQuery { event_name: "a".into(), query: own, ..EventQuery::default() }).contains("from")
        );
        let typo = json!({"event_propertys": []}).as_object().unwrap().clone();
        let error = ask(EventQuery { event_name: "a".into(), query: typo, ..EventQuery::default() });
        assert!(error.contains("query.event_propertys") && error.contains("event_properties"), "{error}");
        let instant = Period { start: Some("2026-03-01T12:00:00Z".into()), end: None };
        assert!(
            ask(EventQuery { event_name: "a".into(), occurred: instant, ..EventQuery::default() })
                .contains("timezone")
        );
    }
}
