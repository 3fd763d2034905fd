//! Dashboard campaigns set off for known people with data of the caller's ([DOC] S:exttrigger): one by version 1
//! of CleverTap's call, two to five by version 2.

use serde_json::{Map, Value, json};

use super::recipient::{recipient, to};
use crate::clevertap::bulk::{Kind, Ready};
use crate::clevertap::campaigns::check_triggered;
use crate::clevertap::operation::{self, Operation};
use crate::model::{Error, Failure};

/// What is set off, but for whom.
#[derive(Debug)]
pub struct Trigger {
    operation: &'static Operation,
    message: Map<String, Value>,
}

impl Trigger {
    /// # Errors
    /// [`Error::Invalid`] for ids that cannot be ids, more than five of them, and data that is no object.
    pub fn new(campaign_ids: &[String], data: Option<Value>) -> Result<Self, Error> {
        let mut failures = Vec::new();
        let ids = check_triggered(campaign_ids, &mut failures);
        if data.as_ref().is_some_and(|data| !data.is_object()) {
            failures.push(Failure::new("data", "must be an object: placeholder names and their values"));
        }
        if !failures.is_empty() {
            return Err(Error::Invalid(failures));
        }
        let mut message = Map::new();
        let operation = match ids.as_slice() {
            [only] => {
                message.insert("campaign_id".to_owned(), json!(only));
                &operation::SEND_EXTERNAL_TRIGGER
            }
            several => {
                message.insert("campaign_id_list".to_owned(), json!(several));
                &operation::SEND_EXTERNAL_TRIGGERS
            }
        };
        message.extend(data.map(|data| ("ExternalTrigger".to_owned(), data)));
        Ok(Self { operation, message })
    }
}

impl Kind for Trigger {
    fn operation(&self) -> &'static Operation {
        self.operation
    }

    fn most(&self) -> usize {
        1000
    }

    fn prepare(&self, record: Value, _: i64) -> Result<Ready, Vec<Failure>> {
        recipient(record, 3)
    }

    fn body(&self, records: &[(&'static str, String)]) -> String {
        let to = to(records, &["identity", "email", "objectId"]);
        let rest = Value::Object(self.message.clone()).to_string();
        format!("{{\"to\":{to},{}", rest.get(1..).unwrap_or("}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_campaign_and_several() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let one = Trigger::new(&ids(&["msg-20260101-7"]), Some(json!({"amount": "9.90"}))).unwrap();
        assert_eq!(one.operation().name, "send.external_trigger");
        let records = [("id", "\"u\"".to_owned()), ("email", "\"a@example.com\"".to_owned())];
        assert_eq!(
            serde_json::from_str::<Value>(&one.body(&records)).unwrap(),
            json!({
                "to": {"identity": ["u"], "email": ["a@example.com"]}, "campaign_id": "7",
                "ExternalTrigger": {"amount": "9.90"},
            })
        );
        let two = Trigger::new(&ids(&["7", "8"]), None).unwrap();
        assert_eq!(two.operation().name, "send.external_triggers");
        assert!(two.body(&records).contains(r#""campaign_id_list":["7","8"]"#));
        assert!(one.prepare(json!({"google_id": "g"}), 0).is_err(), "not known of triggers");
        for (bad, data) in
            [(ids(&[]), None), (ids(&["1", "2", "3", "4", "5", "6"]), None), (ids(&["7"]), Some(json!(1)))]
        {
            assert!(Trigger::new(&bad, data).is_err());
        }
    }
}
