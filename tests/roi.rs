//! The comparison of channels, against the sandbox's own numbers: on the keys that CleverTap's report is known to
//! have, and on richer ones.

use std::collections::BTreeMap;

use clevertap_sandbox::{CampaignTruth, Config, Variants};
use component_tests::{ACCOUNT, PROJECT, UNIFIED, World};
use serde_json::{Value, json};

const UNREPORTED: &str = "not reported by CleverTap";
/// Noon of this day: nothing counts on while it is read.
const TODAY: (i32, u32, u32) = (2026, 1, 20);
/// Money with six decimals is whole in this unit.
const UNIT: i128 = 1_000_000;

async fn world() -> World {
    World::with(Config { today: Some(TODAY), ..Config::default() }).await
}

async fn roi(world: &World, body: &Value) -> Value {
    world.client.post(&format!("{UNIFIED}/roi?integrated_account_id={ACCOUNT}"), body).await.ok()
}

/// Campaigns of an e-mail and a push channel with clicks, as the sandbox knows them.
fn two(world: &World) -> (CampaignTruth, CampaignTruth) {
    let all = world.state().campaigns(PROJECT);
    let of = |channel: &str| {
        let found = all
            .iter()
            .rev()
            .find(|one| one.channel_key == channel && one.total.clicked > 0 && one.message_type == "single");
        found.expect("there is one").clone()
    };
    (of("email"), of("push"))
}

/// The body for these two in euros.
fn body(email: &CampaignTruth, push: &CampaignTruth) -> Value {
    json!({
        "campaign_id": [email.id.to_string(), push.id.to_string()],
        "start_at": {"gte": "2024-01-01", "lt": "2026-01-21"},
        "rows_csv": "channel,campaign,spend,impressions,clicks,conversions,value,currency\n\
                     google_ads,Brand search,360.00,48000,900,40,1600.00,EUR\n",
        "message_costs": {"email": "0.0004", "push": "0", "currency": "EUR"},
    })
}

/// An amount in millionths; none for null.
fn amount(value: &Value) -> Option<i128> {
    let text = value.as_str()?;
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    assert!(rest.len() <= 6, "{text}");
    let digits = format!("{whole}{rest:0<6}");
    Some(digits.parse().expect("digits"))
}

/// A ratio as the service writes it: six decimals, half away from zero.
fn ratio(over: i128, by: i128) -> Option<i128> {
    (by != 0).then(|| {
        let (product, by) = (over * UNIT * 2, by * 2);
        (product.abs() + by / 2) / by * product.signum()
    })
}

fn row<'b>(block: &'b Value, campaign: &CampaignTruth) -> &'b Value {
    let rows = block["rows"].as_array().expect("rows");
    let id = format!("-{}", campaign.id);
    let found = rows.iter().find(|row| row["campaign_id"].as_str().is_some_and(|known| known.ends_with(&id)));
    found.unwrap_or_else(|| panic!("{id}: {block}"))
}

/// Each sum is that of its rows, where they have something to add; each ratio is of the sums.
fn adds_up(block: &Value) {
    let rows = block["rows"].as_array().expect("rows");
    for (metric, read) in [
        ("spend", amount as fn(&Value) -> Option<i128>),
        ("conversions", amount),
        ("value", amount),
        ("impressions", |value| value.as_i64().map(i128::from)),
        ("clicks", |value| value.as_i64().map(i128::from)),
    ] {
        let known: Vec<i128> = rows.iter().filter_map(|row| read(&row[metric])).collect();
        let sum = (!known.is_empty()).then(|| known.iter().sum());
        assert_eq!(read(&block["totals"][metric]), sum, "{metric}: {block}");
        let missing = (rows.len() > known.len()).then(|| json!(rows.len() - known.len()));
        assert_eq!(block["totals"]["missing"].get(metric), missing.as_ref(), "{metric}: {block}");
        let channels = block["channels"].as_array().expect("channels");
        let by_channel: Vec<i128> = channels.iter().filter_map(|line| read(&line[metric])).collect();
        assert_eq!((!by_channel.is_empty()).then(|| by_channel.iter().sum()), sum, "{metric} by channel");
    }
    for line in rows.iter().chain([&block["totals"]]) {
        let of = |name: &str| amount(&line[name]);
        let count = |name: &str| line[name].as_i64().map(|count| i128::from(count) * UNIT);
        for (name, expected) in [
            ("cpa", of("spend").zip(of("conversions"))),
            ("cpc", of("spend").zip(count("clicks"))),
            ("roas", of("value").zip(of("spend"))),
            ("roi", of("value").zip(of("spend")).map(|(value, spend)| (value - spend, spend))),
        ] {
            match (amount(&line[name]), expected.and_then(|(over, by)| ratio(over, by))) {
                (None, _) => assert!(line["reasons"][name].is_string(), "{name}: {line}"),
                (given, expected) => assert_eq!(given, expected, "{name}: {line}"),
            }
        }
    }
}

fn block<'a>(answer: &'a Value, currency: &str) -> &'a Value {
    let blocks = answer["result"]["currencies"].as_array().expect("blocks");
    blocks
        .iter()
        .find(|block| block["currency"] == currency)
        .unwrap_or_else(|| panic!("{currency}: {answer}"))
}

