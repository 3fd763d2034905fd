//! What is written is read: people, events, messages, segments, through the service and through the provider.

use clevertap_sandbox::{Config, Variants};
use component_tests::{ACCOUNT, PROJECT, UNIFIED, World};
use serde_json::{Value, json};

fn at(path: &str) -> String {
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{UNIFIED}/{path}{join}integrated_account_id={ACCOUNT}")
}

async fn empty() -> World {
    World::with_env(
        Config { campaigns: 40, profiles: 0, events: 0, ..Config::default() },
        &[("MARKETING_AUTOMATION_UPLOAD_HOSTS", "127.0.0.1")],
    )
    .await
}

fn today(world: &World) -> String {
    let day = world.state().today(PROJECT).expect("a day").to_string();
    format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..8])
}

pub(crate) async fn a_profile_pushed_is_a_profile_read() {
    let world = empty().await;
    let person = json!({
        "id": "+4915112345678", "name": "Ada Lovelace", "email": "ada@example.com", "phone": "+49 151 12345678",
        "gender": "female", "birthdate": "1990-12-10", "timezone": "Europe/Berlin",
        "subscriptions": [{"channel": "push", "status": "UNSUBSCRIBED"}],
        "custom_fields": {"plan": "pro", "tags": {"$add": ["a", "b"]}, "visits": {"$incr": 2}},
    });
    world.client.post(&at("contacts"), &person).await.ok();
    let read = world.client.get(&at("contacts/%2B4915112345678")).await.ok();
    for (key, value) in [
        ("id", json!("+4915112345678")),
        ("name", json!("Ada Lovelace")),
        ("email", json!("ada@example.com")),
        ("phone", json!("+4915112345678")),
        ("gender", json!("F")),
        ("birthdate", json!("1990-12-10")),
        ("timezone", json!("Europe/Berlin")),
        ("custom_fields", json!({"plan": "pro", "tags": ["a", "b"], "visits": 2})),
        ("subscriptions", json!([{"channel": "push", "status": "UNSUBSCRIBED"}])),
    ] {
        assert_eq!(read[key], value, "{key}: {read}");
    }
    // By e-mail, too, and changed, opted out, and gone.
    let change = json!({"custom_fields": {"plan": null, "tags": {"$remove": ["a"]}, "visits": {"$decr": 1}}});
    let changed = world.client.call("PATCH", &at("contacts/%2B4915112345678"), Some(&change)).await.ok();
    assert_eq!(changed["id"], "+4915112345678");
    world
        .client
        .post(&at("contacts/opt-out"), &json!([{"email": "ada@example.com"}, {"phone": "+4915112345678"}]))
        .await
        .ok();
    let read = world.client.get(&at("contacts/ada@example.com?id_type=email")).await.ok();
    assert_eq!(read["custom_fields"], json!({"tags": ["b"], "visits": 1}));
    let channels: Vec<_> = read["subscriptions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["channel"].as_str(), one["status"].as_str()))
        .collect();
    assert!(
        channels.contains(&(Some("email"), Some("UNSUBSCRIBED")))
            && channels.contains(&(Some("sms"), Some("UNSUBSCRIBED"))),
        "{channels:?}"
    );
    let gone = world.client.call("DELETE", &at("contacts/%2B4915112345678"), None).await.ok();
    assert_eq!(gone, json!({"id": "+4915112345678"}));
    for form in ["record_null", "record_absent", "not_found", "message"] {
        let variants: Variants = serde_json::from_value(json!({"unknown_user": form})).expect("a variant");
        world.state().set_variants(variants);
        let nobody = world.client.get(&at("contacts/%2B4915112345678")).await;
        assert_eq!((nobody.status, nobody.json()["code"].as_str()), (404, Some("not_found")), "{form}");
    }
}

pub(crate) async fn an_event_pushed_is_exported_and_counted_and_its_people_listed() {
    let world = empty().await;
    let events: Vec<Value> = (0..30)
        .map(|n| json!({"name": "Order Placed", "profile_id": format!("u{}", n % 7), "properties": {"n": n, "plan": if n % 3 == 0 { "pro" } else { "free" }}}))
        .collect();
    world.client.post(&at("events"), &json!(events)).await.ok();
    let today = today(&world);
    let period = format!("occurred_at[gte]={today}");
    let listed =
        world.client.get(&at(&format!("events?event_name=Order%20Placed&{period}&limit=100"))).await.ok();
    assert_eq!(listed["result_count"], 30, "{listed}");
    assert!(listed["result"][0]["occurred_at"].as_str().is_some_and(|time| time.ends_with('Z')));
    let people = world.walk(&format!("{UNIFIED}/contacts?event_name=Order%20Placed&{period}"), 3).await;
    let mut ids: Vec<_> = people.iter().filter_map(|person| person["id"].as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["u0", "u1", "u2", "u3", "u4", "u5", "u6"]);
    let day = today.replace('-', "");
    let query = json!({"event_name": "Order Placed", "from": day.parse::<u64>().expect("a day"), "to": day.parse::<u64>().expect("a day")});
    assert_eq!(world.client.post(&at("events/count"), &query).await.ok()["result"], json!({"count": 30}));
    assert_eq!(world.client.post(&at("contacts/count"), &query).await.ok()["result"], json!({"count": 7}));
    let mut grouped = query.clone();
    grouped["groups"] = json!({"by day": {"trend_type": "daily"}});
    let trends = world.client.post(&at("events/trends"), &grouped).await.ok();
    assert_eq!(trends["result"]["groups"]["by day"], json!([{"period": today, "value": 30}]));
    grouped["groups"] =
        json!({"plans": {"property_type": "event_properties", "name": "plan", "top_n": 5, "order": "desc"}});
    let top = world.client.post(&at("events/top"), &grouped).await.ok();
    let plans: Vec<_> = top["result"]["groups"]["plans"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["value"].as_str(), one["count"].as_u64()))
        .collect();
    assert_eq!(plans, [(Some("free"), Some(20)), (Some("pro"), Some(10))]);
    world.client.post(&at("events/real-time"), &json!({})).await.ok();
}

