//! What the fuzz targets in `fuzz/` and a property test run: the two inputs that nobody here has written, callers'
//! records and upstream answers. Each function must return, whatever it is given.

use serde_json::{Value, json};

use crate::clevertap::bulk::{Kind, settle_any};
use crate::clevertap::classify::{Answer, classify};
use crate::clevertap::operation::OPERATIONS;
use crate::clevertap::{contacts, events, messages, segments};
use crate::model::Channel;
use crate::service;

/// Callers' NDJSON in pieces: the first byte says of which size. Every line is a record that is written as JSON
/// by each kind, or refused with a code and words.
///
/// # Panics
/// When a promise is broken.
pub fn records(data: &[u8]) {
    let Some((size, text)) = data.split_first() else { return };
    let pieces = text.chunks(usize::from(*size).saturating_add(1)).map(<[u8]>::to_vec).collect();
    for record in service::read_lines(pieces) {
        let Ok(record) = record else { continue };
        every_kind(&record);
    }
}

/// Whatever a record is, each kind writes it as JSON, or refuses it with a code and words.
///
/// # Panics
/// When a promise is broken.
pub fn every_kind(record: &Value) {
    let kinds = kinds();
    assert_eq!(kinds.len(), 10, "a kind that cannot be made");
    for kind in kinds {
        check(&*kind, record.clone());
    }
}

fn kinds() -> Vec<Box<dyn Kind>> {
    let content = Value::as_object(&json!({"body": "x"})).cloned().unwrap_or_default();
    let mut kinds: Vec<Box<dyn Kind>> = vec![
        Box::new(contacts::Upsert),
        Box::new(contacts::Tokens),
        Box::new(contacts::Deletion),
        Box::new(contacts::Subscriptions(contacts::Subscription::OptOut)),
    ];
    for nested in [events::Nested::Refuse, events::Nested::Json, events::Nested::Keep] {
        kinds.push(Box::new(events::Ingest { nested, retry_unknown: false }));
    }
    kinds.extend(messages::Send::new(Channel::Sms, content).map(|kind| Box::new(kind) as Box<dyn Kind>));
    kinds.extend(messages::Trigger::new(&["7".to_owned()], None).map(|kind| Box::new(kind) as Box<dyn Kind>));
    kinds.extend(
        segments::Members::new("7", segments::Change::Add).map(|kind| Box::new(kind) as Box<dyn Kind>),
    );
    kinds
}

fn check(kind: &dyn Kind, record: Value) {
    match kind.prepare(record, 1_772_366_400) {
        Ok(ready) => {
            assert!(serde_json::from_str::<Value>(&ready.json).is_ok(), "no JSON: {}", ready.json);
            let body = kind.body(&[(ready.slot, ready.json.clone()), (ready.slot, ready.json)]);
            let read = serde_json::from_str::<Value>(&body);
            assert!(read.is_ok_and(|body| body.is_object()), "a body that is no JSON object: {body}");
        }
        Err(failures) => {
            assert!(!failures.is_empty(), "refused without a reason");
            let told =
                |failure: &crate::model::Failure| failure.code.is_some() && !failure.message.is_empty();
            assert!(failures.iter().all(told), "refused without a code or words: {failures:?}");
        }
    }
}

/// An upstream answer: two bytes of status and length of a batch, then the body.
///
/// # Panics
/// When a promise is broken.
pub fn answers(data: &[u8]) {
    let [status, count, body @ ..] = data else { return };
    let status = u16::from(*status).saturating_mul(2).saturating_add(100);
    for operation in OPERATIONS {
        let answer = classify(operation.protocol, status, &Vec::new(), body);
        if let Ok(Answer::Done(value) | Answer::Partial(value)) = answer {
            let verdicts = settle_any(usize::from(*count), &value);
            assert_eq!(verdicts, usize::from(*count), "a record without a verdict");
            contacts::read_any(&value);
            events::read_any(&value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Bytes that look like what is expected, broken anywhere.
    fn nearly(text: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => prop::sample::select(text).prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..4),
        ];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    const RECORDS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\n",
        "\"id\":",
        "\"u1\"",
        "\"name\":",
        "\"Charged\"",
        "\"properties\":",
        "\"items\":",
        "\"custom_fields\":",
        "{\"$incr\":1}",
        "{\"$date\":\"2026-01-01\"}",
        "\"email\":",
        "\"a@example.com\"",
        "null",
        "true",
        "-1e999",
        "1772366400",
        "\"identifiers\":",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "{\"id\":\"u1\",\"name\":\"a\"}\n",
        "{\"profile_id\":7,\"name\":\"b\",\"properties\":{\"x\":1}}\r\n",
    ];
    const ANSWERS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"status\":",
        "\"success\"",
        "\"partial\"",
        "\"fail\"",
        "\"unprocessed\":",
        "\"error\":",
        "\"Skipped record number : 1\"",
        "\"code\":",
        "512",
        "\"processed\":",
        "3",
        "\"records\":",
        "\"req_id\":",
        "{\"status\":\"partial\",\"processed\":1,\"unprocessed\":[{\"error\":\"x Skipped record number : 2\",\"code\":509}]}",
    ];

    proptest! {
        #[test]
        fn records_of_any_bytes(data in nearly(RECORDS)) {
            super::records(&data);
        }

        #[test]
        fn answers_of_any_bytes(data in nearly(ANSWERS)) {
            super::answers(&data);
        }
    }
}
