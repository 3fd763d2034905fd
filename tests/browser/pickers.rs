//! Period and channels: what is picked is what is asked for, shown, compared and saved.

use component_tests::browser::Browser;
use serde_json::{Value, json};

use super::visit::Visit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_picked_is_asked_for_compared_and_saved() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    visit.release().await;
    visit.sign_in(&visit.token).await;
    visit.loaded().await;
    let (from, lt) = bounds(&visit.asked("/reports?").await);
    assert_eq!(days_between(&visit, &from, &lt).await, 30, "the last 30 days, unless told");

    browser
        .find("//label[span='Period']/select/option[.='Last 7 days']")
        .await
        .click()
        .await
        .expect("chosen");
    visit.loaded().await;
    let (from, lt) = bounds(&visit.asked("/reports?").await);
    assert_eq!(days_between(&visit, &from, &lt).await, 7);
    only_push_by_keyboard(browser).await;

    browser.fill("Currency", "EUR").await;
    browser.fill("Push", "0.01").await;
    browser.press("Compare").await;
    browser.find("//div[@class='result']").await;
    let asked = visit.asked("/roi?").await["body"].clone();
    assert_eq!(asked["start_at"], json!({"gte": from, "lt": lt}));
    let channels = asked["reports"].as_array().expect("rows").iter().map(|row| &row["campaign"]["channel"]);
    assert!(channels.clone().count() > 0 && channels.clone().all(|channel| channel == "push"), "{asked}");

    // The same by the service's own reading of the report, for which the page is not asked.
    let id = visit.house.ask("GET", &account_of(&visit, "/reports?").await, None).await["id"].clone();
    let own = json!({
        "start_at": {"gte": from, "lt": lt}, "channel": ["push"],
        "message_costs": {"push": "0.01", "currency": "EUR"},
    });
    let target =
        format!("{}/roi?integrated_account_id={}", component_tests::UNIFIED, id.as_str().expect("an id"));
    let block = visit.house.ask("POST", &target, Some(&own)).await["result"]["currencies"][0].clone();
    let spend: f64 = block["totals"]["spend"].as_str().and_then(|text| text.parse().ok()).expect("an amount");
    assert!(spend > 0.0);
    let shown =
        browser.find("//section[@aria-labelledby='roi']//tfoot//td[1]").await.text().await.expect("a text");
    assert_eq!(shown.replace(',', ""), format!("{spend:.2}"));

    let files = tempfile::tempdir().expect("a folder");
    browser.save_to(files.path()).await;
    for (what, name, header, channel) in [
        ("the campaigns", "campaigns", "id,remote_id,name,status,channel,", 4),
        ("the channels", "channels", "channel,campaigns,sent,", 0),
        ("the time series", "series", "day,sent,", usize::MAX),
        ("the comparison", "roi", "channel,currency,spend,", 0),
    ] {
        let button = format!("//button[@aria-label='Download {what} as CSV']");
        browser.find(&button).await.click().await.expect("it can be pressed");
        let last = visit.asked("/reports?").await;
        let to = last_day(browser, &bounds(&last).1).await;
        let text = browser.saved(files.path(), &format!("{name}_{from}_{to}.csv")).await;
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        assert!(lines.next().expect("a header").starts_with(header), "{text}");
        let rows: Vec<&str> = lines.collect();
        assert!(!rows.is_empty(), "{what}");
        let of_push = |row: &&str| row.contains("push") || row.starts_with("total");
        assert!(channel == usize::MAX || rows.iter().all(of_push), "{text}");
    }

    browser.find("//details[@class='menu']/summary").await.click().await.expect("it opens");
    browser.press("None").await;
    browser.find("//h2[.='No channel is chosen']").await;
    browser.find("//details[@class='menu'][@open]/summary").await.click().await.expect("it closes");
    visit.state("no-channel").await;
    browser.press("Show all channels").await;
    visit.tile("Sent").await;
    visit.end(&[]).await;
}

/// All channels but one are let go without a mouse; Escape leads back to where one was.
async fn only_push_by_keyboard(browser: &Browser) {
    const ENTER: &str = "\u{e007}";
    let menu = browser.find("//details[@class='menu']/summary").await;
    menu.send_keys(ENTER).await.expect("it takes Enter");
    browser.find("//details[@class='menu'][@open]").await;
    browser.find("//details[@class='menu']//button[.='None']").await.send_keys(ENTER).await.expect("Enter");
    let push = browser.find("//details[@class='menu']//label[.='Push']/input").await;
    push.send_keys(" ").await.expect("it takes the space bar");
    push.send_keys("\u{e00c}").await.expect("it takes Escape");
    browser.find("//details[@class='menu'][not(@open)]/summary[contains(., 'Push')]").await;
    assert_eq!(browser.run("return document.activeElement.localName").await, "summary");
}

/// The bounds of a query.
fn bounds(asked: &Value) -> (String, String) {
    let url = url::Url::parse(asked["url"].as_str().expect("an address")).expect("an address");
    let value = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).expect("a bound")
    };
    (value("start_at[gte]"), value("start_at[lt]"))
}

/// Where the account that was asked for can be looked at.
async fn account_of(visit: &Visit, path: &str) -> String {
    let asked = visit.asked(path).await;
    let url = url::Url::parse(asked["url"].as_str().expect("an address")).expect("an address");
    let id = url.query_pairs().find(|(key, _)| key == "integrated_account_id").expect("an account").1;
    format!("/integrated-account/{id}")
}

async fn days_between(visit: &Visit, from: &str, to: &str) -> u64 {
    let script = format!("return (Date.parse('{to}') - Date.parse('{from}')) / 86400000");
    visit.browser.run(&script).await.as_u64().expect("whole days")
}

/// The day before the one that bounds.
async fn last_day(browser: &Browser, bound: &str) -> String {
    let script = format!("return new Date(Date.parse('{bound}') - 86400000).toISOString().slice(0, 10)");
    browser.run(&script).await.as_str().expect("a day").to_owned()
}

/// The period from one day to another.
pub(super) async fn choose_days(browser: &Browser, from: &str, to: &str) {
    browser
        .find("//label[span='Period']/select/option[.='Chosen days']")
        .await
        .click()
        .await
        .expect("it is chosen");
    for (label, day) in [("From", from), ("To", to)] {
        browser.find(&format!("//label[span='{label}']/input")).await;
        let script = format!(
            "const field = [...document.querySelectorAll('.days input')].find((it) => it.closest('label').innerText.startsWith('{label}'));
             field.value = '{day}'; field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        );
        browser.run(&script).await;
    }
    browser.press("Apply").await;
}
