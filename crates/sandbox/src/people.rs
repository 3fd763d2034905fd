//! All users of an account and everything that they did.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::{local, packed_second};
use crate::person::{Device, Person};

/// An identifier: its kind and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Identity(String),
    Email(String),
    Device(String),
    Facebook(String),
    Google(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// Epoch seconds.
    pub(crate) at: i64,
    /// `yyyyMMddHHmmss` in the project's zone.
    pub(crate) local: i64,
    /// An index into `persons`.
    pub(crate) person: usize,
    pub(crate) object_id: Option<String>,
    pub(crate) props: Map<String, Value>,
    pub(crate) session: Map<String, Value>,
    pub(crate) uploaded: bool,
}

/// What the sandbox knows of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventTruth {
    /// Its name.
    pub name: String,
    /// Epoch seconds.
    pub ts: i64,
    /// The user's first identity.
    pub identity: Option<String>,
    /// Its properties.
    pub properties: Map<String, Value>,
    /// Whether a client uploaded it; otherwise it was generated.
    pub uploaded: bool,
}

/// What the sandbox knows of a user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonTruth {
    /// The first, which exports name; none for a device alone.
    pub identity: Option<String>,
    /// As it was written.
    pub email: Option<String>,
    /// Digits with the country's code.
    pub phone: Option<i64>,
    /// As it was written.
    pub name: Option<String>,
    /// All other properties.
    pub properties: Map<String, Value>,
}

#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) persons: Vec<Person>,
    pub(crate) events: Vec<Event>,
    index: BTreeMap<Id, usize>,
    names: BTreeSet<String>,
}

impl People {
    pub(crate) fn find(&self, id: &Id) -> Option<usize> {
        let index = *self.index.get(&id.folded())?;
        self.persons.get(index).filter(|person| !person.deleted).map(|_| index)
    }

    pub(crate) fn get(&self, id: &Id) -> Option<&Person> {
        self.find(id).and_then(|index| self.persons.get(index))
    }

    /// An unknown identifier makes a new user ([DOC] S:upload, section 6.1).
    pub(crate) fn find_or_add(&mut self, id: &Id) -> usize {
        if let Some(index) = self.find(id) {
            return index;
        }
        let index = self.persons.len();
        self.persons.push(Person::default());
        self.attach(index, id);
        index
    }

    /// Gives a user one more identifier.
    pub(crate) fn attach(&mut self, index: usize, id: &Id) {
        let Some(person) = self.persons.get_mut(index) else { return };
        match id {
            Id::Identity(identity) if !person.identities.contains(identity) => {
                person.identities.push(identity.clone());
            }
            Id::Email(email) => person.email = Some(email.clone()),
            Id::Device(object_id) if person.devices.iter().all(|device| &device.object_id != object_id) => {
                let platform = "Android";
                person.devices.push(Device { object_id: object_id.clone(), platform, ..Device::default() });
            }
            _ => {}
        }
        self.index.insert(id.folded(), index);
    }

    pub(crate) fn add(&mut self, person: Person) -> usize {
        let index = self.persons.len();
        let identities = person.identities.iter().cloned().map(Id::Identity);
        let emails = person.email.iter().cloned().map(Id::Email);
        let devices = person.devices.iter().map(|device| Id::Device(device.object_id.clone()));
        let ids: Vec<_> = identities.chain(emails).chain(devices).collect();
        self.index.extend(ids.into_iter().map(|id| (id.folded(), index)));
        self.persons.push(person);
        index
    }

    pub(crate) fn delete(&mut self, index: usize) {
        if let Some(person) = self.persons.get_mut(index) {
            person.deleted = true;
        }
        self.index.retain(|_, at| *at != index);
    }

    pub(crate) fn record(&mut self, mut event: Event, zone: &TimeZone) {
        event.local = local(event.at, zone).map_or(0, packed_second);
        if let Some(person) = self.persons.get_mut(event.person) {
            person.saw(&event.name, event.at);
        }
        if !self.names.contains(&event.name) {
            self.names.insert(event.name.clone());
        }
        self.events.push(event);
    }

    /// Whether an event of this exact name was ever seen.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn living(&self) -> usize {
        self.persons.iter().filter(|person| !person.deleted).count()
    }

    pub(crate) fn people_of(&self, event: &str) -> Vec<PersonTruth> {
        let did = self.persons.iter().filter(|person| !person.deleted && person.seen.contains_key(event));
        did.map(|person| PersonTruth {
            identity: person.identities.first().cloned(),
            email: person.email.clone(),
            phone: person.phone,
            name: person.name.clone(),
            properties: person.data.clone(),
        })
        .collect()
    }

    pub(crate) fn truth(&self) -> Vec<EventTruth> {
        self.events
            .iter()
            .map(|event| EventTruth {
                name: event.name.clone(),
                ts: event.at,
                identity: self
                    .persons
                    .get(event.person)
                    .and_then(|person| person.identities.first().cloned()),
                properties: event.props.clone(),
                uploaded: event.uploaded,
            })
            .collect()
    }
}

impl Id {
    /// E-mail addresses are compared without regard to case.
    fn folded(&self) -> Id {
        match self {
            Id::Email(email) => Id::Email(email.to_lowercase()),
            other => other.clone(),
        }
    }

    /// `identity`, `FBID`, `GPID` or `objectId` of an upload record.
    pub(crate) fn of_record(record: &Value) -> Option<Id> {
        let text = |key: &str| match &record[key] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        text("identity")
            .map(Id::Identity)
            .or_else(|| text("FBID").map(Id::Facebook))
            .or_else(|| text("GPID").map(Id::Google))
            .or_else(|| text("objectId").map(Id::Device))
    }
}
