//! That the browser of these tests does what they believe of it.

use component_tests::browser::{Browser, Look, Settings, files_with};
use component_tests::site::{Site, page};
use http::Response;

async fn site() -> Site {
    Site::start(|request| match request.target.as_str() {
        "/" => page(
            "Fruit",
            r#"<form method=post action=/chosen><label for=a>Which "one"</label><input id=a name=a>
               <label for=b>Size</label><select id=b name=b><option>Small<option>Large</select>
               <button>Choose</button></form><p id=by></p><script>by.textContent = "by script"</script>"#,
        ),
        "/chosen" => page("Chosen", "<a href=/strict>On</a>"),
        "/strict" => {
            let mut strict = page("Strict", "<script>document.title = 'ran'</script>");
            let policy = "default-src 'none'".parse().expect("a value");
            strict.headers_mut().insert("content-security-policy", policy);
            strict
        }
        _ => Response::builder().status(404).body(String::new()).expect("an answer"),
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_filled_by_their_labels() {
    let site = site().await;
    let browser = Browser::start().await;
    browser.open(&site.origin()).await;
    assert!(browser.text().await.contains("by script"));
    browser.fill("Which \"one\"", "pear-4711").await;
    browser.choose("Size", "Large").await;
    browser.press("Choose").await;
    browser.heading("Chosen").await;
    let sent = site.received().pop().expect("a request").fields();
    assert_eq!((sent["a"].as_str(), sent["b"].as_str()), ("pear-4711", "Large"));
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.press("On").await;
    browser.heading("Strict").await;
    let complaints = browser.complaints().await.concat();
    assert!(complaints.contains("Content Security Policy"), "{complaints}");
    let history = browser.history().await;
    assert_eq!(history.last(), Some(&format!("{}/strict", site.origin())));
    assert!(browser.requested().await.contains(&format!("{}/chosen", site.origin())));
    let profile = browser.close().await;
    assert!(!files_with(profile.path(), "/chosen").is_empty(), "the history is on disk");
    assert_eq!(files_with(profile.path(), "never typed"), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_can_be_off_and_the_night_on() {
    let site = site().await;
    let browser = Browser::with(Settings { scripts: false, ..Settings::default() }).await;
    browser.open(&site.origin()).await;
    assert!(!browser.text().await.contains("by script"));
    browser.fill("Which \"one\"", "plum").await;
    browser.press("Choose").await;
    browser.heading("Chosen").await;
    browser.look(Look { dark: true, ..Look::PHONE }).await;
    let seen = browser.run("return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]").await;
    assert_eq!(seen, serde_json::json!([320, true]));
    browser.close().await;
}
