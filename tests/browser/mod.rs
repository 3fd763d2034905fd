//! What people see, in Chromium.

mod axe;
mod comparison;
mod connect;
mod dashboard;
mod harness;
mod house;
mod pickers;
mod refusals;
mod states;
mod visit;

// Run on each build of the service.
pub(crate) use connect::{a_pop_up_resolves_the_vendors_promise, refused_corrected_and_linked};
pub(crate) use dashboard::numbers_are_clevertaps_and_the_token_is_left_nowhere;
