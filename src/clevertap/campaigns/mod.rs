//! Campaigns: list, get, create, estimate, stop, trigger.

pub mod get;
pub mod id;
pub mod list;
pub mod map;
pub mod period;
pub mod row;
pub mod source;
pub mod walk;
pub mod window;
pub mod write;

#[cfg(test)]
mod tests;

use crate::model::campaign::spelled;

pub use get::get;
pub use id::CampaignId;
pub use list::{CampaignQuery, list};
pub use period::Period;
pub(super) use write::check_triggered;
pub use write::{Created, Estimate, Recipients, Triggered, create, estimate, stop, trigger};

spelled! {
    /// Which campaigns are listed.
    Source {
        All = "all",
        /// Those of `targets/list.json` (made through the API): fast, without numbers.
        Api = "api",
        /// Those that only the message report knows.
        Dashboard = "dashboard",
    }
}
