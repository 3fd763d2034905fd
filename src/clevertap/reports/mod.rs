//! Reports: metrics of campaigns as totals or time series.

pub mod events;
pub mod query;
pub mod rates;
pub mod result;
pub mod series;
pub mod shape;

#[cfg(test)]
mod tests;

pub use query::{ReportQuery, query};