pub(crate) async fn a_message_triggered_shows_in_the_campaigns_numbers() {
    let world = empty().await;
    let people: Vec<Value> =
        (0..2100).map(|n| json!({"id": format!("u{n}"), "phone": format!("+4915{n:08}")})).collect();
    world.client.post(&at("contacts"), &json!(people)).await.ok();
    let to: Vec<String> = (0..2100).map(|n| format!("u{n}")).collect();
    let api = world
        .state()
        .campaigns(PROJECT)
        .into_iter()
        .find(|campaign| campaign.delivery == "api")
        .expect("one");
    let before = api.total.sent;
    let order =
        json!({"campaign_id": api.id.to_string(), "to": {"identities": to}, "data": {"amount": "9.90"}});
    let answer = world.client.post(&at("messages"), &order).await.ok();
    assert_eq!((answer["succeeded"].as_u64(), world.state().triggers().len()), (Some(2100), 3));
    let after =
        world.state().campaigns(PROJECT).into_iter().find(|campaign| campaign.id == api.id).expect("one");
    assert!(after.total.sent > before, "{} then {}", before, after.total.sent);
    let sent = world
        .client
        .post(&at("messages"), &json!({"channel": "sms", "to": to, "body": "Hi", "provider_nick_name": "p"}))
        .await
        .ok();
    assert_eq!((sent["succeeded"].as_u64(), world.state().sends().len()), (Some(2100), 3));
}

