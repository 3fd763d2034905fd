//! People as audiences: pages and streams, cut and resumed, and what is refused.

use std::collections::BTreeSet;

use super::*;

const EXPORT: &str = "/unified/marketing-automation/audiences/export?integrated_account_id=acme";
const LINES: &str = "application/x-ndjson";

/// Of every seven people one has nothing but a bad number, and one nothing at all.
fn record(n: usize) -> Value {
    let identity = format!("u{n}");
    match n % 7 {
        0 => json!({"identity": identity, "phone": "0301234567"}),
        1 => json!({"identity": identity}),
        _ => {
            json!({"identity": identity, "email": format!("{identity}@example.com"), "name": "Ada Lovelace"})
        }
    }
}

/// An export of so many people in pages of 100; the page at `breaks` cannot be had.
fn people(count: usize, breaks: Option<usize>) -> FakeHost {
    FakeHost::answering(move |sent| {
        if sent.method == "POST" {
            return Reply::json(200, &json!({"status": "success", "cursor": "0"}));
        }
        let page: usize = sent.target.split("cursor=").nth(1).unwrap().parse().unwrap();
        if breaks == Some(page) {
            return Reply::json(400, &json!({"status": "fail", "error": "try later", "code": 400}));
        }
        let (first, last) = (page * 100, count.min((page + 1) * 100));
        let records: Vec<_> = (first..last).map(record).collect();
        let mut answer = json!({"status": "success", "records": records});
        if last < count {
            answer["next_cursor"] = json!((page + 1).to_string());
        }
        Reply::json(200, &answer)
    })
}

fn order(destination: &str) -> Value {
    let mut order = json!({"destination": destination, "event_name": "Charged", "occurred_at": {"gte": "2026-02-01", "lt": "2026-03-01"}});
    if destination == "google_data_manager" {
        order["destinations"] = json!([{"operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1"}, "productDestinationId": "2"}]);
    }
    order
}

/// The rows of an item, as texts.
fn rows(item: &Value) -> Vec<String> {
    let payload = &item["payload"];
    match item["destination"].as_str().unwrap() {
        "meta_api" => payload["payload"]["data"].as_array().unwrap().iter().map(Value::to_string).collect(),
        "google_data_manager" => {
            payload["audienceMembers"].as_array().unwrap().iter().map(Value::to_string).collect()
        }
        "ndjson" => payload.as_str().unwrap().lines().map(str::to_owned).collect(),
        _ => payload.as_str().unwrap().lines().skip(1).map(str::to_owned).collect(),
    }
}

