//! Reading people and what they did.

use super::*;

const CONTACTS: &str = "/unified/marketing-automation/contacts?integrated_account_id=acme";
const EVENTS: &str = "/unified/marketing-automation/events?integrated_account_id=acme";

fn record(n: usize) -> Value {
    json!({"profile": {"identity": format!("u{n}")}, "ts": 20_260_215_120_000_u64 + n as u64 % 60, "event_props": {"n": n}})
}

/// An export of so many records in pages of 100; the page at `breaks` cannot be had.
fn exporting(count: usize, breaks: Option<usize>) -> FakeHost {
    FakeHost::answering(move |sent| {
        if sent.method == "POST" {
            return Reply::json(200, &json!({"status": "success", "cursor": "0"}));
        }
        let page: usize = sent.target.split("cursor=").nth(1).unwrap().parse().unwrap();
        if breaks == Some(page) {
            return Reply::json(200, &json!({"status": "fail", "error": "Incorrect Usage", "code": 3}));
        }
        let (first, last) = (page * 100, count.min((page + 1) * 100));
        if first >= count {
            return Reply::json(200, &json!({"status": "success"}));
        }
        let records: Vec<_> = (first..last).map(record).collect();
        Reply::json(
            200,
            &json!({"status": "success", "next_cursor": (page + 1).to_string(), "records": records}),
        )
    })
}

#[test]
fn one_person_by_any_name() {
    let found = || {
        FakeHost::answering(|_| {
            Reply::json(
                200,
                &json!({"status": "success", "record": {"identity": "u+1", "email": "a@example.com"}}),
            )
        })
    };
    for (target, sent) in [
        (
            "/unified/marketing-automation/contacts/u%2B1?integrated_account_id=acme",
            "/1/profile.json?identity=u%2B1",
        ),
        (
            "/unified/marketing-automation/contacts/a@example.com?integrated_account_id=acme&id_type=email",
            "/1/profile.json?email=a%40example.com",
        ),
        (
            "/unified/marketing-automation/contacts/o?integrated_account_id=acme&id_type=object_id",
            "/1/profile.json?objectId=o",
        ),
    ] {
        let host = found();
        let body = ask(&host, get(target)).json();
        assert_eq!(
            (body["id"].as_str(), body["remote_data"]["identity"].as_str()),
            (Some("u+1"), Some("u+1"))
        );
        assert_eq!(host.sent()[0].target, sent);
    }
    let body = ask(&found(), get(&format!("{CONTACTS}&email=a%40example.com"))).json();
    assert_eq!((body["result_count"].as_u64(), body["result"][0]["id"].as_str()), (Some(1), Some("u+1")));

    let nobody = || FakeHost::answering(|_| Reply::json(200, &json!({"status": "success", "record": null})));
    let gone = ask(&nobody(), get("/unified/marketing-automation/contacts/x?integrated_account_id=acme"));
    assert_eq!(gone.problem(), (404, "not_found".to_owned()));
    let body = ask(&nobody(), get(&format!("{CONTACTS}&identity=x"))).json();
    assert_eq!((body["result_count"].as_u64(), body["next_cursor"].is_null()), (Some(0), true));
    for bad in [
        format!("{CONTACTS}&identity=x&email=y"),
        CONTACTS.to_owned(),
        "/unified/marketing-automation/contacts/x?integrated_account_id=acme&id_type=phone".to_owned(),
    ] {
        assert_eq!(ask_alone(get(&bad)).problem(), (400, "invalid".to_owned()), "{bad}");
    }
    assert!(ask_alone(get(CONTACTS)).message().contains("by the name of an event"));
}