pub(crate) async fn segments_have_the_members_that_they_were_given() {
    let world = empty().await;
    let list = json!({"name": "VIP", "identities": ["u1", "a,b"], "object_ids": ["o1"], "creator_email": "admin@example.com"});
    let made = world.client.post(&at("segments"), &list).await.ok();
    let truth = world.state().segments(PROJECT);
    assert_eq!(
        (made["id"].as_str(), truth[0].members.clone()),
        (Some(truth[0].id.to_string().as_str()), vec!["a,b".to_owned(), "g:o1".to_owned(), "u1".to_owned()])
    );
    let again = world.client.post(&at("segments"), &list).await;
    assert!(
        again.status >= 400
            && again.json()["message"].as_str().is_some_and(|text| text.contains("replace: true")),
        "{again:?}"
    );
    let put = world.state().calls().into_iter().find(|call| call.method == "PUT").expect("an upload");
    assert!(
        put.headers.iter().all(|(name, _)| !name.starts_with("x-clevertap") && name != "traceparent"),
        "{put:?}"
    );
    assert!(!world.client.stderr().contains("X-Amz"), "the upload URL is in the log");

    world
        .client
        .post(&at("segments"), &json!({"type": "api", "name": "Beta", "customer_segment_id": "beta"}))
        .await
        .ok();
    let people: Vec<String> = (0..250).map(|n| format!("u{n}")).collect();
    let added = world.client.post(&at("segments/beta/add"), &json!(people)).await.ok();
    assert_eq!(added["succeeded"], 250);
    world.client.post(&at("segments/beta/remove"), &json!({"id": "u0"})).await.ok();
    assert_eq!(world.state().segments(PROJECT)[1].members.len(), 249);
    let listed = world.walk(&format!("{UNIFIED}/segments"), 1).await;
    assert_eq!(listed.iter().filter_map(|one| one["name"].as_str()).collect::<Vec<_>>(), ["VIP", "Beta"]);
    let one = world.client.get(&at(&format!("segments/{}", made["id"].as_str().expect("an id")))).await.ok();
    assert_eq!((one["name"].as_str(), one["size"].as_u64()), (Some("VIP"), Some(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_does_it_all_too() {
    let world = empty().await;
    let mut connection = world.connection();
    connection["upload-hosts"] = json!(["127.0.0.1"]);
    let mut session = world.provider().open(&connection).await.expect("it opens");
    let text = |value: Value| Value::String(value.to_string());
    let receipt = session
        .call(
            "contacts",
            "upsert",
            &[
                json!([
                    text(json!({"id": "u1", "email": "a@example.com"})),
                    text(json!({"email": "nobody"})),
                    "{"
                ]),
                json!("no"),
            ],
        )
        .await
        .expect("a receipt");
    assert_eq!((receipt["succeeded"].as_u64(), receipt["failed"].as_u64()), (Some(1), Some(2)), "{receipt}");
    assert_eq!(receipt["records"][1]["failure"]["code"], 523, "{receipt}");
    assert_eq!(receipt["records"][2]["index"], 2);
    let contact =
        session.call("contacts", "get", &[json!({"email": "a@example.com"})]).await.expect("a contact");
    assert_eq!(contact["id"], "u1", "{contact}");

    let events: Vec<Value> = (0..2500)
        .map(|n| {
            text(json!({"id": format!("e{n}"), "name": "Bulk", "profile_id": "u1", "properties": {"n": n}}))
        })
        .collect();
    let mut twice = events.clone();
    twice.push(events[0].clone());
    let receipt = session.call("events", "ingest", &[json!(twice), Value::Null]).await.expect("a receipt");
    assert_eq!((receipt["succeeded"].as_u64(), receipt["skipped"].as_u64()), (Some(2500), Some(1)));
    assert_eq!(world.state().uploads_count(PROJECT), 2501);
    let (mut all, mut cursor) = (0, Value::Null);
    loop {
        let query = json!({"event-name": "Bulk", "period": {"start": today(&world)}, "paging": {"cursor": cursor, "limit": 999}});
        let page = session.call("events", "export", &[query]).await.expect("a page");
        all += page["items"].as_array().expect("a list").len();
        cursor = page["page"]["next-cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(all, 2500);
    let day: u64 = today(&world).replace('-', "").parse().expect("a day");
    let query = json!({"event_name": "Bulk", "from": day, "to": day}).to_string();
    let count = session.call("events", "count", &[json!(query), Value::Null]).await.expect("a count");
    assert_eq!(count, 2500);

    let to = json!({"identities": ["u1"], "emails": [], "object-ids": []});
    let sent = session
        .call("messages", "send", &[json!("sms"), to.clone(), text(json!({"body": "Hi"}))])
        .await
        .expect("a receipt");
    assert_eq!((sent["succeeded"].as_u64(), world.state().sends().len()), (Some(1), 1));
    let members = json!({"identities": ["u1"], "object-ids": []});
    let list = json!({"custom-list": {"name": "L", "members": members, "creator-email": "admin@example.com", "replace": false}});
    let made = session.call("segments", "create", &[list]).await.expect("a segment");
    assert_eq!((made["kind"].as_str(), made["size"].as_u64()), (Some("custom-list"), Some(1)));
    session
        .call("segments", "create", &[json!({"api": {"name": "A", "customer-segment-id": "a"}})])
        .await
        .expect("a segment");
    let receipt = session.call("segments", "add", &[json!("a"), members]).await.expect("a receipt");
    assert_eq!(receipt["succeeded"], 1);
    let gone = session.call("contacts", "delete", &[json!(["\"u1\""])]).await.expect("a receipt");
    assert_eq!(gone["succeeded"], 1);
}

/// Cursors that can be read once, cursors that die, and pages that are not ready at once.
pub(crate) async fn cursors_that_are_gone_say_where_to_start_again() {
    let world = World::start().await;
    let from = today(&world)[..4].parse::<u32>().expect("a year") - 1;
    let target =
        format!("events?event_name=Charged&occurred_at[gte]={from}-01-01&truto_ignore_remote_data=true");
    let whole = world.client.get(&at(&format!("{target}&limit=5000"))).await.ok();
    let all = whole["result"].as_array().expect("a list").len();
    assert!(all > 200, "{all}");
    for variants in [
        json!({"single_use_cursors": true}),
        json!({"single_use_cursors": true, "cursor_error": "invalidated"}),
    ] {
        world.state().set_variants(serde_json::from_value(variants).expect("variants"));
        // A page that ends in the middle of one of CleverTap's has to read that again.
        let first = world.client.get(&at(&format!("{target}&limit=10"))).await.ok();
        assert_eq!(first["result_count"], 10);
        let cursor = first["next_cursor"].as_str().expect("more");
        let gone = world.client.get(&at(&format!("{target}&limit=10&next_cursor={cursor}"))).await;
        let problem = gone.json();
        assert_eq!((gone.status, problem["code"].as_str()), (410, Some("cursor_expired")), "{problem}");
        let restart = problem["details"]["restart"].as_str().expect("where to start");
        assert!(restart.contains("occurred_at[gte]=") || restart.contains("whole period"), "{restart}");
        // As one page, nothing is read twice.
        let again = world.client.get(&at(&format!("{target}&limit=5000"))).await.ok();
        assert_eq!(again["result"].as_array().map(Vec::len), Some(all));
    }
    world.state().set_variants(serde_json::from_value(json!({"in_progress_reads": 1})).expect("variants"));
    let slow = world.client.get(&at(&format!("{target}&limit=30"))).await.ok();
    assert_eq!(slow["result_count"], 30);
}