/// Checks that nobody is lost, and gives how many were read, went out, and were left out.
fn totals(counts: &Value) -> (u64, u64, u64) {
    let skipped = counts["skipped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    let (read, rows) = (counts["people_read"].as_u64().unwrap(), counts["rows"].as_u64().unwrap());
    assert_eq!(read, rows + skipped, "{counts}");
    (read, rows, skipped)
}

/// All pages, from a cursor on.
fn walk(host: &FakeHost, order: &Value, limit: usize, mut cursor: String) -> Vec<Value> {
    let mut pages = Vec::new();
    loop {
        let page = ask(host, post(&format!("{EXPORT}&limit={limit}&next_cursor={cursor}"), order)).json();
        let next = page["next_cursor"].as_str().map(str::to_owned);
        pages.push(page);
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
    }
}

fn items(pages: &[Value]) -> Vec<Value> {
    pages.iter().flat_map(|page| page["result"].as_array().unwrap().clone()).collect()
}

/// Items or people, and `meta`.
fn lines(answer: &Answer) -> (Vec<Value>, Value) {
    let text = answer.text();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let meta = lines.pop().unwrap()["meta"].clone();
    (lines, meta)
}

#[test]
fn pages_of_any_size_and_a_stream_are_the_same_people() {
    for destination in ["meta_api", "google_data_manager", "meta_csv", "google_csv", "csv", "ndjson"] {
        let order = order(destination);
        let mut whole: Option<Vec<String>> = None;
        for limit in [37, 100, 1000] {
            let host = people(350, None);
            let pages = walk(&host, &order, limit, String::new());
            let all: Vec<String> = items(&pages).iter().flat_map(rows).collect();
            let sums = pages.iter().fold((0, 0, 0), |sum, page| {
                let (read, rows, skipped) = totals(&page["counts"]);
                assert!(read <= limit as u64);
                (sum.0 + read, sum.1 + rows, sum.2 + skipped)
            });
            // Files of our own know people by their ids.
            let expected =
                if ["csv", "ndjson"].contains(&destination) { (350, 350, 0) } else { (350, 250, 100) };
            assert_eq!((sums, all.len() as u64), (expected, expected.1), "{destination} {limit}");
            assert_eq!(*whole.get_or_insert_with(|| all.clone()), all, "{destination} {limit}");
        }
        let media = if destination.contains("csv") { "text/csv" } else { LINES };
        let answer = ask(&people(350, None), post(EXPORT, &order).with("accept", media));
        assert!(answer.header("content-type").unwrap().starts_with(media));
        let whole = whole.unwrap();
        let streamed: Vec<String> = match destination {
            "meta_api" | "google_data_manager" => {
                let (items, meta) = lines(&answer);
                assert_eq!(totals(&meta["counts"]), (350, 250, 100));
                assert_eq!(
                    (items[0]["counts"].clone(), meta["next_cursor"].is_null()),
                    (meta["counts"].clone(), true)
                );
                items.iter().flat_map(rows).collect()
            }
            "ndjson" => {
                let (people, meta) = lines(&answer);
                assert_eq!(totals(&meta["counts"]), (350, 350, 0));
                people.iter().map(Value::to_string).collect()
            }
            _ => answer.text().lines().skip(1).map(str::to_owned).collect(),
        };
        assert_eq!(streamed, whole, "{destination}");
    }
}

#[test]
fn an_upload_to_meta_is_one_session_over_all_pages() {
    let mut order = order("meta_api");
    order["operation"] = json!("replace");
    order["audience_id"] = json!("123");
    order["estimated_total"] = json!(250);
    order["columns"] = json!(["email"]);
    let items = items(&walk(&people(350, None), &order, 100, String::new()));
    let sessions: Vec<&Value> = items.iter().map(|item| &item["payload"]["session"]).collect();
    let id = &sessions[0]["session_id"];
    assert!(id.as_u64().is_some_and(|id| id > 0 && id < 1 << 53));
    for (place, (item, session)) in items.iter().zip(&sessions).enumerate() {
        let number = place + 1;
        assert_eq!(
            **session,
            json!({"session_id": id, "batch_seq": number, "last_batch_flag": number == items.len(), "estimated_num_total": 250})
        );
        assert_eq!((&item["batch"], &item["method"]), (&json!(number), &json!("POST")));
        assert_eq!(item["url"], "https://graph.facebook.com/v25.0/123/usersreplace");
        assert_eq!(item["payload"]["payload"]["schema"], json!(["EMAIL"]));
    }
}

/// A batch is full with 10,000 people, and who loses the connection goes on from the last item that arrived whole.
#[test]
fn batches_are_cut_and_each_tells_where_to_go_on() {
    let order = order("google_data_manager");
    let answer = ask(&people(14_700, None), post(EXPORT, &order).with("accept", LINES));
    let (items, meta) = lines(&answer);
    let sizes: Vec<u64> = items.iter().map(|item| item["rows"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [10_000, 500]);
    assert_eq!(totals(&meta["counts"]), (14_700, 10_500, 4200));
    let parts: u64 = items.iter().map(|item| totals(&item["counts"]).0).sum();
    assert_eq!(parts, 14_700);
    let next = items[0]["next_cursor"].as_str().unwrap();
    let answer = ask(
        &people(14_700, None),
        post(&format!("{EXPORT}&next_cursor={next}"), &order).with("accept", LINES),
    );
    let (again, meta) = lines(&answer);
    assert_eq!(again, items[1..]);
    assert_eq!(totals(&meta["counts"]), totals(&items[1]["counts"]));
}

#[test]
fn a_full_last_batch_is_the_last() {
    // 14,000 people of whom 10,000 go out: the rest come after the last row, and are counted with it.
    let answer = ask(&people(14_000, None), post(EXPORT, &order("meta_api")).with("accept", LINES));
    let (items, meta) = lines(&answer);
    assert_eq!((items.len(), items[0]["rows"].as_u64()), (1, Some(10_000)));
    assert_eq!(items[0]["payload"]["session"]["last_batch_flag"], true);
    assert_eq!((&items[0]["counts"], items[0]["next_cursor"].is_null()), (&meta["counts"], true));
}

#[test]
fn cut_and_resumed_is_the_same_set() {
    for destination in ["meta_api", "google_data_manager", "ndjson"] {
        let order = order(destination);
        let take = |answer: &Answer| {
            let (lines, meta) = lines(answer);
            let rows: Vec<String> = match destination {
                "ndjson" => lines.iter().map(Value::to_string).collect(),
                _ => lines.iter().flat_map(rows).collect(),
            };
            (rows, meta, lines)
        };
        let (whole, _, _) = take(&ask(&people(350, None), post(EXPORT, &order).with("accept", LINES)));
        let (mut parts, meta, first) =
            take(&ask(&people(350, Some(2)), post(EXPORT, &order).with("accept", LINES)));
        assert_eq!((meta["is_partial_response"].as_bool(), totals(&meta["counts"]).0), (Some(true), 200));
        let next = meta["next_cursor"].as_str().unwrap();
        let target = format!("{EXPORT}&next_cursor={next}");
        let (rest, meta, second) =
            take(&ask(&people(350, None), post(&target, &order).with("accept", LINES)));
        assert_eq!((meta["is_partial_response"].as_bool(), totals(&meta["counts"]).0), (Some(false), 150));
        // A page goes on where a stream stopped.
        let pages = walk(&people(350, None), &order, 1000, next.to_owned());
        assert_eq!(items(&pages).iter().flat_map(rows).collect::<Vec<_>>(), rest);
        parts.extend(rest);
        assert_eq!(parts, whole, "{destination}");
        if destination == "meta_api" {
            let (first, second) = (&first[0]["payload"]["session"], &second[0]["payload"]["session"]);
            assert_eq!(first["session_id"], second["session_id"]);
            let of = |session: &Value| (session["batch_seq"].as_u64(), session["last_batch_flag"].as_bool());
            assert_eq!((of(first), of(second)), ((Some(1), Some(false)), (Some(2), Some(true))));
        }
        // It is of this order alone.
        let others = match destination {
            "meta_api" => vec![
                ("limited_data_use", json!(true)),
                ("audience_id", json!("7")),
                ("estimated_total", json!(7)),
            ],
            "google_data_manager" => vec![
                (
                    "destinations",
                    json!([{"operatingAccount": {"accountId": "1"}, "productDestinationId": "3"}]),
                ),
                ("consent", json!({"ad_user_data": "granted"})),
                ("consent", json!({"ad_personalization": "denied"})),
                ("terms_of_service", json!("accepted")),
            ],
            _ => Vec::new(),
        };
        for (field, value) in others.into_iter().chain([("operation", json!("remove"))]) {
            let mut other = order.clone();
            other[field] = value;
            let answer = ask_alone(post(&target, &other));
            assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{other}");
            assert!(answer.message().contains("cursor"), "{other}: {}", answer.text());
        }
    }
    // A file goes on where a page stopped.
    let order = order("csv");
    let page = ask(&people(350, None), post(&format!("{EXPORT}&limit=120"), &order)).json();
    let next = page["next_cursor"].as_str().unwrap();
    let rest = ask(
        &people(350, None),
        post(&format!("{EXPORT}&next_cursor={next}"), &order).with("accept", "text/csv"),
    );
    assert_eq!(rest.text().lines().count(), 1 + 230);
}

/// CSV has no place for an error: the answer breaks off, which every client notices.
#[test]
fn a_file_that_fails_is_broken_off() {
    let host = people(350, Some(2));
    let broken = host.run(async {
        let request = post(EXPORT, &order("meta_csv")).with("accept", "text/csv");
        let answer = handle(&host, &environment(), request).await;
        assert_eq!(answer.status, 200);
        answer.body.read(1 << 24).await
    });
    assert!(broken.is_err(), "{broken:?}");
}

#[test]
fn a_session_that_goes_on_without_anybody_is_ended() {
    let mut order = order("meta_api");
    order["columns"] = json!(["email"]);
    // Nobody of the last two has an address.
    let host = people(9, None);
    let pages = walk(&host, &order, 7, String::new());
    let last = pages.last().unwrap();
    assert_eq!(last["result"][0]["payload"]["payload"]["data"], json!([]));
    assert_eq!(last["result"][0]["payload"]["session"]["last_batch_flag"], true);
    assert_eq!(last["meta"]["warnings"][0]["code"], "empty_last_batch");
    let next = pages[0]["next_cursor"].as_str().unwrap();
    let (items, meta) =
        lines(&ask(&host, post(&format!("{EXPORT}&next_cursor={next}"), &order).with("accept", LINES)));
    assert_eq!(items[0]["payload"], last["result"][0]["payload"]);
    assert_eq!(meta["warnings"][0]["code"], "empty_last_batch");
    // Where nothing was begun, there is nothing to end.
    order["occurred_at"] = json!({"gte": "2026-02-01", "lt": "2026-02-02"});
    assert_eq!(ask(&people(2, None), post(EXPORT, &order)).json()["result"], json!([]));
}

fn knowing() -> FakeHost {
    FakeHost::answering(|sent| {
        assert_eq!(sent.path(), "/1/profile.json");
        let name = sent.target.split('=').nth(1).unwrap();
        let record = match name {
            "gone" => Value::Null,
            name => {
                json!({"identity": name, "email": format!("{name}@example.com"), "profileData": {"Town": "Menlo Park"}})
            }
        };
        Reply::json(200, &json!({"status": "success", "record": record}))
            .after(std::time::Duration::from_millis(100))
    })
}

#[test]
fn people_by_name_are_looked_up_a_few_at_a_time() {
    let names: Vec<String> =
        (0..20).map(|n| if n == 7 { "gone".to_owned() } else { format!("u{n}") }).collect();
    let order = json!({"destination": "ndjson", "identities": names, "object_ids": ["o1"], "columns": ["id", "city"], "fields": {"city": "Town"}});
    let host = knowing();
    let pages = walk(&host, &order, 8, String::new());
    let all: Vec<String> = items(&pages).iter().flat_map(rows).collect();
    assert_eq!((pages.len(), all.len()), (3, 20));
    assert_eq!(all[0], r#"{"city":"Menlo Park","id":"u0"}"#);
    assert_eq!(all.last().unwrap(), r#"{"city":"Menlo Park","id":"o1"}"#);
    assert_eq!(pages[0]["counts"]["skipped"], json!({"not_found": 1}));
    assert!(host.sent().last().unwrap().target.ends_with("objectId=o1"));
    assert!((2..=3).contains(&host.most_in_flight()), "{}", host.most_in_flight());
    // The cursor is of these names.
    let next = pages[0]["next_cursor"].as_str().unwrap();
    let mut other = order.clone();
    other["identities"][0] = json!("somebody");
    assert_eq!(ask_alone(post(&format!("{EXPORT}&next_cursor={next}"), &other)).problem().0, 400);
}

#[test]
fn people_by_name_stop_at_the_deadline_and_go_on() {
    let slow = || {
        FakeHost::answering(|sent| {
            let name = sent.target.split('=').nth(1).unwrap();
            Reply::json(200, &json!({"status": "success", "record": {"identity": name}}))
                .after(std::time::Duration::from_secs(4))
        })
    };
    let names: Vec<String> = (0..40).map(|n| format!("u{n}")).collect();
    let order = json!({"destination": "ndjson", "identities": names, "columns": ["id"]});
    let first = ask(&slow(), post(EXPORT, &order)).json();
    assert_eq!(first["is_partial_response"], true, "{first}");
    let (read, ..) = totals(&first["counts"]);
    assert!((1..40).contains(&read), "{read}");
    let mut pages = vec![first.clone()];
    while let Some(next) = pages.last().unwrap()["next_cursor"].as_str() {
        let next = ask(&slow(), post(&format!("{EXPORT}&next_cursor={next}"), &order)).json();
        pages.push(next);
    }
    let all: Vec<String> = items(&pages).iter().flat_map(rows).collect();
    assert_eq!(all, names.iter().map(|name| format!(r#"{{"id":"{name}"}}"#)).collect::<Vec<_>>());
}

#[test]
fn rows_in_hand_need_nobody() {
    let rows = json!([
        {"email": "a@example.com", "country": "us"},
        {"id": "u2", "name": "Ada Lovelace", "devices": [], "custom_fields": {"Mail": "b@example.com"}},
        {"phone": "0301234567"},
    ]);
    let order = json!({"destination": "meta_api", "operation": "remove", "rows": rows, "fields": {"email": "Mail"}, "limited_data_use": true});
    let page = ask_alone(post(EXPORT, &order)).json();
    assert_eq!(
        page["counts"],
        json!({"people_read": 3, "rows": 2, "skipped": {"no_identifier": 1}, "fields_dropped": {"phone": {"no_country_code": 1}}})
    );
    let item = &page["result"][0];
    assert_eq!((&item["method"], &item["rows"]), (&json!("DELETE"), &json!(2)));
    assert_eq!(item["payload"]["session"]["last_batch_flag"], true);
    assert_eq!(
        item["payload"]["payload"]["schema"].as_array().unwrap().last().unwrap(),
        "DATA_PROCESSING_OPTIONS"
    );
    assert_eq!((page["result_count"].as_u64(), page["next_cursor"].is_null()), (Some(1), true));
    // The parameters of Truto's that shape lists do here, too.
    let keyed =
        ask_alone(post(&format!("{EXPORT}&truto_key_by=batch&truto_exclude_fields=payload"), &order)).json();
    assert_eq!((keyed["result"]["1"]["rows"].as_u64(), keyed["result"]["1"].get("payload")), (Some(2), None));
    let most = json!({"destination": "csv", "rows": vec![json!({"id": "x"}); 10_001]});
    assert!(ask_alone(post(EXPORT, &most)).message().contains("10000"));
}

#[test]
fn rows_in_hand_come_in_pages_like_all_others() {
    let rows: Vec<Value> = (0..250).map(|n| json!({"email": format!("u{n}@example.com")})).collect();
    let order = json!({"destination": "meta_api", "rows": rows, "columns": ["email"]});
    let whole = ask_alone(post(EXPORT, &order)).json();
    let pages = walk(&silent(), &order, 100, String::new());
    let read: Vec<u64> = pages.iter().map(|page| totals(&page["counts"]).0).collect();
    assert_eq!(read, [100, 100, 50]);
    let payloads = items(&pages);
    assert_eq!(
        payloads.iter().flat_map(super::audiences::rows).collect::<Vec<_>>(),
        super::audiences::rows(&whole["result"][0])
    );
    let last: Vec<bool> = payloads
        .iter()
        .map(|item| item["payload"]["session"]["last_batch_flag"].as_bool().unwrap())
        .collect();
    assert_eq!(last, [false, false, true]);
    // The cursor is of these rows.
    let mut other = order;
    other["rows"][0] = json!({"email": "somebody@example.com"});
    let next = pages[0]["next_cursor"].as_str().unwrap();
    assert_eq!(ask_alone(post(&format!("{EXPORT}&next_cursor={next}"), &other)).problem().0, 400);
}

#[test]
fn what_comes_from_anywhere_stays_in_its_cell() {
    let odd = [
        "=HYPERLINK(\"http://x\")",
        "@SUM(A1)",
        "-2+3",
        "\tx",
        "  =1",
        "\u{a0}\u{feff}＠SUM(A1)",
        " +1 555",
        "a;=HYPERLINK(\"http://x\")",
        "🎉\u{202e}gnitseT",
        "a\"b,c\r\nd",
        "+1 555",
        "\u{0}",
    ];
    let rows: Vec<Value> = odd.iter().map(|text| json!({"id": "u", "name": text})).collect();
    let order =
        |destination: &str| json!({"destination": destination, "rows": rows, "columns": ["id", "name"]});
    let page = ask_alone(post(EXPORT, &order("csv"))).json();
    let text = page["result"][0]["payload"].as_str().unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    let guarded =
        |text: &str| ["=", "@", "-2", "\t", "  =", "\u{a0}"].iter().any(|start| text.starts_with(start));
    let expected: Vec<String> =
        odd.iter().map(|text| if guarded(text) { format!("'{text}") } else { (*text).to_owned() }).collect();
    assert_eq!(cells, expected);
    // One that takes semicolons for commas does not cut a quoted value.
    assert!(text.contains("\"a;=HYPERLINK(\"\"http://x\"\")\""), "{text}");
    let page = ask_alone(post(EXPORT, &order("ndjson"))).json();
    let lines = page["result"][0]["payload"].as_str().unwrap().lines();
    let names: Vec<String> = lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, odd);
}

#[test]
fn a_saved_segment_is_refused_with_what_to_do() {
    for id in [json!("abc"), json!(7)] {
        let answer = ask_alone(post(EXPORT, &json!({"destination": "meta_api", "segment_id": id})));
        assert_eq!(answer.problem(), (422, "unprocessable".to_owned()));
        let message = answer.message();
        assert!(message.contains("saved segment") && message.contains("event_name"), "{message}");
        assert_eq!(answer.json()["details"]["failures"][0]["field"], "segment_id");
    }
    // Null is absent, as everywhere.
    let nothing = json!({"destination": "csv", "segment_id": null, "operation": null, "columns": null, "fields": null,
        "audience_id": null, "limited_data_use": null, "estimated_total": null, "destinations": null, "consent": null,
        "terms_of_service": null, "event_name": null, "query": null, "occurred_at": null, "identities": null,
        "emails": null, "object_ids": null, "rows": [{"id": "u"}]});
    let answer = ask_alone(post(EXPORT, &nothing));
    assert_eq!((answer.status, &answer.json()["counts"]["rows"]), (200, &json!(1)), "{}", answer.text());
    let mut replace = order("google_data_manager");
    replace["operation"] = json!("replace");
    let answer = ask_alone(post(EXPORT, &replace));
    assert_eq!(answer.problem(), (422, "unprocessable".to_owned()));
    assert!(answer.message().contains("no replace"), "{}", answer.message());
}

#[test]
fn what_is_wrong_is_told_before_anybody_is_asked() {
    let with = |destination: &str, more: Value| {
        let mut order = order(destination);
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    for (body, names) in [
        (json!({}), &["destination", "event_name"][..]),
        (json!({"destination": "tiktok", "rows": []}), &["destination"]),
        (with("csv", json!({"operation": "merge"})), &["operation"]),
        (with("csv", json!({"columns": ["email", "email"]})), &["columns"]),
        (with("meta_csv", json!({"columns": ["id"]})), &["columns"]),
        (with("csv", json!({"columns": []})), &["columns"]),
        (with("csv", json!({"fields": {"town": "Town"}})), &["fields.town"]),
        (with("csv", json!({"identities": ["a"]})), &["event_name"]),
        (with("csv", json!({"occurred_at": {"from": "2026-01-01"}})), &["occurred_at.from"]),
        (with("csv", json!({"occurred_at": {"gte": "soon"}})), &["occurred_at[gte]"]),
        (with("csv", json!({"query": {"event_propertys": []}})), &["query.event_propertys"]),
        (
            with("csv", json!({"audience_id": "1", "consent": {"ad_user_data": "denied"}})),
            &["audience_id", "consent.ad_user_data"],
        ),
        (
            with("meta_csv", json!({"limited_data_use": true, "terms_of_service": "accepted"})),
            &["limited_data_use", "terms_of_service"],
        ),
        (with("csv", json!({"fields": {"city": " "}})), &["fields.city"]),
        (with("meta_api", json!({"audience_id": "a/b"})), &["audience_id"]),
        (with("google_data_manager", json!({"destinations": []})), &["destinations"]),
        (
            with("google_data_manager", json!({"destinations": [{"productDestinationId": "2"}]})),
            &["destinations"],
        ),
        (
            with("google_data_manager", json!({"consent": {"ads": "granted", "ad_user_data": "yes"}})),
            &["consent.ad_user_data", "consent.ads"],
        ),
        (with("google_data_manager", json!({"terms_of_service": "fine"})), &["terms_of_service"]),
        (json!({"destination": "csv", "rows": [{"emial": "x"}]}), &["rows[0].emial"]),
        (json!({"destination": "csv", "identities": [""]}), &["identities[0]"]),
        // What is wrong with the people hides nothing else.
        (
            json!({"destination": "tiktok", "operation": "merge", "rows": [7], "hashed": true}),
            &["destination", "operation", "rows[0]", "hashed"],
        ),
        (
            json!({"destination": "csv", "columns": ["x"], "rows": [{"emial": "x"}]}),
            &["columns", "rows[0].emial"],
        ),
        (
            json!({"destination": "csv", "columns": ["x"], "identities": vec!["u"; 10_001]}),
            &["columns", "identities"],
        ),
        (
            json!({"destination": "csv", "columns": ["x"], "event_name": "Charged", "occurred_at": {"gte": "soon"}}),
            &["columns", "occurred_at[gte]"],
        ),
        (
            json!({"destination": "google_data_manager", "operation": "remove", "rows": [], "terms_of_service": "accepted",
                "consent": {"ad_user_data": "granted"}, "destinations": order("google_data_manager")["destinations"]}),
            &["consent.ad_user_data", "terms_of_service"],
        ),
        (with("csv", json!({"hashed": true})), &["hashed"]),
    ] {
        let answer = ask_alone(post(EXPORT, &body));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{body}: {}", answer.text());
        let json = answer.json();
        let fields: BTreeSet<&str> = json["details"]["failures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, names.iter().copied().collect(), "{body}");
    }
    for (target, media, order) in [
        (format!("{EXPORT}&limit=10001"), "*/*", order("csv")),
        (format!("{EXPORT}&truto_response_format=raw"), "*/*", order("csv")),
        (EXPORT.to_owned(), LINES, order("csv")),
        (EXPORT.to_owned(), "text/csv", order("meta_api")),
        (EXPORT.to_owned(), LINES, json!({"destination": "ndjson", "rows": []})),
        (format!("{EXPORT}&truto_key_by=batch"), LINES, order("meta_api")),
        (format!("{EXPORT}&limit=5"), "text/csv", order("csv")),
    ] {
        let answer = ask_alone(post(&target, &order).with("accept", media));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{target} {media}");
    }
    // Nobody's address is in an error, or in a log.
    let secret = json!({"destination": "csv", "rows": [{"email": {"a": "ada@example.com"}}]});
    assert!(!ask_alone(post(EXPORT, &secret)).text().contains("ada@"));
    let answer = ask(&people(3, None), post(EXPORT, &order("csv")).with("accept", "image/png"));
    assert_eq!(answer.problem(), (406, "not_acceptable".to_owned()));
}
