//! What people did: sending events, and getting them back.

mod map;
mod query;
mod record;

pub use query::{Contacts, EventQuery, Events, export, people};
pub use record::{Ingest, Nested};
