//! Chromium without a window, driven as a person would: by labels, buttons and headings.
//!
//! | | |
//! |---|---|
//! | a browser of its own for each test | its profile is a new folder, and [`Browser::close`] hands it over to be searched |
//! | nothing from outside | names other than `localhost` do not resolve |
//! | what it complains about | [`Browser::complaints`]: errors on the console, refusals by a content security policy among them |
//! | how it looks | [`Browser::screenshot`] writes to `target/screenshots/` |
//!
//! Where there is no Chromium, a test fails with the command that installs it. `cargo xtask test` installs it on
//! Debian as root, and leaves these tests out with `MARKETING_AUTOMATION_BROWSER=skip`.

mod driver;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use self::driver::Driver;
use crate::root;

/// How long a page may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(20);

/// What kind of browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether pages' own scripts run.
    pub scripts: bool,
    /// Whether pages may open windows without a click.
    pub popups: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { scripts: true, popups: true }
    }
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

impl Look {
    pub const DESK: Self = Self { width: 1000, height: 1000, dark: false };
    pub const NIGHT: Self = Self { dark: true, ..Self::DESK };
    /// The narrowest that pages must work at.
    pub const PHONE: Self = Self { width: 320, height: 700, dark: false };
}

/// A browser with one window.
pub struct Browser {
    client: Client,
    // Before the folder it writes to.
    driver: Driver,
    profile: TempDir,
}

