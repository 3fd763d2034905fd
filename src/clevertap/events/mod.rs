//! What people did: sending events, and getting them back.

mod record;

pub use record::{Ingest, Nested};
