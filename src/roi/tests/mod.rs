//! What the tests of this module share.

mod figures;
mod input;
mod properties;

use serde_json::{Value, json};
use time::macros::date;

use super::amount::Amount;
use super::compare::{Block, Line};
use super::period::Calendar;
use super::record::Problems;
use super::*;
use crate::model::{Failure, Granularity, RowStatus};

const TOTAL: Calendar = Calendar { granularity: Granularity::Total, first: None, end: None };

/// A report that was read to its end.
const WHOLE: Reach = Reach { complete: true, end: None };

fn calendar(granularity: Granularity) -> Calendar {
    Calendar { granularity, first: Some(date!(2026 - 02 - 01)), end: Some(date!(2026 - 04 - 01)) }
}

fn read(rows: &[Value], calendar: Calendar, currency: Option<&str>) -> Result<Vec<Row>, Vec<Failure>> {
    let (mut reader, mut problems) = (Rows::new(calendar, currency), Problems::default());
    let mut add = |place, row, problems: &mut Problems| reader.add(place, row, problems);
    table::ROWS.read(Some(rows.into()), None, &mut problems, &mut add);
    problems.finish().map(|()| reader.finish())
}

fn read_csv(text: &str) -> Result<Vec<Row>, Vec<Failure>> {
    let (mut reader, mut problems) = (Rows::new(TOTAL, None), Problems::default());
    let mut add = |place, row, problems: &mut Problems| reader.add(place, row, problems);
    table::ROWS.read(None, Some(text), &mut problems, &mut add);
    problems.finish().map(|()| reader.finish())
}

fn given(parts: &Value, calendar: Calendar) -> Result<Given, Vec<Failure>> {
    let mut problems = Problems::default();
    let mut given = Given { currency: parts["currency"].as_str().map(str::to_owned), ..Given::default() };
    for (name, part) in parts.as_object().unwrap() {
        match name.as_str() {
            "message_costs" => given.read_costs(part.clone(), &mut problems),
            "results" => {
                let mut reader = results::Reader::new(calendar, parts["currency"].as_str());
                let mut add = |place, row, problems: &mut Problems| reader.add(place, row, problems);
                table::RESULTS.read(Some(part.clone()), None, &mut problems, &mut add);
                given.results = reader.finish();
            }
            "estimate" => given.read_estimate(part.clone(), &mut problems),
            _ => {}
        }
    }
    problems.finish().map(|()| given)
}

fn measured(id: &str, channel: &'static str, sent: u64, impressions: Option<u64>, clicks: u64) -> Measured {
    Measured {
        campaign_id: format!("msg-20260215-{id}"),
        remote_id: id.to_owned(),
        name: Some(format!("Campaign {id}")),
        channel: Some(channel),
        bucket: None,
        sent: Some(sent),
        impressions,
        clicks: Some(clicks),
        conversions: None,
        value: None,
        currency: None,
        status: RowStatus::Ready,
    }
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// The figures of a line by name; null for none.
fn figures(line: &Line) -> Value {
    serde_json::to_value(line).unwrap()
}

fn of_channel<'b>(block: &'b Block, channel: &str) -> &'b Line {
    block.channels.iter().find(|line| line.heading.channel == Some(Some(channel.to_owned()))).unwrap()
}

fn fields(failures: &[Failure]) -> Vec<&str> {
    failures.iter().map(|failure| failure.field.as_str()).collect()
}
