//! `POST /1/upload`: profiles, events, device tokens.

mod apply;
mod check;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::visit::{Reply, Visit};

/// [DOC] S:upload, section 4.2.
const MAX_RECORDS: usize = 1000;

/// A record that is not stored, and why (section 3.3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    code: u16,
    text: String,
}

/// [REC] S:ruby, section 6.3.
pub(crate) fn upload(visit: &mut Visit<'_>) -> Reply {
    let mut body = visit.json()?;
    let Some(records) = body.get_mut("d").and_then(Value::as_array_mut) else {
        return Err(Answer::malformed());
    };
    if records.len() > MAX_RECORDS {
        let text = format!("at most {MAX_RECORDS} records a call; there are {}", records.len());
        return Err(Answer::explained(&text));
    }
    let dry = visit.request.param("dryRun").is_some_and(|value| value != "0");
    let mut processed = 0usize;
    let mut unprocessed = Vec::new();
    for (index, record) in records.iter_mut().enumerate() {
        match check::check(record, visit.variants) {
            Ok(()) => {
                processed += 1;
                if !dry {
                    apply::apply(visit, record);
                }
            }
            Err(rejection) => unprocessed.push(rejected(&rejection, index + 1, record)),
        }
    }
    Ok(answer(processed, unprocessed, visit.variants.bare_upload_failure))
}

/// `success` [OFF] S:snippets, `partial` [REC] S:ruby, `fail` [REC]; a `fail`
/// that names no record [3P] S:rudder-t, section 6.3.
fn answer(processed: usize, mut unprocessed: Vec<Value>, bare_failure: bool) -> Answer {
    let status = match (processed, unprocessed.is_empty()) {
        (_, true) => "success",
        (0, false) => "fail",
        _ => "partial",
    };
    if status == "fail" && bare_failure {
        unprocessed.clear();
    }
    Answer::ok(&json!({ "status": status, "processed": processed, "unprocessed": unprocessed }))
}

/// One entry of `unprocessed`: [REC] S:ruby. The record is echoed as far as
/// the checks had normalised it; records are counted from 1.
fn rejected(rejection: &Rejection, number: usize, record: &Value) -> Value {
    json!({
        "status": "fail",
        "code": rejection.code,
        "error": format!("{}Skipped record number : {number}", rejection.text),
        "record": record,
    })
}