pub(crate) async fn what_clevertap_does_not_report_is_null_until_the_caller_says_it() {
    let world = world().await;
    let (email, push) = two(&world);
    let mut body = body(&email, &push);

    let answer = roi(&world, &body).await;
    assert_eq!((answer.get("is_partial_response"), &answer["result"]["complete"]), (None, &json!(true)));
    let meta = &answer["meta"];
    assert!(meta["fetched_at"].is_string(), "{meta}");
    assert_eq!((meta.get("as_of"), &meta["documented_lag"]), (Some(&Value::Null), &json!("PT4H")));
    let euros = block(&answer, "EUR");
    adds_up(euros);
    for campaign in [&email, &push] {
        let row = row(euros, campaign);
        assert_eq!(row["clicks"], campaign.total.clicked);
        for metric in ["conversions", "value"] {
            assert!(row[metric].is_null(), "{row}");
            let reason = row["reasons"][metric].as_str().expect("a reason");
            assert!(reason.contains(UNREPORTED), "{reason}");
        }
        assert!(row["cpa"].is_null() && row["roas"].is_null() && row["estimated"] == json!([]), "{row}");
    }
    assert_eq!(amount(&row(euros, &email)["spend"]), Some(i128::from(email.total.sent) * UNIT / 2500));
    assert_eq!(row(euros, &email)["reasons"]["impressions"], UNREPORTED, "views of e-mail are opens");
    assert_eq!(row(euros, &push)["impressions"], push.total.viewed);
    assert_eq!(
        (&euros["totals"]["conversions"], &euros["totals"]["missing"]["conversions"]),
        (&json!("40"), &json!(2))
    );

    // An estimate, where it is asked for, is labelled wherever it goes.
    body["estimate"] =
        json!({"rates": {"email": "0.05", "push": "0.02"}, "value_per_conversion": "30", "currency": "EUR"});
    let answer = roi(&world, &body).await;
    let euros = block(&answer, "EUR");
    adds_up(euros);
    for (campaign, rate) in [(&email, 50_000), (&push, 20_000)] {
        let row = row(euros, campaign);
        let conversions = i128::from(campaign.total.clicked) * rate;
        assert_eq!(
            (amount(&row["conversions"]), amount(&row["value"])),
            (Some(conversions), Some(30 * conversions))
        );
        assert_eq!(row["estimated"], json!(["conversions", "value"]));
    }
    assert_eq!(euros["totals"]["estimated"], json!(["conversions", "value"]));

    // What the caller knows comes before it, and is none.
    body["results"] = json!([{"campaign_id": email.id.to_string(), "conversions": 50, "value": "2500.00", "currency": "EUR"}]);
    let answer = roi(&world, &body).await;
    let euros = block(&answer, "EUR");
    adds_up(euros);
    let known = row(euros, &email);
    assert_eq!(
        (&known["conversions"], &known["value"], &known["estimated"]),
        (&json!("50"), &json!("2500"), &json!([]))
    );
    assert_eq!(row(euros, &push)["estimated"], json!(["conversions", "value"]));
}

pub(crate) async fn richer_keys_bring_conversions_and_value_in_the_currency_that_the_caller_names() {
    let world = world().await;
    world.state().set_variants(Variants { rich_report: true, ..Variants::default() });
    let (email, push) = two(&world);
    let mut body = body(&email, &push);
    // As the sandbox makes them up: a fifth of each day's clicks, 49.5 each.
    let conversions = |campaign: &CampaignTruth| {
        campaign.daily.values().map(|counts| i128::from(counts.clicked / 5)).sum::<i128>()
    };

    // CleverTap's value has no currency; it is not guessed at.
    let answer = roi(&world, &body).await;
    let row_of_email = row(block(&answer, "EUR"), &email);
    assert_eq!(amount(&row_of_email["conversions"]), Some(conversions(&email) * UNIT));
    assert!(row_of_email["value"].is_null(), "{row_of_email}");
    let reason = row_of_email["reasons"]["value"].as_str().expect("a reason");
    assert!(reason.contains("does not say the currency"), "{reason}");

    body["currency"] = json!("EUR");
    let answer = roi(&world, &body).await;
    let euros = block(&answer, "EUR");
    adds_up(euros);
    for campaign in [&email, &push] {
        let row = row(euros, campaign);
        let conversions = conversions(campaign);
        assert_eq!(amount(&row["conversions"]), Some(conversions * UNIT), "{row}");
        assert_eq!(amount(&row["value"]), Some(conversions * UNIT * 99 / 2), "{row}");
        assert_eq!(row["estimated"], json!([]));
    }
    // CleverTap's own are not replaced by an estimate, but by what the caller measured.
    body["estimate"] = json!({"rates": {"email": "0.5", "push": "0.5"}});
    body["results"] = json!([{"campaign_id": push.id.to_string(), "conversions": 7}]);
    let answer = roi(&world, &body).await;
    let euros = block(&answer, "EUR");
    assert_eq!(amount(&row(euros, &email)["conversions"]), Some(conversions(&email) * UNIT));
    assert_eq!(row(euros, &push)["conversions"], "7");

    // A block for each currency, and no sum over both.
    body["rows_csv"] = json!(
        "channel,spend,conversions,value,currency\ngoogle_ads,360,40,1600,EUR\nmeta_ads,100,10,350,USD\n"
    );
    let answer = roi(&world, &body).await;
    let (euros, dollars) = (block(&answer, "EUR"), block(&answer, "USD"));
    adds_up(euros);
    adds_up(dollars);
    assert_eq!(answer["result"]["currencies"].as_array().map(Vec::len), Some(2));
    assert_eq!((&dollars["totals"]["spend"], &dollars["totals"]["roas"]), (&json!("100"), &json!("3.5")));
    assert!(!euros.to_string().contains("meta_ads"));
}

