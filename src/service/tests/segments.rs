//! Segments, from request to answer.

use super::*;

fn at(path: &str) -> String {
    format!("/unified/marketing-automation/{path}?integrated_account_id=acme")
}

fn storing(url: &'static str) -> FakeHost {
    FakeHost::answering(move |sent| match sent.path() {
        "/get_custom_list_segment_url" => {
            Reply::json(200, &json!({"presignedS3URL": url, "status": "success"}))
        }
        "/upload_custom_list_segment_completed" => {
            Reply::json(200, &json!({"Segment ID": 1234, "status": "success", "code": 200}))
        }
        "/list.csv" => Reply::text(200, ""),
        other => panic!("unexpected {other}"),
    })
}

#[test]
fn a_custom_list_is_made() {
    let host = storing("https://b.s3.amazonaws.com/list.csv?X-Amz-Signature=s");
    let body = json!({"name": "VIP", "identities": ["u1", 2], "object_ids": ["o"], "creator_email": "admin@example.com"});
    let answer = ask(&host, post(&at("segments"), &body));
    let made = answer.json();
    assert_eq!(
        (answer.status, made["id"].as_str(), made["type"].as_str(), made["size"].as_u64()),
        (200, Some("1234"), Some("custom_list"), Some(3))
    );
    assert_eq!(String::from_utf8(host.sent()[1].body.clone()).unwrap(), "Type,Identity\ni,u1\ni,2\ng,o\n");
    assert!(!answer.text().contains("Signature"));
}

#[test]
fn the_operator_says_where_lists_may_go() {
    let elsewhere = || storing("https://storage.example.org/list.csv?X-Amz-Signature=s");
    let body = json!({"name": "VIP", "identities": ["u1"], "creator_email": "admin@example.com"});
    let answer = ask(&elsewhere(), post(&at("segments"), &body));
    assert_eq!(answer.problem(), (501, "unsupported".to_owned()));
    assert!(
        answer.message().contains("storage.example.org")
            && answer.message().contains("MARKETING_AUTOMATION_UPLOAD_HOSTS")
    );
    let mut env = environment();
    env.push(("MARKETING_AUTOMATION_UPLOAD_HOSTS".to_owned(), "amazonaws.com, example.org".to_owned()));
    assert_eq!(ask_with(&elsewhere(), &env, post(&at("segments"), &body)).status, 200);
}

#[test]
fn bodies_that_make_no_segment() {
    for (body, fields) in [
        (json!({}), vec!["name", "creator_email", "identities"]),
        (
            json!({"name": 5, "identities": "u1", "replace": "yes", "colour": 1}),
            vec!["name", "identities", "replace", "colour"],
        ),
        (json!({"type": "dynamic"}), vec!["type"]),
        (json!({"type": "api", "name": "x"}), vec!["customer_segment_id"]),
    ] {
        let answer = ask_alone(post(&at("segments"), &body));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{body}");
        let failures = answer.json()["details"]["failures"].clone();
        let found: Vec<_> =
            failures.as_array().unwrap().iter().map(|failure| failure["field"].as_str().unwrap()).collect();
        assert_eq!(found, fields, "{body}");
    }
}

#[test]
fn segments_are_listed_where_the_account_can() {
    let host = FakeHost::answering(|sent| match sent.path() {
        "/1/segments/list.json" => Reply::json(
            200,
            &json!({"status": "success", "segments": [{"id": 7, "name": "VIP", "count": 3}], "total_pages": 1}),
        ),
        _ => Reply::json(200, &json!({"status": "success", "segment": {"id": 7, "name": "VIP", "count": 3}})),
    });
    let body = ask(&host, get(&at("segments"))).json();
    assert_eq!(
        (body["result"][0]["id"].as_str(), body["result"][0]["size"].as_u64(), body["next_cursor"].is_null()),
        (Some("7"), Some(3), true)
    );
    assert_eq!(ask(&host, get(&at("segments/7"))).json()["name"], "VIP");
    let lacking = FakeHost::answering(|_| Reply::text(404, ""));
    assert_eq!(ask(&lacking, get(&at("segments"))).problem(), (501, "unsupported".to_owned()));
    assert_eq!(ask_alone(get(&at("segments/vip"))).problem().0, 400);
}
