//! People: creating and changing them, deleting them, their subscriptions and devices.

mod deletion;
mod operators;
mod record;
mod subscription;
mod token;

pub use deletion::Deletion;
pub(super) use deletion::named;
pub use record::Upsert;
pub use subscription::{Subscription, Subscriptions};
pub use token::Tokens;
