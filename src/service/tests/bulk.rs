//! Bulk writes, from body to answer.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::*;
use crate::transport::body::LocalFuture;
use crate::transport::{SendError, Source};

const CONTACTS: &str = "/unified/marketing-automation/contacts?integrated_account_id=acme";
const EVENTS: &str = "/unified/marketing-automation/events?integrated_account_id=acme";
const MESSAGES: &str = "/unified/marketing-automation/messages?integrated_account_id=acme";

/// A CleverTap that takes everything.
fn taking() -> FakeHost {
    FakeHost::answering(|sent| {
        if sent.path() == "/1/upload" || sent.path() == "/1/subscribe" {
            let count = sent.json()["d"].as_array().unwrap().len();
            return Reply::json(200, &json!({"status": "success", "processed": count, "unprocessed": []}));
        }
        Reply::json(200, &json!({"status": "success", "message": "Added to queue for processing"}))
    })
}

fn at(path: &str) -> String {
    format!("/unified/marketing-automation/{path}?integrated_account_id=acme")
}

fn event(n: u32) -> Value {
    json!({"id": format!("e-{n}"), "name": "Order Placed", "profile_id": format!("u-{n}"), "properties": {"n": n}})
}

/// An NDJSON body.
fn stream(target: &str, records: &[Value]) -> Inbound {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let mut request = request("POST", target).with("content-type", "application/x-ndjson");
    request.body = Body::Bytes(lines.into_bytes());
    request
}

