//! The connect page: opened from a vendor's site, filled in, and back.

use component_tests::browser::{Browser, Look, Settings};
use component_tests::{Kind, PASSCODE, PROJECT};
use serde_json::{Value, json};

use super::house::{House, WRONG};

/// Fills in the form and sends it.
async fn fill(browser: &Browser, passcode: &str, region: &str) {
    browser.fill("Project ID", PROJECT).await;
    browser.fill("Passcode", passcode).await;
    browser.choose("Region", region).await;
    browser.press("Connect").await;
}

pub(crate) async fn refused_corrected_and_linked() {
    let house = House::start().await;
    let back = format!("{}/back?tab=1", house.vendor.origin());
    let link = house.link(json!({"redirect_uri": back, "state": "s&1"})).await;
    let browser = Browser::start().await;
    let build = if Kind::current() == Kind::Service { "sealed" } else { "stored" };

    // From another site, as the cookie must get along with that.
    browser.open(&format!("{}/start?{link}", house.vendor.origin())).await;
    browser.press("Connect CleverTap").await;
    browser.heading("Connect CleverTap to Acme").await;
    for (name, look) in [("desk", Look::DESK), ("night", Look::NIGHT), ("phone", Look::PHONE)] {
        browser.look(look).await;
        browser.screenshot(&format!("connect-{build}-1-form-{name}")).await;
        let width = browser.run("return document.documentElement.scrollWidth").await;
        assert!(width.as_u64() <= Some(look.width.into()), "{name}: nothing to scroll sideways, {width}");
    }
    browser.look(Look::DESK).await;

    fill(&browser, WRONG, "Europe (eu1)").await;
    let problem = browser.find("//section//h2").await;
    assert_eq!(problem.text().await.expect("a text"), "CleverTap did not accept these credentials");
    assert!(browser.client().title().await.expect("a title").starts_with("Error: "));
    assert_eq!(browser.run("return document.activeElement.className").await, "summary", "it is read first");
    let value = async |label: &str| browser.field(label).await.prop("value").await.expect("a value");
    assert_eq!(value("Project ID").await.as_deref(), Some(PROJECT));
    assert_eq!(value("Region").await.as_deref(), Some("eu1"));
    assert_eq!(value("Passcode").await.as_deref(), Some(""), "the passcode is asked for again");
    browser.screenshot(&format!("connect-{build}-2-refused")).await;

    fill(&browser, PASSCODE, "Find my region automatically").await;
    browser.heading("Welcome back").await;
    let came = house.vendor.received().pop().expect("a request");
    let (method, target) = match Kind::current() {
        Kind::Service => ("POST", "/back?tab=1".to_owned()),
        Kind::ServiceSpin => ("GET", came.target.clone()),
    };
    assert_eq!((came.method.as_str(), &came.target), (method, &target));
    let fields = came.fields();
    assert_eq!((fields["status"].as_str(), fields["state"].as_str()), ("linked", "s&1"));
    let id = &fields["integrated_account_id"];
    assert_eq!(house.campaigns_of(id).await, 3);
    let shown = house.ask("GET", &format!("/integrated-account/{id}"), None).await;
    assert_eq!(shown["tenant_id"], "customer-7");

    if Kind::current() == Kind::ServiceSpin {
        browser.open(&link).await;
        browser.heading("This link was used already").await;
        browser.screenshot("connect-stored-3-used").await;
    }
    let expected = ["status of 422"]; // Chromium notes it on the console.
    let complaints = browser.complaints().await;
    let others: Vec<_> =
        complaints.iter().filter(|text| !expected.iter().any(|known| text.contains(known))).collect();
    assert!(
        others.iter().all(|text| text.contains("status of 410") || text.contains("favicon")),
        "{others:?}"
    );
    let mut addresses = browser.requested().await;
    assert!(
        addresses.iter().all(|url| url.starts_with(&house.origin())
            || url.starts_with(&house.vendor.origin())
            || url.starts_with("data:")),
        "{addresses:?}"
    );
    addresses.extend(browser.history().await);
    assert!(addresses.iter().any(|url| url.contains("/back")));
    if Kind::current() == Kind::Service {
        assert!(!addresses.iter().any(|url| url.contains("ma_sealed_")), "a sealed account is in no address");
    }
    house.assert_told_nothing(&browser.close().await, &addresses);
}

