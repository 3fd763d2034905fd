//! The unified records: what every provider's data looks like once it is here.
//!
//! This module knows nobody. Every field except ids is nullable, and null means that the provider did not
//! say; it is never zero. Enums carry the provider's own word beside the normal form (`status` and
//! `status_remote`). JSON names are Truto's where Truto has one.

pub mod campaign;
pub mod contact;
pub mod error;
pub mod event;
pub mod page;
pub mod report;
pub mod segment;
pub mod write;

pub use campaign::{Campaign, Channel, CreatedVia, DeliveryType, Status};
pub use error::{Error, Failure};
pub use page::{Page, Warning};
pub use report::{Basis, Counts, Granularity, Rates, ReportRow, RowStatus, Window};
pub use write::{Outcome, Totals, Written};
