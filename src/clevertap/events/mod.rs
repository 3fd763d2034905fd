//! What people did: sending events, and getting them back.

mod map;
mod query;
mod record;

pub use query::{Contacts, EventQuery, Events, check_filters, export, people};
pub use record::{Ingest, Nested};

/// Reads anything as an event, for the fuzz targets.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn read_any(value: &serde_json::Value) {
    let zone = crate::clevertap::time::Zone::named("Europe/Berlin");
    let mapping = map::Mapping { name: "Charged".to_owned(), zone, include_remote: true };
    mapping.event(value, &mut Vec::new());
}

/// An event with nothing in it.
#[cfg(test)]
pub(super) fn any() -> crate::model::event::Event {
    let mapping = map::Mapping { name: String::new(), zone: None, include_remote: false };
    mapping.event(&serde_json::Value::Null, &mut Vec::new())
}
