//! Reading campaigns through the service.

use super::*;

const LIST: &str = "/unified/marketing-automation/campaigns?integrated_account_id=acme&source=api&scheduled_at[gte]=2026-02-01&scheduled_at[lt]=2026-03-01";

fn names(answer: &Answer) -> Vec<String> {
    answer.json()["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_list_comes_in_its_envelope() {
    let host = clevertap();
    let answer = ask(&host, get(&format!("{LIST}&limit=10&next_cursor=")).with("x-request-id", "r-1"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(names(&answer), ["Campaign 2", "Campaign 1", "Campaign 0"]);
    let body = answer.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["limit", "meta", "next_cursor", "prev_cursor", "result", "result_count"]);
    assert_eq!((&body["next_cursor"], &body["prev_cursor"]), (&Value::Null, &Value::Null));
    assert_eq!((&body["limit"], &body["result_count"]), (&json!(10), &json!(3)));
    let meta = &body["meta"];
    assert_eq!(meta["request_id"], "r-1");
    assert!(meta["fetched_at"].as_str().unwrap().starts_with("2026-03-01T12:00:"), "{meta}");
    assert_eq!((&meta["as_of"], &meta["trace_id"]), (&Value::Null, &Value::Null));
    assert_eq!((&meta["timezone"], &meta["documented_lag"]), (&json!("Asia/Kolkata"), &json!("PT4H")));
    assert!(meta["warnings"].is_array());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("link"), None);
    assert!(body["result"][0]["remote_data"].is_object());
}

#[test]
fn one_campaign_says_in_its_metrics_how_fresh_they_are() {
    const ONE: &str = "/unified/marketing-automation/campaigns/msg-20260215-900?integrated_account_id=acme";
    let answer = ask(&clevertap(), get(ONE));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let metrics = &answer.json()["metrics"];
    assert!(metrics["fetched_at"].as_str().unwrap().starts_with("2026-03-01T12:00:"), "{metrics}");
    assert_eq!((metrics.get("as_of"), &metrics["documented_lag"]), (Some(&Value::Null), &json!("PT4H")));
    assert_eq!(metrics["sent"], 100);
    let shown = ask(&clevertap(), get(&format!("{ONE}&truto_exclude_fields=metrics.fetched_at"))).json();
    assert_eq!((shown["metrics"].get("fetched_at"), &shown["metrics"]["sent"]), (None, &json!(100)));
    // Where there are no metrics, nothing is fresh.
    let listed = ask(&clevertap(), get(&ONE.replace("msg-20260215-900", "api-20260210-101"))).json();
    assert_eq!((&listed["name"], listed.get("metrics")), (&json!("Campaign 0"), Some(&Value::Null)));
    // In a list the envelope says it once for all.
    let all = ask(&clevertap(), get(&LIST.replace("&source=api", ""))).json();
    let metrics: Vec<&Value> = all["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["metrics"])
        .filter(|it| it.is_object())
        .collect();
    assert!(metrics.len() == 1 && metrics[0].get("fetched_at").is_none(), "{metrics:?}");
}

#[test]
fn pages_follow_link_and_cursor_alike() {
    let host = clevertap();
    let mut target = format!("{LIST}&limit=1&cursor=");
    let mut seen = Vec::new();
    for _ in 0..10 {
        let answer = ask(&host, get(&target));
        assert_eq!(answer.status, 200, "{}", answer.text());
        seen.extend(names(&answer));
        let cursor = answer.json()["next_cursor"].as_str().map(str::to_owned);
        assert_eq!(answer.header("link").is_some(), cursor.is_some());
        let Some(link) = answer.header("link") else { break };
        target = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        assert!(target.ends_with(&format!("&next_cursor={}", cursor.unwrap())), "{target}");
        assert!(!target.contains("&cursor="));
    }
    assert_eq!(seen, ["Campaign 2", "Campaign 1", "Campaign 0"]);
}

#[test]
fn presentations_of_a_list() {
    let host = clevertap();
    let result = |query: &str| {
        let answer = ask(&host, get(&format!("{LIST}&{query}")));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()
    };
    for query in [
        "truto_ignore_remote_data=true",
        "truto_exclude_fields=remote_data",
        "truto_response_format=normalized",
    ] {
        let body = result(query);
        assert_eq!(body["result"][0].get("remote_data"), None, "{query}");
        assert_eq!(body["result"][0]["name"], "Campaign 2");
        assert_eq!(body["meta"]["warnings"], result("truto_response_format=unified")["meta"]["warnings"]);
    }
    let raw = result("truto_response_format=raw");
    assert_eq!(raw["result"][0], result("")["result"][0]["remote_data"]);
    assert_eq!(raw["result_count"], 3);

    let body = result(
        "truto_exclude_fields%5B0%5D=name&truto_exclude_fields%5B1%5D=status&truto_exclude_fields[]=nothing",
    );
    assert_eq!(body["result"][0].get("name"), None);
    assert_eq!(body["result"][0].get("status"), None);
    assert!(body["result"][0].get("status_remote").is_some());
    let warnings = body["meta"]["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning["code"] == "excluded_field_absent" && warning["field"] == "nothing"),
        "{warnings:?}"
    );

    let body = result("truto_key_by=remote_id&truto_exclude_fields=remote_id");
    assert_eq!(body["result"]["103"]["name"], "Campaign 2");
    assert_eq!(body["result"]["103"].get("remote_id"), None);
    assert_eq!(body["result_count"], 3);
    for (field, words) in
        [("status", "same value"), ("created_at", "no text or number"), ("nothing", "no text or number")]
    {
        let answer = ask(&host, get(&format!("{LIST}&truto_key_by={field}")));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()));
        assert!(answer.message().contains(words), "{}", answer.message());
    }
}

