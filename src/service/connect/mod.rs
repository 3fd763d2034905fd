//! The connect page: where a vendor's customer enters the credentials of a CleverTap project.
//!
//! | module | what |
//! |---|---|
//! | `page` | what every page has around it |
//! | `form`, `ending` | the pages, each from a typed view; no text leaves its place |
//! | `entry` | what the form sends |
//! | `explain` | why it did not work, in words for the person at the form |
//! | `onward` | how the result gets back to the vendor |
//! | `csrf` | that the form that comes back is one that was given out, to the same browser |
//! | `headers` | what browsers may do with the pages |
//! | `assets` | style, script and types |
//!
//! Everything works without JavaScript. The passcode is on its way to CleverTap only: no page repeats it, no
//! address, header or log line has it.

pub(super) mod assets;
pub(super) mod csrf;
pub(super) mod ending;
pub(super) mod entry;
pub(super) mod explain;
pub(super) mod form;
pub(super) mod headers;
pub(super) mod onward;
mod page;

#[cfg(test)]
mod tests;
