//! What the guest needs.

use marketing_automation_host::Service;

use crate::row::Row;

/// The most linear memory that any request of a service has had.
pub(crate) fn row(what: &str, service: &Service) -> Row {
    Row::new(format!("guest memory, {what}"), service.peak_memory_bytes() as f64, "bytes")
        .note("the most that any of its requests had")
}