pub(crate) async fn a_pop_up_resolves_the_vendors_promise() {
    let house = House::start().await;
    let link = house.link(json!({"origin": house.vendor.origin()})).await;
    let browser = Browser::start().await;
    let open = async || {
        browser.open(&format!("{}/popup?{link}", house.vendor.origin())).await;
        browser.find("//p[.='ready']").await;
        browser.press("Connect CleverTap").await;
        browser.window(1).await;
        browser.heading("Connect CleverTap to Acme").await;
    };
    let result = async || -> Value {
        browser.window(0).await;
        let text = browser.find("//p[@id='result' and .!='ready']").await.text().await.expect("a text");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    };

    open().await;
    browser.press("Cancel").await;
    assert_eq!(result().await, json!({"status": "cancelled"}));

    open().await;
    browser.client().close_window().await.expect("it closes");
    assert_eq!(result().await, json!({"status": "cancelled"}), "closed without a word");

    open().await;
    fill(&browser, PASSCODE, "Europe (eu1)").await;
    let result = result().await;
    assert_eq!(result["status"], "linked");
    let id = result["integrated_account_id"].as_str().expect("an id");
    assert_eq!(house.campaigns_of(id).await, 3);
    let windows = browser.client().windows().await.expect("windows");
    assert_eq!(windows.len(), 1, "the pop-up is gone");
    let addresses = browser.requested().await;
    house.assert_told_nothing(&browser.close().await, &addresses);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_window_hears_nothing() {
    let house = House::start().await;
    // The link is for another page than the one that opens the pop-up.
    let link = house.link(json!({"origin": "https://other.test"})).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/popup?{link}", house.vendor.origin())).await;
    browser.find("//p[.='ready']").await;
    browser.press("Connect CleverTap").await;
    browser.window(1).await;
    fill(&browser, PASSCODE, "Europe (eu1)").await;
    browser.window(0).await;
    let result = browser.find("//p[@id='result' and .!='ready']").await.text().await.expect("a text");
    assert_eq!(result, r#"{"status":"cancelled"}"#);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_pop_up_is_an_error() {
    let house = House::start().await;
    let link = house.link(json!({"origin": house.vendor.origin()})).await;
    let browser = Browser::with(Settings { popups: false, ..Settings::default() }).await;
    browser.open(&format!("{}/popup?{link}", house.vendor.origin())).await;
    browser.find("//p[.='ready']").await;
    // By a script, without a person's click.
    browser.run("document.getElementById('go').click()").await;
    browser.find("//p[contains(., 'the browser blocked the pop-up')]").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_a_button_goes_on() {
    let house = House::start().await;
    // Where the vendor sends people on to another of its sites, which the policy of the last page must allow.
    let moved = format!("{}/moved", house.vendor.origin());
    let link = house.link(json!({"redirect_uri": moved, "vendor_name": "Umbrella & Co"})).await;
    let browser = Browser::with(Settings { scripts: false, ..Settings::default() }).await;
    browser.open(&format!("{}/start?{link}", house.vendor.origin())).await;
    browser.press("Connect CleverTap").await;
    browser.heading("Connect CleverTap to Umbrella & Co").await;
    fill(&browser, WRONG, "India (in1)").await;
    browser.find("//h2[.='CleverTap did not accept these credentials']").await;
    fill(&browser, PASSCODE, "India (in1)").await;
    browser.heading("CleverTap is connected").await;
    browser.screenshot("connect-sealed-3-linked").await;
    browser.press("Continue to Umbrella & Co").await;
    browser.heading("Welcome back").await;
    let posted =
        house.vendor.received().into_iter().find(|request| request.method == "POST").expect("a form");
    assert_eq!(house.campaigns_of(&posted.fields()["integrated_account_id"]).await, 3);

    browser.open(&link).await;
    browser.press("Cancel").await;
    browser.heading("Welcome back").await;
    let cancelled = house.vendor.received().into_iter().find(|request| request.target.contains("cancelled"));
    assert_eq!(cancelled.expect("a request").target, "/moved?status=cancelled");
    let addresses = browser.requested().await;
    house.assert_told_nothing(&browser.close().await, &addresses);
}
