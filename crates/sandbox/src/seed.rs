//! Generated data: the same seed and day give the same accounts.

mod campaigns;
mod customers;
mod people;

pub(crate) use campaigns::campaigns;
pub(crate) use customers::customers;
pub(crate) use people::people;
