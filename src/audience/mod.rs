//! People as audiences of advertising networks, and as files: pure, without a call to anybody.
//!
//! What is made here is sent by the caller: this component contacts no network of anybody's but the provider's.
//!
//! | module | what |
//! |---|---|
//! | `field`, `person` | what is known of a person, from a contact or from a row of the caller's |
//! | `meta`, `google`, `plain` | the columns of each destination, each a table |
//! | `normal`, `reach`, `places` | the rules that those tables name |
//! | `column` | a value on its way out: absent, hashed already, normalised, dropped |
//! | `differences` | where Meta and Google differ |
//! | `order` | what is ordered, and the row of a person |
//! | `options` | what only one destination wants to know besides |
//! | `batch` | payloads, written as rows come |
//! | `counts` | what became of everybody |

mod batch;
mod column;
mod counts;
mod differences;
mod field;
mod google;
mod meta;
mod normal;
mod options;
mod order;
mod person;
mod places;
mod plain;
mod reach;

#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use column::{Column, Form};
pub use counts::Counts;
pub use differences::{DIFFERENCES, Difference};
pub use field::{Field, Reason, Skip};
pub use options::{Consent, Google, Setting};
pub use order::{Destination, Operation, Order, Row};
pub use person::{Mapping, Person};
