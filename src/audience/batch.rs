//! Payloads, written as rows come: at no time is more of one in memory than what has not been handed on.
//!
//! | destination | before the rows | between | after them |
//! |---|---|---|---|
//! | `meta_api` | `{"payload":{"schema":…,"is_raw":true,"data":[` | `,` | `]},"session":{…}}`, as only then it is known whether the batch is the last |
//! | `google_data_manager` | `{"destinations":…,"encoding":"HEX",…,"audienceMembers":[` | `,` | `]}` |
//! | CSV | a line of headers | | |
//! | `ndjson` | | | |

use serde_json::{Map, Value, json};

use super::order::{Destination, Order, Row};
use super::{google, meta, plain};

/// One payload on its way.
#[derive(Debug)]
pub struct Batch {
    /// From 1 on, over all pages of an export.
    pub number: u64,
    pub rows: u64,
}

impl Batch {
    /// Begins a payload.
    pub fn open(order: &Order, number: u64, out: &mut Vec<u8>) -> Self {
        match order.destination {
            Destination::MetaApi => {
                let mut schema: Vec<&str> = order.columns.iter().map(|column| column.key).collect();
                if order.limited_data_use {
                    schema.push("DATA_PROCESSING_OPTIONS");
                }
                let schema = json!(schema);
                out.extend(format!(r#"{{"payload":{{"schema":{schema},"is_raw":true,"data":["#).bytes());
            }
            Destination::GoogleDataManager => {
                let frame = Value::Object(google::frame(order)).to_string();
                out.extend(frame.strip_suffix('}').unwrap_or_default().bytes());
                out.extend(br#","audienceMembers":["#);
            }
            Destination::MetaCsv | Destination::GoogleCsv | Destination::Csv => {
                line(order.destination, order.columns.iter().map(|column| column.key.into()), out);
            }
            Destination::Ndjson => {}
        }
        Self { number, rows: 0 }
    }

    /// Whether another row has no room.
    #[must_use]
    pub const fn is_full(&self, order: &Order) -> bool {
        match order.destination {
            Destination::MetaApi => self.rows >= meta::BATCH,
            Destination::GoogleDataManager => self.rows >= google::BATCH,
            _ => false,
        }
    }

    pub fn add(&mut self, order: &Order, row: &Row, out: &mut Vec<u8>) {
        if order.destination.is_request() && self.rows > 0 {
            out.push(b',');
        }
        match order.destination {
            Destination::MetaApi => {
                let mut values: Vec<Value> =
                    row.iter().map(|value| json!(value.as_deref().unwrap_or_default())).collect();
                if order.limited_data_use {
                    values.push(json!(["LDU"]));
                }
                out.extend(Value::Array(values).to_string().bytes());
            }
            Destination::GoogleDataManager => {
                out.extend(google::member(&order.columns, row).to_string().bytes());
            }
            Destination::MetaCsv | Destination::GoogleCsv => {
                let cells = row.iter().map(|value| value.as_deref().unwrap_or_default().into());
                line(order.destination, cells, out);
            }
            Destination::Csv => {
                let cells = row.iter().map(|value| plain::cell(value.as_deref().unwrap_or_default()));
                line(order.destination, cells, out);
            }
            Destination::Ndjson => {
                let values = order
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(column, value)| (column.key.to_owned(), json!(value)));
                out.extend(Value::Object(values.collect::<Map<_, _>>()).to_string().bytes());
                out.push(b'\n');
            }
        }
        self.rows = self.rows.saturating_add(1);
    }

    /// Ends the payload.
    pub fn close(&self, order: &Order, session_id: u64, is_last: bool, out: &mut Vec<u8>) {
        match order.destination {
            Destination::MetaApi => {
                let session = meta::Session {
                    session_id,
                    batch_seq: self.number,
                    last_batch_flag: is_last,
                    estimated_num_total: order.estimated_total,
                };
                out.extend(br#"]},"session":"#);
                // Numbers and a flag always serialise.
                out.extend(serde_json::to_vec(&session).unwrap_or_default());
                out.push(b'}');
            }
            Destination::GoogleDataManager => out.extend(b"]}"),
            Destination::MetaCsv | Destination::GoogleCsv | Destination::Csv | Destination::Ndjson => {}
        }
    }
}

/// A line of CSV, as RFC 4180 has it. Files for people are in quotes throughout: a spreadsheet that takes semicolons for
/// its commas may otherwise cut a value at them.
fn line<'a>(
    destination: Destination,
    cells: impl Iterator<Item = std::borrow::Cow<'a, str>>,
    out: &mut Vec<u8>,
) {
    let style = match destination {
        Destination::Csv => csv::QuoteStyle::Always,
        _ => csv::QuoteStyle::Necessary,
    };
    let mut writer = csv::WriterBuilder::new()
        .quote_style(style)
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1024)
        .from_writer(out);
    for cell in cells {
        // Memory takes all that is written to it.
        let _ = writer.write_field(cell.as_bytes());
    }
    let _ = writer.write_record(None::<&[u8]>);
    let _ = writer.flush();
}
