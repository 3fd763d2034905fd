//! Making segments.
//!
//! | kind | how | source |
//! |---|---|---|
//! | custom list | a URL is asked for, a CSV (`Type,Identity`) is put there, CleverTap is told; it reads the file later, and reports what is wrong in it by e-mail to an administrator | [DOC], [3P] S:rudder-s, section 15.1 |
//! | API segment | one call; members are added afterwards (private beta) | [DOC] S:createseg |
//!
//! A list is held in memory as CSV, up to 8 MiB. Telling CleverTap is never done twice: when its answer is lost,
//! the segment is in doubt.

use serde_json::{Value, json};

use super::member::CUSTOMER;
use super::upload_url::{Put, check, put};
use crate::clevertap::client::{Call, Session};
use crate::clevertap::contacts::text;
use crate::clevertap::operation;
use crate::model::error::Refusal;
use crate::model::segment::Segment;
use crate::model::{Error, Failure};
use crate::transport::Host;

/// The most that a list may have as CSV.
const MOST_BYTES: usize = 8 << 20;

/// Somebody in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    Identity(String),
    ObjectId(String),
}

/// A segment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewSegment {
    CustomList {
        name: String,
        members: Vec<Member>,
        /// Of an administrator of the project: CleverTap writes there.
        creator_email: String,
        /// A list of this name is replaced; without, it is an error.
        replace: bool,
    },
    Api {
        name: String,
        customer_segment_id: String,
    },
}

/// Makes a segment.
///
/// # Errors
/// [`Error::Invalid`] with every field that cannot be used; [`Error::Unsupported`] for an upload host that is not
/// allowed; [`Error::InDoubt`] when the answer to the last step was lost.
pub async fn create<H: Host>(session: &Session<'_, H>, segment: &NewSegment) -> Result<Segment, Error> {
    match segment {
        NewSegment::CustomList { name, members, creator_email, replace } => {
            let csv = check_list(name, members, creator_email)?;
            let csv: std::rc::Rc<[u8]> = csv.into_bytes().into();
            let mut url = upload_url(session).await?;
            let checked = check(&url, session.account)?;
            if put(session, &checked, &csv).await? == Put::Expired {
                // It may have expired on the way; a second time it has not.
                url = upload_url(session).await?;
                let checked = check(&url, session.account)?;
                if put(session, &checked, &csv).await? == Put::Expired {
                    return Err(Error::Refused(Refusal {
                        status: 403,
                        code: None,
                        message: "the storage refuses CleverTap's upload URL, also a new one".to_owned(),
                        body: Value::Null,
                    }));
                }
            }
            let body = json!({
                "name": name, "email": creator_email, "creator": creator_email, "filename": "members.csv",
                "url": url, "replace": replace,
            });
            let mut answer = session
                .done(&operation::CUSTOM_LISTS_COMPLETE, Call::with(body))
                .await
                .map_err(|error| completion(without_url(error, &url)))?;
            clean(&mut answer, &url);
            let size = u64::try_from(members.len()).ok();
            Ok(made(answer, name, "custom_list", size))
        }
        NewSegment::Api { name, customer_segment_id } => {
            let mut failures = Vec::new();
            for (field, value) in [("name", name), ("customer_segment_id", customer_segment_id)] {
                if value.trim().is_empty() {
                    failures.push(Failure::new(field, "is required, and not empty"));
                }
            }
            if !failures.is_empty() {
                return Err(Error::Invalid(failures));
            }
            let body = json!([{"segment_name": name, "customer_segment_id": customer_segment_id}]);
            let answer = session.done(&operation::SEGMENTS_CREATE, Call::with(body)).await?;
            let mut segment = made(answer, name, "api", None);
            if segment.id.is_empty() {
                segment.id = format!("{CUSTOMER}{customer_segment_id}");
            }
            Ok(segment)
        }
    }
}