impl Browser {
    /// # Panics
    /// When there is none; with the command to install it.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// # Panics
    /// When there is none; with the command to install it.
    pub async fn with(settings: Settings) -> Self {
        let driver = Driver::start();
        let profile = TempDir::new().expect("a folder for the profile");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&driver, profile.path(), settings));
        let client = builder.connect(&driver.url()).await.expect("Chromium starts");
        let browser = Self { client, driver, profile };
        browser.look(Look::DESK).await;
        browser
    }

    /// Everything that WebDriver can do.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// # Panics
    /// When the browser does not go there.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("the page opens");
    }

    /// # Panics
    /// When the window is gone.
    pub async fn address(&self) -> Url {
        self.client.current_url().await.expect("an address")
    }

    /// The field that a label belongs to.
    ///
    /// # Panics
    /// When there is none.
    pub async fn field(&self, label: &str) -> Element {
        self.find(&format!("//*[@id=//label[normalize-space(.)={}]/@for]", quoted(label))).await
    }

    /// Types into a field, in place of what it has.
    ///
    /// # Panics
    /// When there is no such field, or it cannot be typed into.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.expect("the field can be emptied");
        field.send_keys(text).await.expect("the field can be typed into");
    }

    /// Chooses from a list.
    ///
    /// # Panics
    /// When there is no such list or choice.
    pub async fn choose(&self, label: &str, choice: &str) {
        self.field(label).await.select_by_label(choice).await.expect("the list has it");
    }

    /// Presses a button or link.
    ///
    /// # Panics
    /// When there is none.
    pub async fn press(&self, text: &str) {
        let text = quoted(text);
        let path = format!("//button[normalize-space(.)={text}] | //a[normalize-space(.)={text}]");
        self.find(&path).await.click().await.expect("it can be pressed");
    }

    /// Waits for a heading of the first rank.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn heading(&self, text: &str) {
        self.find(&format!("//h1[normalize-space(.)={}]", quoted(text))).await;
    }

    /// Waits for what an XPath leads to.
    ///
    /// # Panics
    /// When it does not come; with what is there in its place.
    pub async fn find(&self, path: &str) -> Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await {
            Ok(element) => element,
            Err(error) => panic!("{path}: {error}; the page reads:\n{}", self.text().await),
        }
    }

    /// All that can be read on the page.
    ///
    /// # Panics
    /// When the window is gone.
    pub async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.expect("a body");
        body.text().await.expect("a text")
    }

    /// Runs a script in the page, and waits for its promise.
    ///
    /// # Panics
    /// When it throws.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.expect("the script runs")
    }

    /// Goes to a window that was opened, by its place.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn window(&self, place: usize) {
        let since = std::time::Instant::now();
        loop {
            let windows = self.client.windows().await.expect("windows");
            if let Some(window) = windows.into_iter().nth(place) {
                return self.client.switch_to_window(window).await.expect("the window is there");
            }
            assert!(since.elapsed() < PATIENCE, "there is no window {place}");
        }
    }

    /// # Panics
    /// When the browser does not take it.
    pub async fn look(&self, look: Look) {
        let Look { width, height, dark } = look;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if dark { "dark" } else { "light" };
        // Without motion, nothing is on its way from one look to the next.
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Writes the whole page to `target/screenshots/NAME.png`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub async fn screenshot(&self, name: &str) {
        let folder = root().join("target/screenshots");
        fs::create_dir_all(&folder).expect("a folder for screenshots");
        let shot = self
            .devtools("Page.captureScreenshot", json!({"captureBeyondViewport": true, "format": "png"}))
            .await;
        let png = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        fs::write(folder.join(format!("{name}.png")), png).expect("the screenshot is written");
    }

    /// Where files go that pages hand out.
    ///
    /// # Panics
    /// When the browser does not take it.
    pub async fn save_to(&self, folder: &Path) {
        let params = json!({"behavior": "allow", "downloadPath": folder, "eventsEnabled": false});
        self.devtools("Browser.setDownloadBehavior", params).await;
    }

    /// Waits for a file that a page handed out, by the beginning of its name, and takes it away.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn saved(&self, folder: &Path, name: &str) -> String {
        let since = std::time::Instant::now();
        loop {
            let mut entries =
                fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
            let whole = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "csv");
            let named =
                |file: &PathBuf| file.file_name().is_some_and(|own| own.to_string_lossy().starts_with(name));
            if let Some(file) = entries.find(|file| whole(file) && named(file)) {
                let text = fs::read_to_string(&file).expect("UTF-8");
                fs::remove_file(&file).expect("it can be taken away");
                return text;
            }
            assert!(since.elapsed() < PATIENCE, "no file {name} in {}", folder.display());
            // The browser is asked, so that time passes.
            self.run("return null").await;
        }
    }

    /// A method of the DevTools protocol.
    ///
    /// # Panics
    /// When it fails.
    pub async fn devtools(&self, method: &str, params: Value) -> Value {
        self.issue("goog/cdp/execute", json!({"cmd": method, "params": params})).await.expect(method)
    }

    /// Errors on the console since the last call.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        let of_note = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        let messages = entries.iter().filter(of_note).map(|entry| entry["message"].to_string());
        // Browsers ask every site for an icon, whether it has one or not.
        messages.filter(|message| !message.contains("/favicon.ico")).collect()
    }

    /// Every address that was asked for since the last call, by whatever window.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn requested(&self) -> Vec<String> {
        let events = self.log("performance").await;
        let messages = events.iter().filter_map(|entry| {
            serde_json::from_str::<Value>(entry["message"].as_str()?)
                .ok()
                .map(|event| event["message"].clone())
        });
        messages
            .filter(|event| event["method"] == "Network.requestWillBeSent")
            .filter_map(|event| event["params"]["request"]["url"].as_str().map(str::to_owned))
            // The browser's own first page.
            .filter(|url| !url.starts_with("chrome://"))
            .collect()
    }

    /// The window's history, oldest first.
    ///
    /// # Panics
    /// When the window is gone.
    pub async fn history(&self) -> Vec<String> {
        let history = self.devtools("Page.getNavigationHistory", json!({})).await;
        let entries = history["entries"].as_array().expect("entries");
        entries.iter().filter_map(|entry| entry["url"].as_str().map(str::to_owned)).collect()
    }

    /// Ends the browser, and hands over the folder that it wrote to.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn close(self) -> TempDir {
        self.client.close().await.expect("Chromium ends");
        drop(self.driver);
        self.profile
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.issue("se/log", json!({"type": kind})).await.expect("a log");
        entries.as_array().cloned().unwrap_or_default()
    }

    async fn issue(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Extension { path, body }).await
    }
}

/// Every file below a folder that has the text, in UTF-8 or UTF-16.
///
/// # Panics
/// When a file cannot be read.
#[must_use]
pub fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).expect("a file");
                if has(&bytes, text.as_bytes()) || has(&bytes, &wide) {
                    found.push(entry.path());
                }
            }
        }
    }
    found
}

/// A command that `chromedriver` knows and WebDriver does not.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

fn capabilities(driver: &Driver, profile: &Path, settings: Settings) -> Capabilities {
    let arguments = [
        "--headless".to_owned(),
        // Its sandbox wants rights that build machines do not give; the pages are our own.
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost".to_owned(),
        format!("--user-data-dir={}", profile.display()),
    ];
    let block_popups: &[&str] = if settings.popups { &[] } else { &["disable-popup-blocking"] };
    let scripts = if settings.scripts { 1 } else { 2 };
    let wanted = json!({
        "goog:chromeOptions": {
            "binary": driver.browser(),
            "args": arguments,
            "excludeSwitches": block_popups,
            "prefs": {"profile.managed_default_content_settings.javascript": scripts},
        },
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    });
    wanted.as_object().expect("an object").clone()
}

/// A text as XPath writes it, which has no escapes.
fn quoted(text: &str) -> String {
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({})", parts.join(", '\"', "))
}
