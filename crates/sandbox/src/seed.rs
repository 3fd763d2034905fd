//! Generated data: the same seed and day give the same accounts.

mod campaigns;
mod people;

pub(crate) use campaigns::campaigns;
pub(crate) use people::people;