#[test]
fn one_and_many_are_answered_record_by_record() {
    let host = taking();
    let answer = ask(&host, post(CONTACTS, &json!({"id": "u1", "email": "a@example.com"})));
    let body = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!(body["result"], json!([{"index": 0, "id": "u1", "status": "succeeded"}]));
    for (key, count) in [
        ("result_count", 1),
        ("record_count", 1),
        ("succeeded", 1),
        ("failed", 0),
        ("unknown", 0),
        ("skipped", 0),
    ] {
        assert_eq!(body[key], count, "{key}");
    }
    assert_eq!(
        host.sent()[0].json(),
        json!({"d": [{"identity": "u1", "type": "profile", "profileData": {"Email": "a@example.com"}}]})
    );

    let host = taking();
    let records = json!([event(0), {"name": "x"}, event(2), event(0)]);
    let answer = ask(&host, post(EVENTS, &records));
    let body = answer.json();
    assert_eq!(answer.status, 207);
    let statuses: Vec<_> =
        body["result"].as_array().unwrap().iter().map(|record| record["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["succeeded", "failed", "succeeded", "skipped"]);
    let error = &body["result"][1]["error"];
    assert_eq!(
        (error["code"].as_str(), error["remote_code"].as_u64(), error["field"].as_str()),
        (Some("invalid"), Some(523), Some("profile_id"))
    );
    assert!(error["message"].as_str().unwrap().contains("profile_id, object_id or identifiers"));
    assert_eq!(host.sent()[0].json()["d"].as_array().unwrap().len(), 2);
}

#[test]
fn a_stream_is_answered_by_what_went_wrong() {
    let host = taking();
    let mut records: Vec<Value> = (0..2500).map(event).collect();
    records[7] = json!({"profile_id": "u"});
    let answer = ask(&host, stream(EVENTS, &records));
    let body = answer.json();
    assert_eq!(
        (answer.status, body["record_count"].as_u64(), body["succeeded"].as_u64()),
        (207, Some(2500), Some(2499))
    );
    assert_eq!((body["result_count"].as_u64(), body["not_listed"].as_u64()), (Some(1), Some(0)));
    assert_eq!(body["result"][0]["index"], 7);
    assert_eq!(body["meta"]["complete"], true);
    assert_eq!(
        host.sent().iter().map(|sent| sent.json()["d"].as_array().unwrap().len()).collect::<Vec<_>>(),
        [1000, 1000, 499]
    );

    // More failures than an answer holds, and warnings once.
    let old = json!({"name": "a", "profile_id": "u", "occurred_at": 1_000_000_000});
    let records: Vec<Value> =
        (0..4000).map(|n| if n % 2 == 0 { json!({"n": n}) } else { old.clone() }).collect();
    let body = ask(&taking(), stream(EVENTS, &records)).json();
    assert_eq!(
        (body["failed"].as_u64(), body["result_count"].as_u64(), body["not_listed"].as_u64()),
        (Some(2000), Some(1000), Some(1000))
    );
    let warnings = body["meta"]["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0]["message"].as_str().unwrap().starts_with("2000 records: "));
}

#[test]
fn a_stream_is_answered_record_by_record_when_asked() {
    let mut records: Vec<Value> = (0..1500).map(event).collect();
    records[3] = json!("not an event");
    let answer = ask(&taking(), stream(EVENTS, &records).with("accept", "application/x-ndjson"));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (meta, records) = lines.split_last().unwrap();
    assert_eq!(records.len(), 1500);
    let meta = &meta["meta"];
    assert_eq!(
        (meta["succeeded"].as_u64(), meta["failed"].as_u64(), meta["complete"].as_bool()),
        (Some(1499), Some(1), Some(true))
    );
    assert_eq!(meta["request_id"].as_str(), answer.header("x-request-id"));
    assert!(records.iter().any(|record| record["index"] == 3 && record["error"]["remote_code"] == 512));
    // A list may be answered so, too.
    let answer = ask(&taking(), post(EVENTS, &json!([event(1)])).with("accept", "application/x-ndjson"));
    assert_eq!(answer.text().lines().count(), 2);
    // Where nothing streams, NDJSON alone is not acceptable.
    let refused = get("/unified/marketing-automation/campaigns?integrated_account_id=acme")
        .with("accept", "application/x-ndjson");
    assert_eq!(ask_alone(refused).problem(), (406, "not_acceptable".to_owned()));
}

#[test]
fn checking_sends_nothing_or_asks_clevertap_to_check() {
    let answer = ask_alone(post(&format!("{EVENTS}&validate_only=true"), &json!([event(1), {}])));
    let body = answer.json();
    assert_eq!((answer.status, body["validate_only"].as_str()), (207, Some("true")));
    assert_eq!((body["succeeded"].as_u64(), body["failed"].as_u64()), (Some(1), Some(1)));
    let host = taking();
    ask(&host, post(&format!("{EVENTS}&validate_only=remote"), &event(1)));
    assert_eq!(host.sent()[0].target, "/1/upload?dryRun=1");
    let refused = ask_alone(post(&format!("{}&validate_only=remote", at("contacts/delete")), &json!(["u1"])));
    assert!(refused.message().contains("no dry run"), "{}", refused.message());
    assert_eq!(ask_alone(post(&format!("{EVENTS}&validate_only=maybe"), &event(1))).problem().0, 400);
}

#[test]
fn bodies_that_hold_no_records() {
    for (body, code) in [("", "invalid"), ("[]", "invalid"), ("7", "invalid"), ("{", "not_json")] {
        let mut request = request("POST", EVENTS).with("content-type", "application/json");
        request.body = Body::Bytes(body.as_bytes().to_vec());
        assert_eq!(ask_alone(request).problem(), (400, code.to_owned()), "{body}");
    }
    let mut lines = request("POST", EVENTS).with("content-type", "application/x-ndjson; charset=latin-1");
    lines.body = Body::Bytes(b"{}".to_vec());
    assert_eq!(ask_alone(lines).problem().0, 415);
    // A stream without records is one that was written whole.
    let answer = ask_alone(stream(EVENTS, &[]));
    assert_eq!((answer.status, answer.json()["record_count"].as_u64()), (200, Some(0)));
}

#[test]
fn a_list_has_an_end_and_a_stream_has_none() {
    let many: Vec<Value> = vec![json!(0); 10_001];
    let answer = ask_alone(post(EVENTS, &json!(many)));
    assert_eq!(answer.problem(), (400, "invalid".to_owned()));
    assert!(answer.message().contains("application/x-ndjson"), "{}", answer.message());
    let answer = ask_alone(post(&format!("{EVENTS}&validate_only=true"), &json!(many[..10_000])));
    assert_eq!((answer.status, answer.json()["failed"].as_u64()), (207, Some(10_000)));
    let answer = ask_alone(post(MESSAGES, &json!({"channel": "sms", "to": many, "body": "x"})));
    assert!(answer.message().contains("several calls"), "{}", answer.message());
    // What is behind the end of a list is looked at all the same.
    let mut broken = request("POST", EVENTS).with("content-type", "application/json");
    broken.body = Body::Bytes(format!("[{}0,]", "0,".repeat(20_000)).into_bytes());
    assert_eq!(ask_alone(broken).problem(), (400, "not_json".to_owned()));
}

#[test]
fn refused_credentials_are_the_answer_when_nothing_was_taken() {
    let body = json!({"status": "fail", "error": "Invalid Credentials", "code": 401});
    let host = FakeHost::answering(move |_| Reply::json(401, &body));
    let answer = ask(&host, post(EVENTS, &json!([event(1), event(2)])));
    assert_eq!(answer.problem(), (401, "provider_unauthorized".to_owned()));
    // In a stream that is on its way it is the last word.
    let answer = ask(&host, stream(EVENTS, &[event(1)]).with("accept", "application/x-ndjson"));
    let text = answer.text();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["meta"]["error"]["code"], "provider_unauthorized");
}

/// Pieces, and then no end but a break.
struct Broken(VecDeque<Vec<u8>>);

impl Source for Broken {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(async move {
            match self.0.pop_front() {
                Some(piece) => Ok(Some(piece)),
                None => Err(SendError::Cut("gone".to_owned())),
            }
        })
    }
}

#[test]
fn a_body_that_breaks_off_is_told_as_far_as_it_came() {
    let mut request = request("POST", EVENTS).with("content-type", "application/x-ndjson");
    let pieces = VecDeque::from([format!("{}\n{}\n{{\"na", event(1), event(2)).into_bytes()]);
    request.body = Body::Stream(Box::new(Broken(pieces)), None);
    let answer = ask(&taking(), request);
    let body = answer.json();
    assert_eq!(
        (answer.status, body["succeeded"].as_u64(), body["meta"]["complete"].as_bool()),
        (207, Some(2), Some(false))
    );
    assert_eq!(body["meta"]["error"]["code"], "body_broken");
}

#[test]
fn one_person_is_changed_and_deleted() {
    let host = taking();
    let mut change =
        request("PATCH", "/unified/marketing-automation/contacts/a%2Bb?integrated_account_id=acme");
    change.body = Body::Bytes(json!({"custom_fields": {"plan": "pro"}}).to_string().into_bytes());
    let answer = ask(&host, change);
    assert_eq!((answer.status, answer.json()["id"].as_str()), (200, Some("a+b")));
    assert_eq!(host.sent()[0].json()["d"][0]["identity"], "a+b");

    let mut change = request("PATCH", "/unified/marketing-automation/contacts/a?integrated_account_id=acme");
    change.body = Body::Bytes(json!({"email": "nobody", "age": 500}).to_string().into_bytes());
    let answer = ask_alone(change);
    assert_eq!(answer.problem(), (400, "invalid".to_owned()));
    let failures = answer.json()["details"]["failures"].clone();
    assert_eq!(failures.as_array().unwrap().len(), 2, "{failures}");
    assert_eq!(failures[0]["code"], 515);

    // A device is not somebody with the same name.
    for body in [json!({"id": "dev-1"}), json!({"identifiers": [{"type": "USER_ID", "value": "dev-1"}]})] {
        let target =
            "/unified/marketing-automation/contacts/dev-1?integrated_account_id=acme&id_type=object_id";
        let mut change = request("PATCH", target);
        change.body = Body::Bytes(body.to_string().into_bytes());
        assert_eq!(ask_alone(change).problem().0, 400, "{body}");
    }
    let host = taking();
    let gone = ask(
        &host,
        request(
            "DELETE",
            "/unified/marketing-automation/contacts/o1?integrated_account_id=acme&id_type=object_id",
        ),
    );
    assert_eq!(gone.json(), json!({"id": "o1"}));
    assert_eq!(
        (host.sent()[0].path(), host.sent()[0].json()),
        ("/1/delete/profiles.json", json!({"guid": ["o1"]}))
    );

    // A change that counts is in doubt when its answer is lost, and one that does not is made again.
    for (fields, status) in [(json!({"n": {"$incr": 1}}), 502), (json!({"n": 1}), 200)] {
        let mut replies = VecDeque::from([Reply::text(503, "")]);
        let host = FakeHost::answering(move |_| {
            replies.pop_front().unwrap_or_else(|| {
                Reply::json(200, &json!({"status": "success", "processed": 1, "unprocessed": []}))
            })
        });
        let mut change =
            request("PATCH", "/unified/marketing-automation/contacts/a?integrated_account_id=acme");
        change.body = Body::Bytes(json!({"custom_fields": fields}).to_string().into_bytes());
        let answer = ask(&host, change);
        assert_eq!(answer.status, status);
        if status == 502 {
            assert_eq!(answer.problem().1, "unknown_outcome");
        }
    }
}

#[test]
fn addresses_tokens_deletes_and_members() {
    let host = taking();
    ask(
        &host,
        post(
            &at("contacts/opt-out"),
            &json!([{"email": "a@example.com"}, {"channel": "sms", "value": "+14155550123"}]),
        ),
    );
    ask(&host, post(&at("contacts/opt-in"), &json!({"phone": "+14155550123"})));
    ask(&host, post(&at("contacts/device-tokens"), &json!({"object_id": "o", "token": "t", "type": "fcm"})));
    ask(&host, post(&at("contacts/delete"), &json!([{"id": "a"}, {"object_id": "o"}])));
    ask(&host, post(&at("segments/77/add"), &json!([{"id": "a"}])));
    ask(&host, post(&at("segments/vip/remove"), &json!({"id": "a"})));
    let sent: Vec<(String, Value)> =
        host.sent().iter().map(|sent| (sent.path().to_owned(), sent.json())).collect();
    let member = |action: &str, key: &str, segment: Value| json!({"bulk_profiles": [{"user_profiles": [{"identity": "a"}], "segments": [{"action": action, key: segment}]}]});
    let out = |kind: &str, value: &str, status: &str| json!({"type": kind, "value": value, "status": status});
    let expected = [
        (
            "/1/subscribe",
            json!({"d": [out("email", "a@example.com", "Unsubscribe"), out("phone", "+14155550123", "Unsubscribe")]}),
        ),
        ("/1/subscribe", json!({"d": [out("phone", "+14155550123", "Resubscribe")]})),
        (
            "/1/upload",
            json!({"d": [{"type": "token", "objectId": "o", "tokenData": {"id": "t", "type": "fcm"}}]}),
        ),
        ("/1/delete/profiles.json", json!({"guid": ["o"]})),
        ("/1/delete/profiles.json", json!({"identity": ["a"]})),
        ("/api/updateSegment", member("ADD", "ct_segment_id", json!(77))),
        ("/api/updateSegment", member("REMOVE", "customer_segment_id", json!("vip"))),
    ];
    for (path, body) in expected {
        assert!(sent.contains(&(path.to_owned(), body.clone())), "{path} {body}: {sent:?}");
    }
    assert_eq!(sent.len(), 7);
}

#[test]
fn messages_are_split_and_campaigns_set_off() {
    let host = taking();
    let ids: Vec<String> = (0..2500).map(|n| format!("u{n}")).collect();
    let answer = ask(
        &host,
        post(
            MESSAGES,
            &json!({"channel": "sms", "to": {"identities": ids}, "body": "Hi", "provider_nick_name": "p"}),
        ),
    );
    assert_eq!((answer.status, answer.json()["succeeded"].as_u64()), (200, Some(2500)));
    let sent = host.sent();
    assert_eq!(
        sent.iter().map(|sent| sent.json()["to"]["Identity"].as_array().unwrap().len()).collect::<Vec<_>>(),
        [1000, 1000, 500]
    );
    assert!(
        sent.iter().all(|sent| sent.path() == "/1/send/sms.json" && sent.json()["content"]["body"] == "Hi")
    );

    let host = taking();
    let dunning = json!({"campaign_id": 7, "to": [{"email": "a@example.com"}], "data": {"amount": "9.90"}});
    assert_eq!(ask(&host, post(MESSAGES, &dunning)).status, 200);
    assert_eq!(host.sent()[0].path(), "/1/send/externaltrigger.json");
    assert_eq!(
        host.sent()[0].json(),
        json!({"to": {"email": ["a@example.com"]}, "campaign_id": "7", "ExternalTrigger": {"amount": "9.90"}})
    );

    for (bad, field) in [
        (json!({"channel": "sms", "body": "x"}), "to"),
        (json!({"to": ["a"], "body": "x"}), "channel"),
        (json!({"to": ["a"], "channel": "fax", "body": "x"}), "channel"),
        (json!({"to": ["a"], "channel": "in_app", "body": "x"}), "channel"),
        (json!({"to": ["a"], "channel": "sms"}), "content"),
        (json!({"to": {"names": ["a"]}, "channel": "sms", "body": "x"}), "to.names"),
        (json!({"to": ["a"], "campaign_id": "7", "campaign_ids": ["8"]}), "campaign_id"),
        (json!({"to": ["a"], "campaign_id": "7", "colour": 1}), "colour"),
    ] {
        let answer = ask_alone(post(MESSAGES, &bad));
        assert_eq!(answer.status, 400, "{bad}");
        assert_eq!(answer.json()["details"]["failures"][0]["field"], field, "{bad}: {}", answer.text());
    }
    // Whoever is named twice is messaged once.
    let host = taking();
    let twice = json!({"channel": "sms", "to": [{"id": "a"}, "a", {"email": "a@example.com"}], "body": "Hi"});
    let body = ask(&host, post(MESSAGES, &twice)).json();
    assert_eq!((body["succeeded"].as_u64(), body["skipped"].as_u64()), (Some(2), Some(1)));
    assert_eq!(host.sent()[0].json()["to"], json!({"Identity": ["a"], "Email": ["a@example.com"]}));
    // A send whose answer is lost is in doubt for each recipient, and sent once.
    let host = FakeHost::answering(|_| Reply::text(503, ""));
    let answer = ask(&host, post(MESSAGES, &json!({"channel": "sms", "to": ["a", "b"], "body": "Hi"})));
    assert_eq!((answer.status, answer.json()["unknown"].as_u64(), host.sent().len()), (207, Some(2), 1));
}
