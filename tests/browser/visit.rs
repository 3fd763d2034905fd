//! Somebody at the dashboard of a linked account.

use component_tests::browser::{Browser, Look};
use component_tests::{PASSCODE, PROJECT, ZONE};
use serde_json::{Value, json};

use super::axe;
use super::house::House;

/// How every state is looked at.
const LOOKS: [(&str, Look); 5] = [
    ("light", Look::DESK),
    ("dark", Look::NIGHT),
    ("phone", Look::PHONE),
    ("phone-dark", Look { width: 390, height: 844, dark: true }),
    ("wide", Look { width: 1600, height: 1000, dark: false }),
];

/// A visit, from the form that asks for a token on.
pub(super) struct Visit {
    pub(super) house: House,
    pub(super) browser: Browser,
    /// Of that account alone.
    pub(super) token: String,
    pub(super) token_id: String,
}

impl Visit {
    /// As far as the form that asks for a token.
    pub(super) async fn start() -> Self {
        let house = House::start().await;
        let linked = house.ask("POST", "/integrated-account", Some(&draft(&house))).await;
        let id = linked["id"].as_str().expect("an id").to_owned();
        let made = house
            .ask("POST", &format!("/integrated-account/{id}/token"), Some(&json!({"scope": "read"})))
            .await;
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let visit =
            Self { browser: Browser::start().await, token: text("token"), token_id: text("id"), house };
        visit.arrive().await;
        visit
    }

    /// As far as the numbers.
    pub(super) async fn signed_in() -> Self {
        let visit = Self::start().await;
        visit.sign_in(&visit.token).await;
        visit.loaded().await;
        visit
    }

    /// Opens the page, which has forgotten whoever was there.
    pub(super) async fn arrive(&self) {
        self.browser.open(&format!("{}/dashboard", self.house.origin())).await;
        self.browser.heading("Marketing dashboard").await;
    }

    pub(super) async fn sign_in(&self, token: &str) {
        self.browser.fill("Token", token).await;
        self.browser.press("Open the dashboard").await;
    }

    /// Waits until all has been read.
    pub(super) async fn loaded(&self) {
        self.browser.find("//*[@role='status'][starts-with(., 'Loaded')]").await;
    }

    /// Reads again, and waits for the end of that.
    pub(super) async fn reload(&self) {
        self.browser.press("Reload").await;
        self.loaded().await;
    }

    /// What is on the tile of that name.
    pub(super) async fn tile(&self, name: &str) -> String {
        let path =
            format!("//*[contains(concat(' ', @class, ' '), ' tile ')][.//*[@class='label'][.='{name}']]");
        self.browser.find(&path).await.text().await.expect("a text")
    }

    /// Unfolds what is under a line.
    pub(super) async fn unfold(&self, line: &str) {
        let path = format!("//details[not(@open)]/summary[contains(., '{line}')]");
        self.browser.find(&path).await.click().await.expect("it can be unfolded");
    }

    /// One state in every look: a picture, in which nothing is wider than the window, and of which axe-core has
    /// nothing to say.
    pub(super) async fn state(&self, name: &str) {
        for (look, of) in LOOKS {
            self.browser.look(of).await;
            self.browser.screenshot(&format!("dashboard-{name}-{look}")).await;
            let width = self.browser.run("return document.documentElement.scrollWidth").await;
            assert!(
                width.as_u64() <= Some(of.width.into()),
                "{name}, {look}: {width} is wider than the window"
            );
            axe::check(&self.browser, &format!("{name}, {look}")).await;
        }
        self.browser.look(Look::DESK).await;
    }

    /// From now on, what the page asks for at addresses that match stays without an answer; all of it is noted.
    pub(super) async fn hold(&self, addresses: &str) {
        let script = format!(
            "window.ours ??= window.fetch;
             window.asked ??= [];
             window.fetch = (url, how) => {{
               window.asked.push({{ url: String(url), body: how.body ? JSON.parse(how.body) : null }});
               if (!/{addresses}/.test(String(url))) return window.ours(url, how);
               return new Promise((_, stop) => how.signal.addEventListener('abort', () => stop(how.signal.reason)));
             }};"
        );
        self.browser.run(&script).await;
    }

    /// Holds nothing any more.
    pub(super) async fn release(&self) {
        self.hold("^$").await;
    }

    /// The last that the page asked for below a path, since it holds something.
    pub(super) async fn asked(&self, path: &str) -> Value {
        let script = format!("return window.asked.findLast(({{ url }}) => url.includes('{path}')) ?? null");
        self.browser.run(&script).await
    }

    /// Leaves: the console has nothing but what is expected, and nobody else was asked for anything.
    pub(super) async fn end(self, expected: &[&str]) {
        let complaints = self.browser.complaints().await;
        // A token of one account is not told which others there are.
        let is_expected =
            |text: &String| text.contains("status of 403") || expected.iter().any(|part| text.contains(part));
        assert!(complaints.iter().all(is_expected), "{complaints:?}");
        let addresses = self.browser.requested().await;
        assert!(addresses.iter().all(|url| self.is_own(url)), "{addresses:?}");
        self.browser.close().await;
    }

    /// Whether an address is of the service, or of what the page itself made.
    pub(super) fn is_own(&self, url: &str) -> bool {
        url.starts_with(&self.house.origin()) || url.starts_with("data:") || url.starts_with("blob:")
    }
}

/// An account in the sandbox.
pub(super) fn draft(house: &House) -> Value {
    json!({
        "project_id": PROJECT, "passcode": PASSCODE, "region": "eu1", "timezone": ZONE, "endpoint": house.sandbox.url(),
    })
}