/// The list as CSV.
fn check_list(name: &str, members: &[Member], email: &str) -> Result<String, Error> {
    let mut failures = Vec::new();
    if name.trim().is_empty() {
        failures.push(Failure::new("name", "is required, and not empty"));
    }
    if !crate::clevertap::bulk::check::is_email(email) {
        failures.push(Failure::new(
            "creator_email",
            "is required: the e-mail address of an administrator of the CleverTap project, where CleverTap reports what \
             became of the list",
        ));
    }
    if members.is_empty() {
        failures.push(Failure::new("identities", "a list needs at least one of identities and object_ids"));
    }
    let mut csv = "Type,Identity\n".to_owned();
    let (mut identities, mut object_ids) = (0usize, 0usize);
    for member in members {
        let (kind, id, field, place) = match member {
            Member::Identity(id) => ('i', id, "identities", &mut identities),
            Member::ObjectId(id) => ('g', id, "object_ids", &mut object_ids),
        };
        if id.trim().is_empty() && failures.len() < 20 {
            failures.push(Failure::new(format!("{field}[{place}]"), "is empty"));
        }
        *place = place.saturating_add(1);
        csv.push(kind);
        csv.push(',');
        quote(id, &mut csv);
        csv.push('\n');
        if csv.len() > MOST_BYTES {
            failures.push(Failure::new(
                "identities",
                format!("has more than {MOST_BYTES} bytes as CSV, the most that one call holds: make several lists"),
            ));
            break;
        }
    }
    if failures.is_empty() { Ok(csv) } else { Err(Error::Invalid(failures)) }
}

/// A CSV field ([RFC 4180]): quoted where it has to be.
///
/// [RFC 4180]: https://www.rfc-editor.org/rfc/rfc4180
fn quote(field: &str, csv: &mut String) {
    if field.contains([',', '"', '\n', '\r']) {
        csv.push('"');
        csv.push_str(&field.replace('"', "\"\""));
        csv.push('"');
    } else {
        csv.push_str(field);
    }
}

async fn upload_url<H: Host>(session: &Session<'_, H>) -> Result<String, Error> {
    let answer = session.done(&operation::CUSTOM_LISTS_UPLOAD_URL, Call::default()).await.map_err(bare)?;
    let url = answer.get("presignedS3URL").and_then(Value::as_str);
    url.map(str::to_owned).ok_or_else(|| Error::Undecodable {
        what: "the request for an upload URL (there is none in it)".to_owned(),
        body: String::new(),
    })
}

/// CleverTap's refusals of the last step, with what to do ([3P] S:rudder-s, S:accio).
fn completion(error: Error) -> Error {
    let Error::Refused(mut refusal) = error else { return error };
    let words = refusal.message.to_ascii_lowercase();
    if words.contains("admin") {
        refusal.message.push_str(": creator_email must be that of an administrator of the project");
    } else if words.contains("duplicate_name") {
        refusal.message.push_str(": a list has this name; replace: true puts the new members in its place");
    }
    Error::Refused(refusal)
}

/// An error without the answer that it is about: that may hold a URL which was on its way.
fn bare(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => {
            let message =
                if refusal.message.contains("://") { "it did not say why" } else { &refusal.message };
            Error::Refused(Refusal { message: message.to_owned(), body: Value::Null, ..refusal })
        }
        Error::Unauthorized { message, .. } => Error::Unauthorized { message, body: Value::Null },
        Error::Undecodable { what, .. } => Error::Undecodable { what, body: String::new() },
        other => other,
    }
}

/// An error that may repeat the URL, without it.
fn without_url(error: Error, url: &str) -> Error {
    if !format!("{error} {error:?}").contains(url) {
        return error;
    }
    match bare(error) {
        Error::Unauthorized { message, body } => {
            Error::Unauthorized { message: message.replace(url, SHOWN), body }
        }
        Error::NotFound { what } => Error::NotFound { what: what.replace(url, SHOWN) },
        Error::InDoubt { what } => Error::InDoubt { what: what.replace(url, SHOWN) },
        Error::RateLimited { message, retry_after_ms } => {
            Error::RateLimited { message: message.replace(url, SHOWN), retry_after_ms }
        }
        other => other,
    }
}

/// In place of an upload URL.
const SHOWN: &str = "(the upload URL)";

/// An answer without the URL, should it repeat it.
fn clean(answer: &mut Value, url: &str) {
    match answer {
        Value::String(text) if text.contains(url) => *text = text.replace(url, SHOWN),
        Value::Array(list) => list.iter_mut().for_each(|value| clean(value, url)),
        Value::Object(object) => object.values_mut().for_each(|value| clean(value, url)),
        _ => {}
    }
}

