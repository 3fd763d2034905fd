//! Segments: their members.

mod member;

pub use member::{Change, Members};
