//! Segments: making and reading them, and their members.

mod create;
mod list;
mod member;
mod upload_url;

pub use create::{Member, NewSegment, create};
pub use list::{get, list};
pub use member::{Change, Members};
