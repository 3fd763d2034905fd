//! Members of segments that were made through the API (private beta, [DOC] S:updateseg): up to 100 in a call.
//!
//! | segment | sent as |
//! |---|---|
//! | digits | `ct_segment_id` |
//! | `customer:` and anything | `customer_segment_id`, without that prefix |
//! | anything else | `customer_segment_id` |
//!
//! A record is a person by `"user-1"`, `{"id": …}` or `{"object_id": …}`. Each change raises CleverTap's event
//! "Segment Membership Change", so a change whose answer was lost is not sent again.

use serde_json::{Value, json};

use crate::clevertap::bulk::{Kind, Ready};
use crate::clevertap::contacts::named;
use crate::clevertap::operation::{self, Operation};
use crate::model::{Error, Failure};

/// Before the caller's own id of a segment, where it could be taken for CleverTap's.
pub(super) const CUSTOMER: &str = "customer:";

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Add,
    Remove,
}

/// Puts people into a segment, or takes them out of it.
#[derive(Debug)]
pub struct Members {
    segment: Value,
}

impl Members {
    /// # Errors
    /// [`Error::Invalid`] for an empty segment id.
    pub fn new(segment: &str, change: Change) -> Result<Self, Error> {
        if segment.trim().is_empty() {
            return Err(Error::invalid("id", "must be a segment's id"));
        }
        let action = match change {
            Change::Add => "ADD",
            Change::Remove => "REMOVE",
        };
        let digits = segment.bytes().all(|byte| byte.is_ascii_digit());
        let segment = match (segment.strip_prefix(CUSTOMER), segment.parse::<u64>()) {
            (Some(own), _) => json!({"action": action, "customer_segment_id": own}),
            (None, Ok(number)) if digits => json!({"action": action, "ct_segment_id": number}),
            (None, _) => json!({"action": action, "customer_segment_id": segment}),
        };
        Ok(Self { segment })
    }
}

impl Kind for Members {
    fn operation(&self) -> &'static Operation {
        &operation::SEGMENTS_UPDATE
    }

    fn most(&self) -> usize {
        100
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        let (slot, name) = named(record, "a member")?;
        let json = Value::from(name.as_str()).to_string();
        Ok(Ready { id: Some(name), key: None, json, slot, safe: false, warnings: Vec::new() })
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        let people: Vec<String> =
            records.iter().map(|(slot, json)| format!("{{\"{slot}\":{json}}}")).collect();
        format!(
            "{{\"bulk_profiles\":[{{\"user_profiles\":[{}],\"segments\":[{}]}}]}}",
            people.join(","),
            self.segment
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_either_kind_of_segment() {
        let records = [("identity", "\"a\"".to_owned()), ("guid", "\"o\"".to_owned())];
        for (segment, change, expected) in [
            ("77", Change::Add, json!({"action": "ADD", "ct_segment_id": 77})),
            ("customer:77", Change::Add, json!({"action": "ADD", "customer_segment_id": "77"})),
            ("+7", Change::Add, json!({"action": "ADD", "customer_segment_id": "+7"})),
            ("vip", Change::Remove, json!({"action": "REMOVE", "customer_segment_id": "vip"})),
        ] {
            let members = Members::new(segment, change).unwrap();
            assert_eq!(
                serde_json::from_str::<Value>(&members.body(&records)).unwrap(),
                json!({"bulk_profiles": [{"user_profiles": [{"identity": "a"}, {"guid": "o"}], "segments": [expected]}]})
            );
        }
        assert!(Members::new(" ", Change::Add).is_err());
    }
}