#[test]
fn filters_reach_the_core() {
    let host = clevertap();
    let count = |query: &str| ask(&host, get(&format!("{LIST}&{query}"))).json()["result_count"].clone();
    assert_eq!(count("name=PAIGN%201"), 1);
    assert_eq!(count("status=completed,RUNNING"), 3);
    assert_eq!(count("status[]=RUNNING"), 0);
    assert_eq!(count("sort_by=-scheduled_at"), 3);
}

#[test]
fn one_campaign_is_a_bare_object() {
    let host = clevertap();
    let answer = ask(
        &host,
        get(&format!(
            "{CAMPAIGNS}/api-20260211-102?integrated_account_id=acme&truto_exclude_fields=metrics.sent"
        )),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["name"], "Campaign 1");
    let raw = ask(
        &host,
        get(&format!("{CAMPAIGNS}/api-20260211-102?integrated_account_id=acme&truto_response_format=raw")),
    );
    assert_eq!(raw.json(), answer.json()["remote_data"]);
    let keyed =
        ask(&host, get(&format!("{CAMPAIGNS}/api-20260211-102?integrated_account_id=acme&truto_key_by=id")));
    assert_eq!(keyed.problem(), (400, "invalid".to_owned()));
    let gone = ask(&host, get(&format!("{CAMPAIGNS}/api-20260211-999?integrated_account_id=acme")));
    assert_eq!(gone.problem(), (404, "not_found".to_owned()));
}

#[test]
fn a_trace_is_passed_on_and_a_bad_one_is_not() {
    let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let host = clevertap();
    let answer = ask(&host, get(LIST).with("traceparent", good));
    assert_eq!(answer.header("traceparent"), Some(good));
    assert_eq!(answer.json()["meta"]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert!(host.sent().iter().all(|sent| sent.header("traceparent") == Some(good)));
    for bad in [
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "nonsense",
    ] {
        let answer = ask(&clevertap(), get(LIST).with("traceparent", bad));
        assert_eq!(answer.header("traceparent"), None, "{bad}");
        assert_eq!(answer.json()["meta"]["trace_id"], Value::Null);
    }
}

#[test]
fn the_log_names_the_route_and_nobody() {
    let host = clevertap();
    ask(&host, get(&format!("{LIST}&name=Jane%20Doe")).with("x-request-id", "r-7"));
    let line = host.lines().into_iter().find(|line| line["kind"] == "request").unwrap();
    assert_eq!(line["request_id"], "r-7");
    assert_eq!((&line["account"], &line["route"]), (&json!("acme"), &json!(CAMPAIGNS)));
    assert_eq!((&line["status"], &line["code"], &line["method"]), (&json!(200), &Value::Null, &json!("GET")));
    assert!(line["ms"].is_u64() && line["bytes"].as_u64().unwrap() > 0);

    let host = silent();
    ask(
        &host,
        request("FROB", "/jane@example.org").with("x-request-id", "jane doe").without("authorization"),
    );
    ask(&host, get(&format!("{CAMPAIGNS}/jane@example.org?integrated_account_id=jane")));
    for line in host.lines() {
        assert!(!line.to_string().contains("jane") && !line.to_string().contains("FROB"), "{line}");
    }
    assert_eq!(host.lines()[1]["code"], "account_not_found");
}
