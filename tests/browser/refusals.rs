//! What the connect page does not let others do with it.

use component_tests::browser::Browser;
use serde_json::json;

use super::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_in_no_frame() {
    let house = House::start().await;
    let link = house.link(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&format!("{}/frame?{link}", house.vendor.origin())).await;
    browser.client().enter_frame(0).await.expect("a frame");
    let source = browser.client().source().await.expect("a source");
    assert!(!source.contains("Passcode"), "{source}");
    let complaints = browser.complaints().await.concat();
    assert!(complaints.contains("frame-ancestors") || complaints.contains("X-Frame-Options"), "{complaints}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sites_form_is_not_taken() {
    let house = House::start().await;
    let link = house.link(json!({})).await;
    let browser = Browser::start().await;
    // The browser has the cookie.
    browser.open(&link).await;
    browser.heading("Connect CleverTap to Acme").await;
    browser.open(&format!("{}/forge?{link}", house.vendor.origin())).await;
    browser.press("Win").await;
    browser.find("//h2[.='Please enter it once more']").await;
    let project = browser.field("Project ID").await.prop("value").await.expect("a value");
    assert_eq!(project.as_deref(), Some(""), "nothing of what the other site entered");
    assert!(house.sandbox.state().calls().is_empty(), "CleverTap was not asked");
    browser.screenshot("connect-strange").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_link_says_to_whom_to_turn() {
    let house = House::start().await;
    let link = house.link(json!({})).await;
    let browser = Browser::start().await;
    browser.open(&link[..link.len() - 5]).await;
    browser.heading("This link does not work").await;
    assert!(browser.text().await.contains("ask it for a new link"));
    browser.screenshot("connect-unknown").await;
    browser.close().await;
}