/// The segment of an answer whose form is not documented: its id is looked for where others found it.
fn made(answer: Value, name: &str, kind: &str, size: Option<u64>) -> Segment {
    let places = [
        &answer,
        answer.pointer("/segments/0").unwrap_or(&Value::Null),
        answer.get(0).unwrap_or(&Value::Null),
    ];
    let keys = ["Segment ID", "segment_id", "ct_segment_id", "id"];
    let id = places.iter().find_map(|place| keys.iter().find_map(|key| place.get(key).and_then(text)));
    Segment {
        id: id.unwrap_or_default(),
        name: Some(name.to_owned()),
        kind: Some(kind.to_owned()),
        status: None,
        size,
        remote_data: Some(answer),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clevertap::client::Trace;
    use crate::testing::{FakeHost, PASSCODE, Reply, account};
    use crate::transport::SendError;

    const URL: &str = "https://bucket.s3.amazonaws.com/list.csv?X-Amz-Signature=abc";

    fn list(ids: &[&str]) -> NewSegment {
        let mut members: Vec<Member> = ids.iter().map(|id| Member::Identity((*id).to_owned())).collect();
        members.push(Member::ObjectId("o1".to_owned()));
        NewSegment::CustomList {
            name: "VIP".to_owned(),
            members,
            creator_email: "admin@example.com".to_owned(),
            replace: false,
        }
    }

    fn url() -> Reply {
        Reply::json(200, &json!({"presignedS3URL": URL, "expiry": "x", "status": "success", "code": 200}))
    }

    fn done() -> Reply {
        Reply::json(200, &json!({"Segment ID": 1234, "status": "success", "code": 200}))
    }

    fn run(segment: &NewSegment, replies: Vec<Reply>) -> (Result<Segment, Error>, FakeHost) {
        let host = FakeHost::scripted(replies);
        let account = account();
        let session = Session::open(&host, &account, Trace::default());
        let made = host.run(create(&session, segment));
        (made, host)
    }

    #[test]
    fn a_list_in_three_steps_and_nothing_of_ours_in_the_storage() {
        let (made, host) =
            run(&list(&["u1", "a,b", "say \"hi\""]), vec![url(), Reply::text(200, ""), done()]);
        let made = made.unwrap();
        assert_eq!(
            (made.id.as_str(), made.size, made.kind.as_deref()),
            ("1234", Some(4), Some("custom_list"))
        );
        let sent = host.sent();
        assert_eq!(
            (sent[0].method.as_str(), sent[0].path(), sent[0].body.len()),
            ("POST", "/get_custom_list_segment_url", 0)
        );
        assert_eq!(
            (sent[1].method.as_str(), sent[1].origin.as_str()),
            ("PUT", "https://bucket.s3.amazonaws.com")
        );
        assert_eq!(sent[1].target, "/list.csv?X-Amz-Signature=abc");
        assert_eq!(
            String::from_utf8(sent[1].body.clone()).unwrap(),
            "Type,Identity\ni,u1\ni,\"a,b\"\ni,\"say \"\"hi\"\"\"\ng,o1\n"
        );
        let headers: Vec<_> = sent[1].headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(headers, ["content-type", "content-length"]);
        assert!(!format!("{:?}", sent[1]).contains(PASSCODE));
        assert_eq!(
            sent[2].json(),
            json!({"name": "VIP", "email": "admin@example.com", "creator": "admin@example.com", "filename": "members.csv", "url": URL, "replace": false})
        );
        let lines = host.lines();
        assert_eq!(lines[1]["operation"], "custom_lists.put");
        assert!(lines.iter().all(|line| !line.to_string().contains("Signature")));
    }

    #[test]
    fn an_expired_url_is_renewed_once_and_a_broken_put_made_again() {
        let (made, host) = run(
            &list(&["u1"]),
            vec![
                url(),
                Reply::text(403, "<Error/>"),
                url(),
                Reply::fail(SendError::Cut("x".into())),
                Reply::text(503, ""),
                Reply::text(200, ""),
                done(),
            ],
        );
        assert_eq!((made.unwrap().id.as_str(), host.sent().len()), ("1234", 7));
        let (made, _) = run(&list(&["u1"]), vec![url(), Reply::text(403, ""), url(), Reply::text(403, "")]);
        assert!(matches!(made, Err(Error::Refused(_))), "{made:?}");
        // A redirect is no place to go.
        let redirect = Reply::text(307, "").header("location", "https://attacker.test/");
        let (made, host) = run(&list(&["u1"]), vec![url(), redirect]);
        assert!(matches!(made, Err(Error::Refused(_))), "{made:?}");
        assert_eq!(host.sent().len(), 2);
    }

    #[test]
    fn what_clevertap_says_of_the_last_step() {
        let fail = |status, error: &str| {
            Reply::json(status, &json!({"status": "fail", "error": error, "code": status}))
        };
        for (reply, words) in [
            (
                fail(401, "Email id is either not in the right format or does not belong to a valid admin"),
                "creator_email",
            ),
            (fail(409, "duplicate_name"), "replace: true"),
        ] {
            let (made, _) = run(&list(&["u1"]), vec![url(), Reply::text(200, ""), reply]);
            let error = made.unwrap_err();
            assert!(matches!(error, Error::Refused(_)) && error.to_string().contains(words), "{error}");
        }
        let (made, host) = run(&list(&["u1"]), vec![url(), Reply::text(200, ""), Reply::text(503, "")]);
        assert!(matches!(made, Err(Error::InDoubt { .. })), "{made:?}");
        assert_eq!(host.sent().len(), 3, "told once");
    }

    #[test]
    fn the_url_is_nowhere_to_be_seen() {
        let fail = |status: u16, error: &str| {
            Reply::json(status, &json!({"status": "fail", "error": error, "code": status, "url": URL}))
        };
        let stored = || Reply::text(200, "");
        for replies in [
            vec![url(), stored(), fail(400, &format!("bad url {URL}"))],
            vec![url(), stored(), fail(401, "who are you")],
            vec![url(), stored(), fail(404, URL)],
            vec![url(), stored(), Reply::text(200, URL)],
            vec![Reply::text(200, &format!("\"{URL}\""))],
            vec![fail(400, "no")],
            vec![url(), stored(), Reply::json(200, &json!({"Segment ID": 7, "url": URL, "more": [URL]}))],
        ] {
            let (made, host) = run(&list(&["u1"]), replies);
            let shown = format!("{made:?} {:?}", host.lines());
            assert!(!shown.contains("Signature"), "{shown}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_said_before_anything_is_sent() {
        let bad = NewSegment::CustomList {
            name: " ".into(),
            members: vec![],
            creator_email: "me".into(),
            replace: false,
        };
        let (made, host) = run(&bad, vec![]);
        let Err(Error::Invalid(failures)) = made else { panic!("{made:?}") };
        let fields: Vec<_> = failures.iter().map(|failure| failure.field.as_str()).collect();
        assert_eq!((fields, host.sent().len()), (vec!["name", "creator_email", "identities"], 0));
        let huge = list(&[&"x".repeat(MOST_BYTES)]);
        assert!(run(&huge, vec![]).0.unwrap_err().to_string().contains("several lists"));
    }

    #[test]
    fn an_api_segment() {
        let segment = NewSegment::Api { name: "VIP".into(), customer_segment_id: "vip".into() };
        for (answer, id) in [
            (json!({"status": "success", "segments": [{"ct_segment_id": 77}]}), "77"),
            (json!({"status": "success"}), "customer:vip"),
            (json!([{"ct_segment_id": "78"}]), "78"),
        ] {
            let (made, host) = run(&segment, vec![Reply::json(200, &answer)]);
            assert_eq!(made.unwrap().id, id);
            assert_eq!(host.sent()[0].path(), "/api/createSegment");
            assert_eq!(host.sent()[0].json(), json!([{"segment_name": "VIP", "customer_segment_id": "vip"}]));
        }
    }

    proptest! {
        /// What is quoted is read back as it was, by the rules of CSV.
        #[test]
        fn quoting_loses_nothing(field in "[a,\"\n\r ü]{0,12}") {
            let mut csv = String::new();
            quote(&field, &mut csv);
            let read = match csv.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) if csv.len() > 1 => inner.replace("\"\"", "\""),
                _ => csv.clone(),
            };
            prop_assert_eq!(read, field);
        }
    }
}
