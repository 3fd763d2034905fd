//! Every state of the dashboard, looked at: see [`Visit::state`].

use clevertap_sandbox::{DailyShape, Faults, Variants};
use component_tests::{Kind, PASSCODE, PROJECT};
use serde_json::json;

use super::pickers::choose_days;
use super::visit::{Visit, draft};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in() {
    let visit = Visit::start().await;
    visit.state("signed-out").await;
    visit.sign_in("no-such-token").await;
    visit.browser.find("//*[@role='alert'][contains(., 'This token is not valid')]").await;
    visit.state("wrong-token").await;
    visit.sign_in(component_tests::TOKEN).await;
    visit.browser.find("//h2[.='No account is listed']").await;
    visit.state("no-account").await;
    visit.end(&["status of 401"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_stopped_and_gone_on_with() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    visit.hold("(reports|campaigns)\\?").await;
    visit.sign_in(&visit.token).await;
    browser.find("//*[@class='waiting']").await;
    visit.state("loading").await;
    browser.press("Stop").await;
    browser.find("//p[.='Nothing has been read yet']").await;
    visit.state("stopped").await;

    visit.hold("reports\\?").await;
    browser.press("Go on").await;
    browser.find("//section[@aria-labelledby='campaigns']//tbody/tr").await;
    browser.press("Stop").await;
    browser.find("//p[.='The numbers have not been read yet']").await;
    let told = browser.text().await;
    assert!(!told.to_lowercase().contains("not reported by"), "what was not read may be reported:\n{told}");
    visit.state("without-numbers").await;

    // The pages after the first.
    visit.hold("next_cursor=[^&]").await;
    browser.press("Load more").await;
    let some = visit.tile("Sent").await;
    browser.find("//*[@class='freshness'][contains(., 'Campaigns that started from')]").await;
    browser.press("Stop").await;
    browser.find("//p[.='Not everything has been read']").await;
    browser.find("//*[@role='status'][starts-with(., 'Not everything')]").await;
    visit.state("partial").await;

    visit.release().await;
    browser.press("Load more").await;
    visit.loaded().await;
    assert_ne!(visit.tile("Sent").await, some, "older campaigns added to it");
    visit.end(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_as_far_as_clevertap_reports_them() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    visit.state("default-keys").await;
    visit.unfold("Show as a table").await;
    visit.unfold("What CleverTap reports").await;
    visit.unfold("All channels").await;
    visit.state("unfolded").await;

    let state = visit.house.sandbox.state();
    state.set_variants(Variants { rich_report: true, ..Variants::default() });
    visit.reload().await;
    browser.find("//*[contains(@class, 'tile')][contains(., 'Conversions')][contains(., 'worth')]").await;
    visit.state("richer-keys").await;
    browser.find("//label[contains(., 'Logarithmic')]").await.click().await.expect("it can be chosen");
    visit.state("logarithmic").await;

    state.set_variants(Variants { daily: DailyShape::Unrecognised, ..Variants::default() });
    visit.reload().await;
    browser
        .find("//*[contains(@class, 'notice')][contains(., 'a form that this service does not know')]")
        .await;
    assert_eq!(visit.tile("Sent").await, "Sent\nNot reported by CleverTap");
    visit.state("unknown-form").await;

    state.set_variants(Variants::default());
    choose_days(browser, "2019-01-01", "2019-01-07").await;
    browser.find("//h2[.='Nothing in this period']").await;
    visit.state("empty").await;
    choose_days(browser, "2019-01-07", "2019-01-01").await;
    browser.find("//*[@role='alert'][.='The first day comes after the last.']").await;
    visit.state("wrong-days").await;
    visit.end(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clevertap_is_down_in_several_ways() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    let state = visit.house.sandbox.state();
    state.set_faults(Faults { drop_before: 1.0, ..Faults::default() });
    visit.sign_in(&visit.token).await;
    browser.find("//*[@role='alert'][contains(., 'CleverTap cannot be reached')]").await;
    visit.state("down").await;
    state.set_faults(Faults::default());
    browser.press("Try again").await;
    visit.loaded().await;
    let sent = visit.tile("Sent").await;

    state.set_faults(Faults { rate_429: 1.0, retry_after: Some(3600), ..Faults::default() });
    browser.press("Reload").await;
    browser.find("//*[@role='alert'][contains(., 'Too many requests for now')]").await;
    browser.find("//button[@disabled][starts-with(., 'Try again in')]").await;
    assert_eq!(visit.tile("Sent").await, sent, "what was read stays");
    visit.state("asked-to-wait").await;

    state.set_faults(Faults::default());
    state.set_passcode(PROJECT, "another-passcode");
    browser.press("Reload").await;
    browser.find("//*[@role='alert'][contains(., 'refuses this account')]").await;
    assert_eq!(visit.tile("Sent").await, sent, "what was read stays");
    visit.state("refused").await;

    state.set_passcode(PROJECT, PASSCODE);
    visit.reload().await;
    visit.end(&["status of 429", "status of 401", "status of 502"]).await;
}

/// Where there is a store, the account itself says what became of its credentials.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_needs_to_be_connected_again() {
    Kind::ServiceSpin.run(needs_reauth()).await;
}

async fn needs_reauth() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    let state = visit.house.sandbox.state();
    let second = visit.house.ask("POST", "/integrated-account", Some(&draft(&visit.house))).await;
    visit.sign_in(component_tests::TOKEN).await;
    browser.find("//h2[.='Choose an account']").await;
    visit.state("choose-an-account").await;

    let id = second["id"].as_str().expect("an id");
    state.set_passcode(PROJECT, "another-passcode");
    let choice = format!("//select/option[@value='{id}']");
    browser.find(&choice).await.click().await.expect("it is chosen");
    browser.find("//*[@role='alert'][contains(., 'refuses this account')]").await;
    let shown = visit.house.ask("GET", &format!("/integrated-account/{id}"), None).await;
    assert_eq!(shown["status"], json!("needs_reauth"));

    visit.arrive().await;
    visit.hold("(reports|campaigns)\\?").await;
    visit.sign_in(component_tests::TOKEN).await;
    browser.find(&choice).await.click().await.expect("it is chosen");
    browser.find("//p[.='This account needs to be connected again']").await;
    visit.state("needs-reauth").await;
    browser.press("Stop").await;
    visit.release().await;
    browser.press("Go on").await;
    browser.find("//*[@role='alert'][contains(., 'a new connect link')]").await;
    visit.state("refused-at-first").await;
    visit.end(&["status of 401"]).await;
}
