//! The pages as axe-core finds them: names, roles, contrast, structure.

use std::fs;

use clevertap_sandbox::{Faults, Variants};
use component_tests::browser::{Browser, Look};
use component_tests::{PASSCODE, PROJECT, root};
use serde_json::{Value, json};

use super::dashboard::{Visit, compares};
use super::house::{House, WRONG};

/// The checker that `cargo xtask test` brought.
fn axe() -> String {
    let file = root().join("target/web/node_modules/axe-core/axe.min.js");
    let how = "npm install --prefix target/web axe-core@4.14.1";
    fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask test`, or `{how}`", file.display()))
}

/// Asserts that axe-core finds nothing, by day and by night.
async fn check(browser: &Browser, what: &str) {
    for look in [Look::DESK, Look::NIGHT] {
        browser.look(look).await;
        browser.client().execute(&axe(), vec![]).await.expect("axe loads");
        let found = browser.run("return axe.run().then((it) => it.violations)").await;
        let told: Vec<String> = found.as_array().expect("a list").iter().map(tell).collect();
        assert!(told.is_empty(), "{what}, dark: {}:\n{}", look.dark, told.join("\n"));
    }
}

fn tell(violation: &Value) -> String {
    format!("{}: {} {}", violation["id"], violation["help"], violation["nodes"][0]["html"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connect_page_has_no_violations() {
    let house = House::start().await;
    let link = house.link(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&link).await;
    browser.heading("Connect CleverTap to Acme").await;
    browser.find("//summary").await.click().await.expect("the help opens");
    check(&browser, "the form").await;
    for (passcode, region, then) in [
        (" ", "Europe (eu1)", "//h2[.='Something is missing, or cannot be used']"),
        (WRONG, "Europe (eu1)", "//h2[.='CleverTap did not accept these credentials']"),
        (PASSCODE, "Europe (eu1)", "//h1[.='CleverTap is connected']"),
    ] {
        browser.fill("Project ID", PROJECT).await;
        browser.fill("Passcode", passcode).await;
        browser.choose("Region", region).await;
        browser.press("Connect").await;
        browser.find(then).await;
        check(&browser, then).await;
    }
    browser.screenshot("connect-sealed-4-code").await;
    browser.open(&format!("{}/connect/x", house.origin())).await;
    browser.heading("This link does not work").await;
    check(&browser, "a dead link").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_has_no_violations() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    check(browser, "signed out").await;
    visit.sign_in("no-such-token").await;
    browser.find("//*[@role='alert']").await;
    check(browser, "a wrong token").await;
    visit.sign_in(&visit.token).await;
    visit.loaded().await;
    browser.find("//summary[.='Show as a table']").await.click().await.expect("the table opens");
    browser.find("//summary[.='What CleverTap reports']").await.click().await.expect("the list opens");
    browser.find("//summary[contains(., 'All channels')]").await.click().await.expect("the menu opens");
    check(browser, "default keys").await;

    let state = visit.house.sandbox.state();
    state.set_variants(Variants { rich_report: true, ..Variants::default() });
    visit.reload().await;
    compares(&visit).await;
    check(browser, "richer keys and a comparison").await;

    state.set_faults(Faults { rate_429: 1.0, retry_after: Some(60), ..Faults::default() });
    browser.press("Reload").await;
    browser.find("//*[@role='alert'][contains(., 'Too many requests for now')]").await;
    browser.find("//button[starts-with(., 'Try again in')]").await;
    check(browser, "asked to wait").await;
    browser.screenshot("dashboard-asked-to-wait").await;

    state.set_faults(Faults::default());
    state.set_passcode(PROJECT, "another-passcode");
    browser.press("Reload").await;
    browser.find("//*[@role='alert'][contains(., 'refuses this account')]").await;
    check(browser, "refused by CleverTap").await;
    browser.screenshot("dashboard-refused").await;

    state.set_passcode(PROJECT, PASSCODE);
    visit.reload().await;
    choose_days(browser, "2019-01-01", "2019-01-07").await;
    browser.find("//h2[.='Nothing in this period']").await;
    check(browser, "an empty period").await;
    browser.screenshot("dashboard-empty").await;
    visit.browser.close().await;
}

/// The period from one day to another.
async fn choose_days(browser: &Browser, from: &str, to: &str) {
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
