//! People: creating and changing them, deleting them, their subscriptions and devices.

mod deletion;
mod get;
mod map;
mod operators;
mod record;
mod subscription;
mod token;

pub use deletion::Deletion;
pub(super) use deletion::named;
pub use get::{Key, get};
pub(super) use map::{contact, dated, text};
pub use record::Upsert;
pub use subscription::{Subscription, Subscriptions};
pub use token::Tokens;

/// Reads anything as a person, for the fuzz targets.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn read_any(value: &serde_json::Value) {
    contact(value, true);
}