#[test]
fn events_in_pages_of_any_size_and_as_a_stream_are_the_same() {
    let target = format!(
        "{EVENTS}&event_name=Order%20Placed&occurred_at[gte]=2026-02-01&occurred_at[lt]=2026-03-01&truto_ignore_remote_data=true"
    );
    let mut whole = Vec::new();
    for limit in [7, 50, 100, 5000] {
        let host = exporting(250, None);
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let body = ask(&host, get(&format!("{target}&limit={limit}&next_cursor={cursor}"))).json();
            assert_eq!(body["limit"], limit);
            all.extend(body["result"].as_array().unwrap().clone());
            match body["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(all.len(), 250);
        assert_eq!(
            (all[7]["name"].as_str(), all[7]["occurred_at"].as_str(), all[7]["profile_id"].as_str()),
            (Some("Order Placed"), Some("2026-02-15T06:30:07Z"), Some("u7"))
        );
        assert!(all[7].get("remote_data").is_none());
        if whole.is_empty() { whole = all } else { assert_eq!(all, whole) }
    }
    let host = exporting(250, None);
    let answer = ask(&host, get(&target).with("accept", "application/x-ndjson"));
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = answer.text();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let meta = lines.pop().unwrap()["meta"].clone();
    assert_eq!(lines, whole);
    assert_eq!(
        (meta["result_count"].as_u64(), meta["next_cursor"].is_null(), meta["is_partial_response"].as_bool()),
        (Some(250), true, Some(false))
    );
    assert!(meta["fetched_at"].as_str().unwrap().starts_with("2026-03-01T12:00:"), "{meta}");
    for name in ["as_of", "documented_lag"] {
        assert_eq!(meta.get(name), Some(&Value::Null), "CleverTap's documentation says nothing of it");
    }
    // A stream may be bounded, and go on.
    let answer = ask(&host, get(&format!("{target}&limit=120")).with("accept", "application/x-ndjson"));
    let text = answer.text();
    let meta: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let next = meta["meta"]["next_cursor"].as_str().unwrap();
    let rest =
        ask(&host, get(&format!("{target}&next_cursor={next}")).with("accept", "application/x-ndjson"));
    assert_eq!((text.lines().count(), rest.text().lines().count()), (121, 131));
}

#[test]
fn a_stream_that_breaks_says_where_to_go_on() {
    let target = format!("{EVENTS}&event_name=a&occurred_at[gte]=2026-02-01&occurred_at[lt]=2026-03-01");
    let answer = ask(&exporting(250, Some(2)), get(&target).with("accept", "application/x-ndjson"));
    let text = answer.text();
    let meta: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let meta = &meta["meta"];
    assert_eq!(
        (answer.status, meta["result_count"].as_u64(), meta["is_partial_response"].as_bool()),
        (200, Some(200), Some(true))
    );
    assert_eq!(meta["error"]["code"], "cursor_expired");
    assert!(meta["error"]["details"]["restart"].as_str().unwrap().contains("whole period"), "{meta}");
    // From there on it is as it was.
    let next = meta["next_cursor"].as_str().unwrap();
    let rest = ask(
        &exporting(250, None),
        get(&format!("{target}&next_cursor={next}")).with("accept", "application/x-ndjson"),
    );
    assert_eq!(rest.text().lines().count(), 51);
    // What is wrong at once is an error like any other.
    for (host, status) in [
        (exporting(250, Some(0)), 410),
        (
            FakeHost::answering(|_| {
                Reply::json(
                    400,
                    &json!({"status": "fail", "error": "Export not allowed for this event", "code": 400}),
                )
            }),
            400,
        ),
    ] {
        let answer = ask(&host, get(&target).with("accept", "application/x-ndjson"));
        assert_eq!(answer.problem().0, status, "{}", answer.text());
    }
    assert_eq!(
        ask_alone(get(&format!("{target}&truto_key_by=id")).with("accept", "application/x-ndjson"))
            .problem()
            .0,
        400
    );
}

#[test]
fn people_of_an_event() {
    let records = json!([{"identity": "u1", "profileData": {"plan": "pro"}}, {"platformInfo": [{"platform": "Web", "objectId": "o2"}]}]);
    let host = FakeHost::answering(move |sent| match sent.method.as_str() {
        "POST" => Reply::json(200, &json!({"status": "success", "cursor": "c"})),
        _ => Reply::json(200, &json!({"status": "success", "records": records})),
    });
    let query = "%7B%22event_properties%22%3A%5B%5D%7D";
    let target = format!(
        "{CONTACTS}&event_name=a&occurred_at[gte]=2026-02-01&occurred_at[lt]=2026-02-02&query={query}"
    );
    let body = ask(&host, get(&target)).json();
    assert_eq!(
        (body["result"][0]["custom_fields"]["plan"].as_str(), body["result"][1]["id"].as_str()),
        (Some("pro"), Some("o2"))
    );
    assert_eq!(body["result"][1]["is_anonymous"], true);
    assert_eq!(
        host.sent()[0].json(),
        json!({"event_name": "a", "from": 20_260_201, "to": 20_260_201, "event_properties": []})
    );
    for bad in
        ["&query=x", "&query=%7B%22from%22%3A1%7D", "&limit=5001", "&limit=0", "&occurred_at[gte]=soon"]
    {
        assert_eq!(ask_alone(get(&format!("{target}{bad}"))).problem().0, 400, "{bad}");
    }
}

#[test]
fn counts_trends_and_what_happens_now() {
    let at = |what: &str| format!("/unified/marketing-automation/{what}?integrated_account_id=acme");
    let answering = |answer: Value| FakeHost::answering(move |_| Reply::json(200, &answer));
    let query = json!({"event_name": "a", "occurred_at": {"gte": "2026-01-01", "lt": "2026-02-01"}});
    for what in ["events/count", "contacts/count"] {
        let host = answering(json!({"status": "success", "count": 7}));
        assert_eq!(ask(&host, post(&at(what), &query)).json()["result"], json!({"count": 7}));
        assert_eq!(host.sent()[0].json(), json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131}));
    }
    // Filters are taken under the name that the lists have for them, and days in either form.
    let host = answering(json!({"status": "success", "count": 1}));
    let filtered =
        json!({"event_name": "a", "from": "2026-01-01", "to": "20260131", "query": {"event_properties": []}});
    ask(&host, post(&at("events/count"), &filtered));
    assert_eq!(
        host.sent()[0].json(),
        json!({"event_name": "a", "from": 20_260_101, "to": 20_260_131, "event_properties": []})
    );
    let mut grouped = query.clone();
    grouped["groups"] = json!({"d": {"trend_type": "daily"}});
    let host = answering(json!({"status": "success", "d": {"20260101": 3}}));
    let body = ask(&host, post(&at("events/trends"), &grouped)).json();
    assert_eq!(body["result"]["groups"]["d"], json!([{"period": "2026-01-01", "value": 3}]));
    let host = answering(json!({"status": "success", "d": {"STR": {"x": 3}}}));
    let body = ask(&host, post(&at("events/top"), &grouped)).json();
    assert_eq!(body["result"]["groups"]["d"], json!([{"value": "x", "count": 3, "type": "STR"}]));
    let host = answering(json!({"status": "success", "count": 214, "last_processed_ts": 1_486_536_600}));
    assert_eq!(ask(&host, post(&at("events/real-time"), &json!({}))).json()["result"]["count"], 214);

    for (what, bad, field) in [
        ("events/count", json!({}), "event_name"),
        ("events/count", json!({"event_name": "a"}), "from"),
        ("events/count", json!({"event_name": "a", "occurred_at": {"gte": "2026-01-01"}}), "occurred_at"),
        (
            "events/count",
            json!({"event_name": "a", "occurred_at": {"gte": "2026-01-01", "lt": "2026-01-01"}}),
            "occurred_at.lt",
        ),
        ("events/count", json!({"event_name": "a", "from": "soon", "to": 20_260_102}), "from"),
        ("events/count", json!({"event_name": "a", "frm": 1}), "frm"),
        ("events/count", json!({"event_name": "a", "query": {"nonsense": 1}}), "query.nonsense"),
        (
            "events/count",
            json!({"event_name": "a", "event_properties": [], "query": {"event_properties": [1]}}),
            "query.event_properties",
        ),
        ("events/real-time", json!({"by": "city"}), "by"),
        (
            "events/trends",
            json!({"event_name": "a", "from": 20_260_101, "to": 20_260_102, "groups": []}),
            "groups",
        ),
        ("events/trends", query.clone(), "groups"),
        ("events/top", query.clone(), "groups"),
    ] {
        let answer = ask_alone(post(&at(what), &bad));
        assert_eq!(answer.json()["details"]["failures"][0]["field"], field, "{bad}: {}", answer.text());
    }
    // A count that takes longer than the deadline goes on.
    let host = answering(json!({"status": "partial", "req_id": 5}));
    let answer = ask(&host, post(&at("events/count"), &query));
    assert_eq!(answer.problem(), (503, "not_ready".to_owned()));
    let next = answer.json()["details"]["next_cursor"].as_str().unwrap().to_owned();
    let host = answering(json!({"status": "success", "count": 9}));
    let answer = ask(&host, post(&format!("{}&next_cursor={next}", at("events/count")), &query));
    assert_eq!(answer.json()["result"], json!({"count": 9}));
    assert_eq!(host.sent()[0].target, "/1/counts/events.json?req_id=5");
}

