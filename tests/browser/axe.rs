//! The pages as axe-core finds them: names, roles, contrast, structure.

use std::fs;

use component_tests::browser::{Browser, Look};
use component_tests::{PASSCODE, PROJECT, root};
use serde_json::{Value, json};

use super::house::{House, WRONG};

/// The checker that `cargo xtask test` brought.
fn axe() -> String {
    let file = root().join("target/web/node_modules/axe-core/axe.min.js");
    let how = "npm install --prefix target/web axe-core@4.14.1";
    fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask test`, or `{how}`", file.display()))
}

/// Asserts that axe-core finds nothing on the page as it is.
pub(super) async fn check(browser: &Browser, what: &str) {
    if browser.run("return typeof axe").await == "undefined" {
        browser.client().execute(&axe(), vec![]).await.expect("axe loads");
    }
    let found = browser.run("return axe.run().then((it) => it.violations)").await;
    let told: Vec<String> = found.as_array().expect("a list").iter().map(tell).collect();
    assert!(told.is_empty(), "{what}:\n{}", told.join("\n"));
}

/// The same by day and by night.
async fn check_both(browser: &Browser, what: &str) {
    for look in [Look::DESK, Look::NIGHT] {
        browser.look(look).await;
        check(browser, &format!("{what}, dark: {}", look.dark)).await;
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
    check_both(&browser, "the form").await;
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
        check_both(&browser, then).await;
    }
    browser.screenshot("connect-sealed-4-code").await;
    browser.open(&format!("{}/connect/x", house.origin())).await;
    browser.heading("This link does not work").await;
    check_both(&browser, "a dead link").await;
    browser.close().await;
}
