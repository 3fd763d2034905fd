//! One person ([DOC] S:profiles). How CleverTap says that there is nobody is not documented: no record, an empty
//! one, 404, and "not found" in its words are all the same here.

use serde_json::Value;

use super::map::contact;
use crate::clevertap::client::{Call, Session};
use crate::clevertap::operation;
use crate::model::Error;
use crate::model::contact::Contact;
use crate::transport::Host;

/// How a person is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Identity(String),
    Email(String),
    ObjectId(String),
}

impl Key {
    const fn parts(&self) -> (&'static str, &String) {
        match self {
            Self::Identity(value) => ("identity", value),
            Self::Email(value) => ("email", value),
            Self::ObjectId(value) => ("objectId", value),
        }
    }
}

/// A person.
///
/// # Errors
/// [`Error::NotFound`] whichever way CleverTap says it; the name is not repeated, as it may be an address.
pub async fn get<H: Host>(
    session: &Session<'_, H>,
    key: &Key,
    include_remote: bool,
) -> Result<Contact, Error> {
    let (name, value) = key.parts();
    if value.is_empty() {
        return Err(Error::invalid("id", "must not be empty"));
    }
    let nobody = || Error::NotFound { what: format!("contact with this {name}") };
    let call = Call::default().query(name, value);
    let answer = match session.done(&operation::PROFILE_GET, call).await {
        Ok(answer) => answer,
        Err(Error::NotFound { .. }) => return Err(nobody()),
        Err(Error::Refused(refusal)) if says_nobody(&refusal.message) => return Err(nobody()),
        Err(error) => return Err(error),
    };
    match answer.get("record") {
        Some(record @ Value::Object(fields)) if !fields.is_empty() => Ok(contact(record, include_remote)),
        _ => Err(nobody()),
    }
}

fn says_nobody(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["not found", "not exist", "no such", "no profile", "no user", "unknown user"]
        .iter()
        .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clevertap::client::Trace;
    use crate::testing::{FakeHost, Reply, account};

    fn ask(key: &Key, reply: Reply) -> (Result<Contact, Error>, String) {
        let host = FakeHost::scripted([reply]);
        let account = account();
        let session = Session::open(&host, &account, Trace::default());
        let answer = host.run(get(&session, key, true));
        let target = host.sent()[0].target.clone();
        (answer, target)
    }

    #[test]
    fn names_are_encoded() {
        let found = || Reply::json(200, &json!({"status": "success", "record": {"identity": "x"}}));
        for (key, target) in [
            (Key::Identity("+14155550123".to_owned()), "/1/profile.json?identity=%2B14155550123"),
            (Key::Email("a+b&c@example.com".to_owned()), "/1/profile.json?email=a%2Bb%26c%40example.com"),
            (Key::ObjectId("-1a/b".to_owned()), "/1/profile.json?objectId=-1a%2Fb"),
        ] {
            let (answer, sent) = ask(&key, found());
            assert_eq!((answer.unwrap().id.as_str(), sent.as_str()), ("x", target));
        }
    }

    #[test]
    fn nobody_in_every_form() {
        for reply in [
            Reply::json(200, &json!({"status": "success", "record": null})),
            Reply::json(200, &json!({"status": "success"})),
            Reply::json(200, &json!({"status": "success", "record": {}})),
            Reply::json(404, &json!({"status": "fail", "error": "Profile not found", "code": 404})),
            Reply::text(404, ""),
            Reply::json(200, &json!({"status": "fail", "error": "User does not exist", "code": 400})),
            Reply::json(400, &json!({"status": "fail", "error": "Profile not found"})),
        ] {
            let (answer, _) = ask(&Key::Email("who@example.com".to_owned()), reply);
            let error = answer.unwrap_err();
            assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
            assert!(!error.to_string().contains("who@"), "{error}");
        }
        let refused = Reply::json(400, &json!({"status": "fail", "error": "Malformed request", "code": 400}));
        assert!(matches!(ask(&Key::Identity("x".to_owned()), refused).0, Err(Error::Refused(_))));
    }
}
