//! Messages to people that CleverTap knows: content sent now, or dashboard campaigns set off.

mod recipient;
mod send;
mod trigger;

pub use send::Send;
pub use trigger::Trigger;
