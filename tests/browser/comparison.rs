//! Spend and return: what is entered, what is wrong with it, what comes of it.

use clevertap_sandbox::Variants;
use component_tests::browser::Browser;

use super::dashboard::grouped;
use super::visit::Visit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn costs_results_estimates_and_other_channels() {
    let visit = Visit::signed_in().await;
    let browser = &visit.browser;
    browser.press("Compare").await;
    browser.find("//p[@class='wrong'][contains(., 'what a message costs')]").await;
    for line in ["campaigns brought", "Estimate what nobody reports", "What other channels"] {
        visit.unfold(line).await;
    }
    visit.state("comparison-form").await;

    browser.fill("Currency", "eur").await;
    browser.fill("E-mail", "0.0004").await;
    browser.fill("E-mail,\u{a0}%", "250").await;
    browser.fill("What other channels cost and brought", "channel,spend\ngoogle_ads,12x").await;
    browser.press("Compare").await;
    browser.find("//p[@class='wrong'][contains(., 'from 0 to 100')]").await;
    browser.fill("E-mail,\u{a0}%", "2.5").await;
    browser.press("Compare").await;
    // The service's words, at the field that they are about.
    browser.find("//p[@class='wrong'][starts-with(., 'Line 2, spend must be a decimal number')]").await;
    assert_eq!(browser.run("return document.activeElement.localName").await, "textarea", "to be corrected");
    visit.state("comparison-mistakes").await;

    browser.fill("Value of each", "10").await;
    let rows = "channel,spend,clicks,conversions,value,currency\n\
                google_ads,120.50,900,31,2480,EUR\nmeta,90,400,8,500,USD";
    browser.fill("What other channels cost and brought", rows).await;
    let results = "campaign_id,conversions,value\nmsg-20190101-1,1,5\n";
    browser.fill("What CleverTap’s campaigns brought", results).await;
    browser.press("Compare").await;
    // 120.50 over 31 conversions; 2480 over 120.50.
    has(&line(browser, "EUR", "Google ads").await, &["120.50", "3.89", "20.58"]);
    has(&line(browser, "USD", "Meta").await, &["90.00", "11.25", "5.56"]);
    browser.find("//*[contains(@class, 'notice')][contains(., 'brought, line 2: no such campaign')]").await;
    let email = line(browser, "EUR", "E-mail").await;
    // Conversions, value, CPA, ROAS and ROI rest on the rate.
    assert_eq!(email.matches("estimated").count(), 5, "{email}");
    let clicks = clicks_of_email(browser).await;
    // One in forty converts, and is worth 10.
    let conversions = format!("{:.3}", f64::from(clicks) / 40.0);
    let conversions = conversions.trim_end_matches('0').trim_end_matches('.');
    has(&email, &[&written(conversions), &written(&format!("{:.2}", f64::from(clicks) / 4.0))]);
    assert!(!line(browser, "EUR", "Google ads").await.contains("estimated"));

    let files = tempfile::tempdir().expect("a folder");
    browser.save_to(files.path()).await;
    browser
        .find("//button[@aria-label='Download the comparison as CSV']")
        .await
        .click()
        .await
        .expect("pressed");
    let text = browser.saved(files.path(), "roi_").await;
    let of = |channel: &str| text.lines().find(|line| line.starts_with(channel)).expect("a line").to_owned();
    assert!(text.lines().next().expect("a header").ends_with(",estimated"), "{text}");
    assert!(of("email,EUR").ends_with(",conversions value cpa roas roi"), "{text}");
    assert!(of("google_ads,EUR").ends_with(','), "{text}");
    assert!(of("meta,USD").starts_with("meta,USD,90,"), "{text}");

    browser.press("Save the template").await;
    let template = browser.saved(files.path(), "results_").await;
    assert!(
        template.trim_start_matches('\u{feff}').starts_with("campaign_id,name,conversions,value\r\n"),
        "{template}"
    );
    assert!(
        template.lines().count() > 50 && template.lines().skip(1).all(|line| line.ends_with(",,")),
        "{template}"
    );

    visit.unfold("Why some cells are empty").await;
    visit.state("comparison").await;
    visit.end(&["status of 400"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clevertap_reports_is_not_estimated() {
    let visit = Visit::start().await;
    let browser = &visit.browser;
    visit.house.sandbox.state().set_variants(Variants { rich_report: true, ..Variants::default() });
    visit.sign_in(&visit.token).await;
    visit.loaded().await;
    browser.fill("Currency", "INR").await;
    let channels = browser
        .run(
            "return [...document.querySelectorAll('.roi fieldset label')].slice(1).map((it) => it.innerText)",
        )
        .await;
    for (place, channel) in channels.as_array().expect("labels").iter().enumerate() {
        browser.fill(channel.as_str().expect("a text"), &format!("0.{:02}", place + 1)).await;
    }
    visit.unfold("Estimate what nobody reports").await;
    browser.fill("E-mail,\u{a0}%", "100").await;
    browser.press("Compare").await;
    let email = line(browser, "INR", "E-mail").await;
    assert!(!email.contains("estimated"), "{email}");
    visit.state("comparison-richer-keys").await;
    visit.end(&[]).await;
}

/// A channel's line in the table of a currency.
async fn line(browser: &Browser, currency: &str, channel: &str) -> String {
    let path = format!("//div[@class='block'][h4[.='In {currency}']]//tbody/tr[th[.='{channel}']]");
    browser.find(&path).await.text().await.expect("a text")
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

/// As the table of channels has them.
async fn clicks_of_email(browser: &Browser) -> u32 {
    let path = "//section[@aria-labelledby='channels']//tr[th[.='E-mail']]/td[6]";
    let text = browser.find(path).await.text().await.expect("a text");
    text.replace(',', "").parse().expect("a number")
}

/// As the page writes decimals.
fn written(text: &str) -> String {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole = grouped(whole.parse().expect("digits"));
    if part.is_empty() { whole } else { format!("{whole}.{part}") }
}
