//! The dashboard: signed in with a token, read, sorted, and left.

use std::path::PathBuf;

use clevertap_sandbox::Variants;
use component_tests::Kind;
use component_tests::browser::{Browser, files_with};
use serde_json::{Value, json};

use super::visit::Visit;

/// As the page writes whole numbers.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parts.join(",")
}

pub(crate) async fn numbers_are_clevertaps_and_the_token_is_left_nowhere() {
    let visit = Visit::start().await;
    let Visit { browser, token, .. } = &visit;
    visit.sign_in("no-such-token").await;
    browser.find("//*[@role='alert'][contains(., 'This token is not valid')]").await;
    assert_eq!(browser.run("return document.activeElement.type").await, "password", "to be corrected");
    visit.sign_in(token).await;
    visit.loaded().await;

    let mut addresses = browser.requested().await;
    let (sent, campaigns) = sum(&visit, &addresses, "sent").await;
    assert!(sent > 0 && campaigns > 0);
    assert_eq!(visit.tile("Sent").await, format!("Sent\n{}\n{campaigns} campaigns", grouped(sent)));
    for name in ["Delivered", "Conversions"] {
        assert_eq!(visit.tile(name).await, format!("{name}\nNot reported by CleverTap"));
    }
    let told = browser.text().await;
    for part in [
        "Freshness: read from CleverTap on",
        "CleverTap does not say how current its numbers are",
        "may lag by up to 4 hours",
        "Not reported by CleverTap: messages delivered and conversions.",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    // Neither column has a number in any row: what is not reported is no zero.
    let cells = "return [...document.querySelectorAll('#campaigns')].map((it) => it.closest('section')).flatMap(
        (section) => [...section.querySelectorAll('tbody tr')].map((row) => row.cells[5].innerText + row.cells[9].innerText))";
    let cells = browser.run(cells).await;
    assert!(cells.as_array().is_some_and(|cells| !cells.is_empty()), "{cells}");
    for cell in cells.as_array().into_iter().flatten() {
        assert!(!cell.as_str().expect("a text").contains(|letter: char| letter.is_ascii_digit()), "{cell}");
    }

    sorts_by_keyboard(browser).await;
    the_chart_is_read_by_keyboard(browser).await;

    visit.house.sandbox.state().set_variants(Variants { rich_report: true, ..Variants::default() });
    visit.reload().await;
    let (converted, _) = sum(&visit, &addresses, "conversions").await;
    assert!(visit.tile("Conversions").await.starts_with(&format!("Conversions\n{}\n", grouped(converted))));

    if Kind::current() == Kind::ServiceSpin {
        visit.house.ask("DELETE", &format!("/token/{}", visit.token_id), None).await;
        browser.press("Reload").await;
        browser.find("//dialog[@open]//h2[.='The token is no longer valid']").await;
        assert!(visit.tile("Sent").await.contains(&grouped(sent)), "what was read stays");
        visit.state("token-taken-back").await;
        browser.find("//dialog//button[.='Sign out']").await.click().await.expect("it can be pressed");
    } else {
        browser.press("Sign out").await;
    }
    browser.find("//label[.='Token']").await;
    let kept = "return [localStorage.length, sessionStorage.length, document.cookie, document.documentElement.outerHTML]";
    let kept = browser.run(kept).await;
    assert_eq!(kept.as_array().map(|kept| &kept[..3]), Some(&[json!(0), json!(0), json!("")][..]));
    assert!(!kept.to_string().contains(token), "signed out, the page has no token");

    let complaints = browser.complaints().await;
    // A wrong token, and a list of accounts that a token of one account does not get.
    let expected = |text: &String| text.contains("status of 401") || text.contains("status of 403");
    assert!(complaints.iter().all(expected), "{complaints:?}");
    addresses.extend(browser.requested().await);
    assert!(addresses.iter().all(|url| visit.is_own(url)), "{addresses:?}");
    addresses.extend(browser.history().await);
    assert!(addresses.iter().all(|url| !url.contains(token)), "no address has the token");
    let Visit { browser, token, .. } = visit;
    let profile = browser.close().await;
    assert_eq!(files_with(profile.path(), &token), Vec::<PathBuf>::new(), "no file has the token");
}

/// The sum of a count over the rows that the page asked for, and of how many campaigns these are.
async fn sum(visit: &Visit, addresses: &[String], count: &str) -> (u64, usize) {
    let asked = addresses.iter().find(|url| url.contains("/reports?")).expect("rows were asked for");
    let target = asked.strip_prefix(&visit.house.origin()).expect("of this service");
    let (mut sum, mut campaigns, mut cursor) = (0, Vec::new(), String::new());
    loop {
        let page = visit.house.ask("GET", &format!("{target}&next_cursor={cursor}"), None).await;
        for row in page["result"].as_array().expect("rows") {
            sum += row["counts"][count].as_u64().unwrap_or_default();
            campaigns.push(row["campaign"]["id"].to_string());
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    campaigns.sort();
    campaigns.dedup();
    (sum, campaigns.len())
}

/// Headings are buttons; what is sorted by says so.
async fn sorts_by_keyboard(browser: &Browser) {
    let path = "//section[@aria-labelledby='campaigns']//th[.//span[.='Clicks']]";
    let heading = browser.find(path).await;
    browser.run("[...document.querySelectorAll('[aria-labelledby=campaigns] th button')].find((it) => it.innerText === 'Clicks').focus()").await;
    for direction in ["descending", "ascending"] {
        browser.find(&format!("{path}//button")).await.send_keys("\u{e007}").await.expect("it takes Enter");
        browser.find(&format!("{path}[@aria-sort='{direction}']")).await;
        let values = "return [...document.querySelectorAll('[aria-labelledby=campaigns] tbody tr')]
            .map((row) => Number(row.cells[7].innerText.replaceAll(',', '')))";
        let values: Vec<f64> =
            browser.run(values).await.as_array().expect("rows").iter().filter_map(Value::as_f64).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        if direction == "descending" {
            sorted.reverse();
        }
        assert_eq!(values, sorted, "{direction}");
    }
    assert_eq!(
        heading.attr("aria-sort").await.expect("an attribute").as_deref(),
        Some("ascending"),
        "the same element"
    );
}

async fn the_chart_is_read_by_keyboard(browser: &Browser) {
    let readout = async || {
        let text = browser.find("//*[@class='readout']").await.text().await.expect("a text");
        text.lines().next().unwrap_or_default().to_owned()
    };
    let chart = browser.find("//*[@class='plot'][@role='group']").await;
    assert!(readout().await.ends_with("(so far)"), "the last day is today");
    chart.send_keys("\u{e012}").await.expect("it takes the left arrow");
    browser.find("//*[@class='readout'][not(contains(., 'so far'))]").await;
    chart.send_keys("\u{e011}").await.expect("it takes Home");
    let first = readout().await;
    let days = browser.find("//p[@class='span']").await.text().await.expect("a text");
    // `Oct 26 – Nov 24, 2026`: of the first day, a year that is also that of the last goes without saying.
    let (day, year) = first.split_once(", ").expect("a day and its year");
    assert!(days.starts_with(day) && days.contains(year), "{first} is not the first of {days}");
}
