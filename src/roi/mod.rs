//! Return on investment across channels: CleverTap's rows beside the caller's, pure arithmetic.
//!
//! | file | what |
//! |---|---|
//! | `amount` | exact decimals, and how they are rounded where they are divided |
//! | `period` | the caller's periods as buckets |
//! | `row` | one row of either side: a key, five metrics, and why one is missing |
//! | `record` | one object of the caller's, read field by field |
//! | `rows` | the caller's rows of other channels |
//! | `results` | what CleverTap's campaigns brought, by the caller |
//! | `table` | either of these from a list or from CSV |
//! | `given` | what else the caller knows of CleverTap's campaigns: costs, rates |
//! | `reported` | rows of the report that the caller read before |
//! | `join` | CleverTap's numbers with what the caller knows of them, as rows |
//! | `compare` | sums, ratios and shares, a block for each currency |
//!
//! | figure | is | null when |
//! |---|---|---|
//! | `cpa`, cost per conversion | spend ÷ conversions | either is not known, or the divisor is zero |
//! | `cpc` | spend ÷ clicks | the same |
//! | `cpm` | spend ÷ impressions × 1000 | the same |
//! | `roas` | value ÷ spend | the same |
//! | `roi` | (value − spend) ÷ spend | the same |
//! | `share_of_spend`, `share_of_conversions` | of the block's total | some row of the block lacks it, the total is zero, or the report was not read to its end |
//!
//! A sum adds up the rows that have the metric; `missing` says how many have it not. A ratio of sums is null unless
//! both of its sides come from the same rows: a cost of five rows over the conversions of three would pass for a
//! cost per conversion. Every null has its reason.
//!
//! No conversion is attributed to anything here: conversions and value are what the caller or CleverTap says they
//! are, or an estimate at rates of the caller's, which is labelled.

pub mod amount;
pub mod compare;
pub mod given;
pub mod join;
pub mod period;
pub mod record;
pub mod reported;
pub mod results;
pub mod row;
pub mod rows;
pub mod table;

#[cfg(test)]
mod tests;

pub use compare::{Block, compare};
pub use given::Given;
pub use join::{Measured, Reach, join};
pub use row::Row;
pub use rows::Rows;
