//! Generated data: the same seed and day give the same accounts.

mod campaigns;

pub(crate) use campaigns::campaigns;