#[test]
fn a_sync_reads_the_last_days_of_events_again() {
    let record = json!({"ts": 20_260_228_120_000_u64, "profile": {"objectId": "o"}, "event_props": {"a": 1}});
    let answer = move |sent: &Sent| match sent.method.as_str() {
        "POST" => Reply::json(200, &json!({"status": "success", "cursor": "c"})),
        _ => Reply::json(200, &json!({"status": "success", "records": [record]})),
    };
    let target = "/unified/marketing-automation/events?integrated_account_id=acme&event_name=a";
    let mut keys = Vec::new();
    for (query, from) in [("&sync=true", 20_260_227), ("&trailing_days=10", 20_260_220)] {
        let host = FakeHost::answering(answer.clone());
        let events = ask(&host, get(&format!("{target}{query}")));
        assert_eq!(events.status, 200, "{}", events.text());
        // Today is the first of March.
        assert_eq!(host.sent()[0].json(), json!({"event_name": "a", "from": from, "to": 20_260_301}));
        keys.push(events.json()["result"][0]["row_key"].clone());
    }
    assert!(keys[0].is_string() && keys[0] == keys[1], "{keys:?}");
    for bad in ["&sync=true&occurred_at[gte]=2026-01-01", "&trailing_days=400", "&sync=maybe"] {
        assert_eq!(ask_alone(get(&format!("{target}{bad}"))).problem().0, 400, "{bad}");
    }
    // People have no such window.
    let contacts = "/unified/marketing-automation/contacts?integrated_account_id=acme&event_name=a&sync=true";
    assert_eq!(ask_alone(get(contacts)).problem().0, 400);
}
