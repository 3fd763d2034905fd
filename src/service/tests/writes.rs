//! Creating, estimating, stopping and triggering through the service.

use super::*;

fn target(method: &str) -> String {
    format!("{CAMPAIGNS}{method}?integrated_account_id=acme")
}

/// Something that can be created.
fn campaign() -> Value {
    json!({
        "name": "Hello", "channel": "email", "audience": "everyone",
        "subject_line": "Hi", "content": {"body": "<p>Hi</p>"},
        "remote_data": {"provider_nick_name": "x", "when": "now"},
    })
}

#[test]
fn a_created_campaign_is_a_bare_object() {
    let answer_of_theirs = json!({"status": "success", "id": 1457, "estimates": {"Android": 7}});
    let host = FakeHost::scripted([Reply::json(200, &answer_of_theirs)]);
    let answer = ask(&host, post(&target(""), &campaign()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!((&body["remote_id"], &body["name"]), (&json!("1457"), &json!("Hello")));
    assert_eq!(body["remote_data"], answer_of_theirs);
    assert_eq!(host.sent()[0].json()["provider_nick_name"], "x");
    let trimmed = ask(
        &FakeHost::scripted([Reply::json(200, &answer_of_theirs)]),
        post(&format!("{}&truto_ignore_remote_data=true", target("")), &campaign()),
    );
    assert_eq!(trimmed.json().get("remote_data"), None);
}

#[test]
fn a_lost_answer_is_unknown_and_not_retryable() {
    let host = FakeHost::scripted([Reply::fail(crate::transport::SendError::Cut("gone".to_owned()))]);
    let answer = ask(&host, post(&target(""), &campaign()));
    assert_eq!(answer.problem(), (502, "unknown_outcome".to_owned()));
    assert_eq!(answer.json()["retryable"], false);
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn stopping_takes_an_id_by_either_name() {
    for body in [json!({"id": "1457"}), json!({"campaign_id": 1457}), json!({"id": "api-20260401-1457"})] {
        let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success"}))]);
        let answer = ask(&host, post(&target("/stop"), &body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.json()["result"]["id"].is_string());
        assert_eq!(host.sent()[0].json(), json!({"id": 1457}));
    }
    for (body, words) in [
        (json!({}), "is missing"),
        (json!({"id": ""}), "not empty"),
        (json!({"id": 1.5}), "whole number"),
        (json!({"id": "1", "remote_data": {}}), "remote_data"),
    ] {
        let answer = ask_alone(post(&target("/stop"), &body));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{body}");
        assert!(answer.message().contains(words), "{}", answer.message());
    }
    let insight = ask_alone(post(&target("/stop"), &json!({}))).json()["error_insight"].clone();
    assert_eq!(insight["missing_required_body_fields"]["value"], json!(["id"]));
}

#[test]
fn triggering_reads_ids_recipients_and_data() {
    let host = FakeHost::scripted([Reply::json(200, &json!({"status": "success", "message": "done"}))]);
    let order = json!({"campaign_id": 1457, "to": {"identities": ["a", 7], "emails": ["a@example.org"]}, "data": {"code": "X"}});
    let answer = ask(&host, post(&target("/trigger"), &order));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["result"].is_object());
    for (body, words) in [
        (json!({"to": {"identities": ["a"]}}), "campaign_id: is missing"),
        (json!({"campaign_id": 1, "campaign_ids": [2], "to": {}}), "give one of them"),
        (json!({"campaign_ids": [1, null], "to": {"identities": ["a"]}}), "campaign_ids[1]"),
        (json!({"campaign_ids": 1, "to": {"identities": ["a"]}}), "campaign_ids: must be a list"),
        (json!({"campaign_id": 1, "to": ["a"]}), "to: must be an object"),
        (json!({"campaign_id": 1, "to": {"identities": "a"}}), "to.identities: must be a list"),
        (json!({"campaign_id": 1, "to": {"phones": ["1"]}}), "to.phones: is not a field"),
        (json!({"campaign_id": 1, "to": {}}), "at least one recipient"),
        (json!({"campaign_id": 1, "to": {"identities": ["a"]}, "data": []}), "data: must be an object"),
        (json!({"campaign_id": 1, "to": {"identities": ["a"]}, "when": "now"}), "when: is not a field"),
    ] {
        let answer = ask_alone(post(&target("/trigger"), &body));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{body}");
        assert!(answer.message().contains(words), "{body}: {}", answer.message());
    }
}

#[test]
fn an_estimate_is_a_result() {
    let estimates = json!({"status": "success", "estimates": {"Android": 7, "iOS": 3}});
    let answer =
        ask(&FakeHost::scripted([Reply::json(200, &estimates)]), post(&target("/estimate"), &campaign()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let result = answer.json()["result"].clone();
    assert_eq!((&result["total"], &result["remote_data"]), (&json!(10), &estimates));
    let raw = format!("{}&truto_response_format=raw", target("/estimate"));
    let answer = ask(&FakeHost::scripted([Reply::json(200, &estimates)]), post(&raw, &campaign()));
    assert_eq!(answer.json()["result"], estimates);
}
