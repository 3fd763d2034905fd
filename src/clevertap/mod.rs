//! All that knows CleverTap.
//!
//! | layer | modules |
//! |---|---|
//! | who and where | [`region`], [`credentials`], [`account`] |
//! | what can be called | [`operation`] |
//! | calling it | [`client`] (a named operation), [`forward`] (any path, untouched) |
//! | its resources by name, for `/proxy` | [`proxy`] |
//! | what came back | [`classify`] |

pub mod account;
pub mod audiences;
pub mod bulk;
pub mod campaigns;
pub mod classify;
pub mod client;
pub mod contacts;
pub mod counts;
pub mod credentials;
pub mod cursor;
pub mod events;
pub mod export;
pub mod fields;
pub mod forward;
pub mod messages;
pub mod operation;
pub mod proxy;
pub mod region;
pub mod reports;
pub mod segments;
pub mod time;