pub(crate) async fn days_of_all_campaigns_add_up_also_from_rows_that_were_read_before() {
    let world = world().await;
    let (first, end) = ("2026-01-01", "2026-01-11");
    let mut body = json!({
        "start_at": {"gte": first, "lt": end},
        "granularity": "day",
        "message_costs": {"email": "0.0004", "push": "0.0001", "sms": "0.05", "currency": "EUR"},
    });
    let answer = roi(&world, &body).await;
    assert_eq!(answer["result"]["complete"], true, "{}", answer["meta"]);
    // Every click of those days in some block, by day.
    let mut days: BTreeMap<i64, u64> = BTreeMap::new();
    for campaign in world.state().campaigns(PROJECT) {
        for (day, counts) in campaign.daily.range(20_260_101..20_260_111) {
            *days.entry(*day).or_default() += counts.clicked;
        }
    }
    let blocks = answer["result"]["currencies"].as_array().expect("blocks");
    blocks.iter().for_each(adds_up);
    let mut found: BTreeMap<i64, u64> = BTreeMap::new();
    for line in blocks.iter().flat_map(|block| block["periods"].as_array().expect("periods")) {
        let day = line["period"].as_str().expect("a day").replace('-', "").parse().expect("digits");
        *found.entry(day).or_default() += line["clicks"].as_u64().unwrap_or(0);
    }
    assert_eq!(found, days);

    // The same from the rows of the report, without CleverTap.
    let reports = format!("{UNIFIED}/reports?granularity=day&start_at[gte]={first}&start_at[lt]={end}");
    body["reports"] = json!(world.walk(&reports, 400).await);
    world.state().clear_calls();
    assert_eq!(roi(&world, &body).await["result"], answer["result"]);
    assert_eq!(world.state().calls().len(), 0);
}

/// Rows of a report as the README's example has them, which the sandbox's campaigns do not.
pub(crate) async fn the_readmes_example_adds_up() {
    let world = world().await;
    let report = |id: &str, channel: &str, counts: Value| {
        json!({
            "id": id, "granularity": "total", "status": "ready", "window": {}, "counts": counts,
            "campaign": {"id": format!("msg-20260215-{id}"), "remote_id": id, "name": id, "channel": channel},
        })
    };
    let body = json!({
        "rows_csv": "channel,campaign,spend,impressions,clicks,conversions,value,currency\n\
                     google_ads,Brand search,360.00,48000,900,40,1600.00,EUR\n",
        "message_costs": {"email": "0.0004", "push": "0", "currency": "EUR"},
        "results": [{"campaign_id": "900", "conversions": 50, "value": "2500.00", "currency": "EUR"},
                    {"campaign_id": "901", "conversions": 10, "value": "400.00", "currency": "EUR"}],
        "reports": [report("900", "email", json!({"sent": 100_000, "opens": 30_000, "clicks": 2_000})),
                    report("901", "push", json!({"sent": 20_000, "impressions": 12_000, "clicks": 600}))],
    });
    let answer = roi(&world, &body).await;
    let euros = block(&answer, "EUR");
    adds_up(euros);
    let columns = [
        "spend",
        "impressions",
        "clicks",
        "conversions",
        "value",
        "cpa",
        "cpc",
        "cpm",
        "roas",
        "roi",
        "share_of_spend",
        "share_of_conversions",
    ];
    let table = [
        json!(["40", null, 2_000, "50", "2500", "0.8", "0.02", null, "62.5", "61.5", "0.1", "0.5"]),
        json!(["360", 48_000, 900, "40", "1600", "9", "0.4", "7.5", "4.444444", "3.444444", "0.9", "0.4"]),
        json!(["0", 12_000, 600, "10", "400", "0", "0", "0", null, null, "0", "0.1"]),
        json!(["400", 60_000, 3_500, "100", "4500", "4", "0.114286", null, "11.25", "10.25", "1", "1"]),
    ];
    let rows = euros["rows"].as_array().expect("rows");
    for (line, expected) in rows.iter().chain([&euros["totals"]]).zip(&table) {
        let given: Vec<&Value> = columns.iter().map(|column| &line[*column]).collect();
        assert_eq!(json!(given), *expected, "{line}");
    }
    assert_eq!(rows.len(), 3);
}
