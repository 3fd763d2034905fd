//! The connect page: what it takes, what it refuses, and where the result goes.

use std::rc::Rc;

use super::accounts::{CleverTap, env};
use super::*;
use crate::testing::FakeStore;

const ORIGIN: &str = "https://connect.test";

/// A link to the page.
fn link(host: &FakeHost, what: &Value) -> String {
    let answer = ask_with(host, &env(), post("/link-token", what));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["path"].as_str().unwrap().to_owned()
}

/// What a browser brings along.
fn visit(target: &str) -> Inbound {
    request("GET", target)
        .without("authorization")
        .with("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
}

fn open(host: &FakeHost, target: &str) -> Answer {
    ask_with(host, &env(), visit(target))
}

/// The cookie and the hidden field of a page.
fn given(page: &Answer) -> (String, String) {
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let text = page.text();
    let seal = text.split("name=\"seal\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    (cookie, seal.to_owned())
}

fn filled(passcode: &str, region: &str) -> Vec<(&'static str, String)> {
    vec![
        ("project_id", " TEST-123 ".to_owned()),
        ("passcode", passcode.to_owned()),
        ("region", region.to_owned()),
    ]
}

fn form(target: &str, (cookie, seal): &(String, String), fields: Vec<(&str, String)>) -> Inbound {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("seal", seal)
        .extend_pairs(fields)
        .finish();
    let mut request = visit(target)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("cookie", &format!("theme=dark; {cookie}"))
        .with("origin", "null")
        .with("sec-fetch-site", "same-origin");
    request.method = "POST".to_owned();
    request.body = Body::Bytes(body.into_bytes());
    request
}

fn send(host: &FakeHost, target: &str, passcode: &str, region: &str) -> Answer {
    let given = given(&open(host, target));
    ask_with(host, &env(), form(target, &given, filled(passcode, region)))
}

/// The values that the last page posts.
fn posted(page: &str) -> Vec<(String, String)> {
    page.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let mut parts = rest.split('"');
            let name = parts.next().unwrap().to_owned();
            (name, parts.nth(1).unwrap().to_owned())
        })
        .collect()
}

#[test]
fn the_form_is_strict_about_browsers() {
    let host = silent();
    let path = link(&host, &json!({"vendor_name": "Acme & Söhne", "redirect_uri": "https://acme.test/back"}));
    let page = open(&host, &path);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<h1>Connect CleverTap to Acme &amp; Söhne</h1>"), "{}", page.text());
    assert!(page.text().contains("href=\"https://acme.test/back?status=cancelled\""), "{}", page.text());
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; \
             base-uri 'none'",
        ),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-connect="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!Value::from(host.lines()).to_string().contains("ma_link_"), "the log has no links");
    // The name is the operator's where the link has none.
    let mut env = env();
    env.push(("MARKETING_AUTOMATION_VENDOR_NAME".to_owned(), "Umbrella".to_owned()));
    let nameless = link(&host, &json!({}));
    let page = ask_with(&host, &env, visit(&nameless));
    assert!(page.text().contains("<h1>Connect CleverTap to Umbrella</h1>"));
    assert!(!page.text().contains("Cancel"), "there is nothing to go back to");
}

#[test]
fn what_clevertap_refuses_is_told_and_not_kept() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let path = link(&host, &json!({}));
    for (passcode, region, status, says) in [
        ("wrong-1", "in1", 422, "in a wrong region, CleverTap refuses a right passcode just the same"),
        (PASSCODE, "eu1", 422, "CleverTap’s own words: “Invalid Credentials"),
        ("wrong-1", "auto", 422, "None of CleverTap’s regions took"),
        ("", "in1", 422, "Enter the passcode."),
        (PASSCODE, "", 422, "Choose a region, or have it found automatically."),
        (PASSCODE, "mars", 422, "Choose one of the regions in the list."),
        ("with space", "in1", 422, "Enter the passcode as the dashboard shows it, without spaces."),
    ] {
        let page = send(&host, &path, passcode, region);
        assert_eq!(page.status, status, "{}", page.text());
        assert!(page.text().contains(says), "{says}: {}", page.text());
        assert!(page.text().contains("value=\"TEST-123\""), "what was entered stays");
        let secret = if passcode.is_empty() { "wrong-1" } else { passcode };
        assert!(!page.text().contains(secret) && !format!("{:?}", page.headers).contains(secret));
        assert!(!Value::from(host.lines()).to_string().contains(secret));
    }
    assert!(store.entries().is_empty(), "nothing was kept");
    assert!(host.lines().iter().any(|line| line["code"] == "provider_unauthorized"));
    let down = FakeHost::answering(|_| Reply::json(503, &json!({"status": "fail"}))).with_store(&store);
    let page = send(&down, &path, PASSCODE, "in1");
    assert_eq!(page.status, 503);
    assert!(page.text().contains("CleverTap did not answer"), "{}", page.text());
    assert!(page.text().contains("<option value=\"in1\" selected>"), "{}", page.text());
}

#[test]
fn without_a_store_the_sealed_account_is_posted() {
    let clevertap = CleverTap::new();
    let host = clevertap.host();
    let path = link(
        &host,
        &json!({"redirect_uri": "https://acme.test/back?tab=1", "state": "s&1", "tenant_id": "customer-7"}),
    );
    let page = send(&host, &path, PASSCODE, "in1");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("<form method=\"post\" action=\"https://acme.test/back?tab=1\">"));
    let fields = posted(&page.text());
    assert_eq!(fields[0], ("status".to_owned(), "linked".to_owned()));
    assert_eq!(fields[2], ("state".to_owned(), "s&amp;1".to_owned()));
    let id = &fields[1].1;
    assert!(id.starts_with("ma_sealed_"), "{id}");
    assert!(!page.text().contains(&format!("?status=linked&integrated_account_id={id}")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action https:;"), "the vendor may redirect to a site of its own: {policy}");
    let shown = ask_with(&host, &env(), get(&format!("/integrated-account/{id}"))).json();
    assert_eq!((&shown["tenant_id"], &shown["region"]), (&json!("customer-7"), &json!("in1")));
}

#[test]
fn with_a_store_the_id_goes_back_and_the_link_is_used_up() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let path = link(&host, &json!({"redirect_uri": "https://acme.test/back", "state": "s-1"}));
    let page = send(&host, &path, PASSCODE, "auto");
    assert_eq!(page.status, 200, "{}", page.text());
    let listed = ask_with(&host, &env(), get("/integrated-account?origin=stored")).json();
    let id = listed["result"][0]["id"].as_str().unwrap();
    assert_eq!(listed["result"][0]["region"], "in1", "found");
    let refresh = format!(
        "<meta http-equiv=\"refresh\" content=\"0; url=https://acme.test/back?status=linked&amp;integrated_account_id={id}&amp;state=s-1\">"
    );
    assert!(page.text().contains(&refresh), "{}", page.text());
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'none'"));
    for again in [visit(&path), form(&path, &("a=b".to_owned(), "c".to_owned()), filled(PASSCODE, "in1"))] {
        let page = ask_with(&host, &env(), again);
        assert_eq!(page.status, 410);
        assert!(page.text().contains("<h1>This link was used already</h1>"), "{}", page.text());
    }
    let listed = ask_with(&host, &env(), get("/integrated-account?origin=stored")).json();
    assert_eq!(listed["result_count"], 1);
}

#[test]
fn links_that_lead_nowhere_say_so_and_no_more() {
    let host = silent();
    let path = link(&host, &json!({"expires_in": 60}));
    let damaged = format!("{}x", path.split_at(path.len() - 4).0);
    let api = ask_with(&host, &env(), post("/api-token", &json!({"scope": "admin"}))).json();
    let other_kind = format!("/connect/{}", api["token"].as_str().unwrap());
    for target in ["/connect/x", "/connect/ma_link_e30.AAAA", &damaged, &other_kind] {
        let page = open(&host, target);
        assert_eq!(page.status, 404, "{target}");
        assert!(page.text().contains("<h1>This link does not work</h1>"), "{}", page.text());
        assert!(page.header("set-cookie").is_none());
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
    }
    host.run(crate::transport::Host::sleep(&host, std::time::Duration::from_secs(61)));
    let page = open(&host, &path);
    assert_eq!(page.status, 410);
    assert!(page.text().contains("<h1>This link has expired</h1>"), "{}", page.text());
    // Without the key, no link is one of this service's.
    assert_eq!(ask(&silent(), visit(&path)).status, 404);
    // What is the operator's to mend is a page, too.
    let broken = vec![("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), "nonsense".to_owned())];
    let page = ask_with(&silent(), &broken, visit(&path));
    assert_eq!((page.status, page.header("content-type")), (500, Some("text/html; charset=utf-8")));
    assert!(page.text().contains(page.header("x-request-id").unwrap()), "{}", page.text());
    let store = Rc::new(FakeStore::default());
    store.fail(true);
    assert_eq!(open(&silent().with_store(&store), &path).status, 503);
}

#[test]
fn forms_of_other_sites_are_refused() {
    let clevertap = CleverTap::new();
    let host = clevertap.host();
    let (path, other) = (link(&host, &json!({})), link(&host, &json!({"state": "other"})));
    let (cookie, seal) = given(&open(&host, &path));
    let of_other = given(&open(&host, &other));
    let right = || form(&path, &(cookie.clone(), seal.clone()), filled(PASSCODE, "in1"));
    let wrong: Vec<(&str, Inbound)> = vec![
        ("no cookie", right().without("cookie")),
        ("another cookie", form(&path, &(of_other.0.clone(), seal.clone()), filled(PASSCODE, "in1"))),
        ("another link's seal", form(&path, &(cookie.clone(), of_other.1.clone()), filled(PASSCODE, "in1"))),
        ("no seal", form(&path, &(cookie.clone(), String::new()), filled(PASSCODE, "in1"))),
        ("cross-site", right().without("sec-fetch-site").with("sec-fetch-site", "cross-site")),
        ("same-site", right().without("sec-fetch-site").with("sec-fetch-site", "same-site")),
        ("origin", right().without("sec-fetch-site").without("origin").with("origin", "https://evil.test")),
    ];
    for (what, request) in wrong {
        let page = ask_with(&host, &env(), request);
        assert_eq!(page.status, 403, "{what}");
        assert!(page.text().contains("Please enter it once more"), "{what}");
        assert!(!page.text().contains("TEST-123"), "{what}: nothing of what was entered");
        assert!(page.header("set-cookie").is_some(), "{what}: the next try can work");
    }
    assert!(host.sent().is_empty(), "CleverTap was not asked");

    // Without the headers that tell, the cookie and the seal decide; a named origin must be this service's.
    let plain = || right().without("sec-fetch-site").without("origin");
    let mut public = env();
    public.push(("MARKETING_AUTOMATION_PUBLIC_URL".to_owned(), ORIGIN.to_owned()));
    assert_eq!(ask_with(&host, &public, plain().with("origin", "http://localhost")).status, 403);
    for (env, request) in [
        (env(), plain()),
        (env(), plain().with("origin", "null")),
        (env(), plain().with("origin", "http://localhost")),
        (public, plain().with("origin", ORIGIN)),
    ] {
        assert_eq!(ask_with(&host, &env, request).status, 200);
    }
}

#[test]
fn two_tabs_of_one_browser_both_work() {
    let host = CleverTap::new().host();
    let (one, two) = (link(&host, &json!({})), link(&host, &json!({})));
    let first = given(&open(&host, &one));
    let second = given(&ask_with(&host, &env(), visit(&two).with("cookie", &first.0)));
    assert_eq!(first.0, second.0, "a browser that has a nonce keeps it");
    for (path, given) in [(&one, &first), (&two, &second)] {
        assert_eq!(ask_with(&host, &env(), form(path, given, filled(PASSCODE, "in1"))).status, 200);
    }
    let odd = visit(&one).with("cookie", "__Host-connect=short; __Host-connect=");
    assert_ne!(given(&ask_with(&host, &env(), odd)).0, "__Host-connect=short");
}

#[test]
fn a_pop_up_reports_to_the_origin_of_the_link() {
    let host = CleverTap::new().host();
    let what = json!({"origin": "https://app.acme.test", "redirect_uri": "https://acme.test/back", "vendor_name": "Acme"});
    let path = link(&host, &what);
    let popup = format!("{path}?display=popup&utm_source=mail");
    let page = open(&host, &popup).text();
    assert!(page.contains("<a href=\"?display=popup&amp;status=cancelled\">Cancel</a>"), "{page}");
    let cancelled = open(&host, &format!("{path}?display=popup&status=cancelled"));
    assert!(cancelled.text().contains("data-status=\"cancelled\" data-origin=\"https://app.acme.test\""));
    assert!(!cancelled.text().contains("http-equiv"), "the script goes on, once it knows that nobody hears");
    let page = send(&host, &popup, PASSCODE, "in1").text();
    assert!(page.contains("data-status=\"linked\" data-account=\"ma_sealed_"), "{page}");
    assert!(page.contains("data-origin=\"https://app.acme.test\""), "{page}");
    // As a page of its own it has nobody to report to.
    let page = send(&host, &path, PASSCODE, "in1").text();
    assert!(!page.contains("data-origin"), "{page}");
    let cancelled = open(&host, &format!("{path}?status=cancelled")).text();
    assert!(cancelled.contains("url=https://acme.test/back?status=cancelled"), "{cancelled}");
}

#[test]
fn an_account_is_connected_anew_and_keeps_its_id_and_notes() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let account = ask_with(&host, &env(), post("/integrated-account", &super::accounts::draft())).json();
    let id = account["id"].as_str().unwrap();
    let shown = || ask_with(&host, &env(), get(&format!("/integrated-account/{id}"))).json();
    let again = || link(&host, &json!({"integrated_account_id": id, "context": {"plan": "silver"}}));
    // The same credentials again are asked about again.
    clevertap.rotate("changed-7");
    assert_eq!(send(&host, &again(), PASSCODE, "in1").status, 422);
    assert_eq!(send(&host, &again(), "changed-7", "in1").status, 200);
    assert_eq!((&shown()["status"], &shown()["tenant_id"]), (&json!("active"), &json!("customer-7")));
    assert_eq!(
        (&shown()["context"], &shown()["timezone"]),
        (&json!({"plan": "silver"}), &json!("Asia/Kolkata"))
    );
    clevertap.rotate("changed-8");
    let used = ask_with(&host, &env(), get(&format!("{CAMPAIGNS}?integrated_account_id={id}&source=api")));
    assert_eq!(used.status, 401);
    assert_eq!(shown()["status"], "needs_reauth");
    clevertap.rotate("changed-7");
    assert_eq!(send(&host, &again(), "changed-7", "in1").status, 200);
    assert_eq!(shown()["status"], "active", "it was verified, though nothing of it changed");
}

/// A link lives for days: who gets hold of it must not put a project of its own behind the vendor's account.
#[test]
fn a_link_that_connects_anew_is_for_the_same_project() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let account = ask_with(&host, &env(), post("/integrated-account", &super::accounts::draft())).json();
    let path = link(&host, &json!({"integrated_account_id": account["id"]}));
    let given = given(&open(&host, &path));
    let mut fields = filled(PASSCODE, "in1");
    fields[0].1 = "TEST-999".to_owned();
    let page = ask_with(&host, &env(), form(&path, &given, fields));
    assert_eq!(page.status, 422);
    let says = "This link is for the project that was connected before: enter its ID.";
    assert!(page.text().contains(&format!("<a href=\"#project_id\">{says}</a>")), "{}", page.text());
    assert!(
        page.text().contains("value=\"TEST-999\"") && !page.text().contains("TEST-123"),
        "nor is it named"
    );
    assert_eq!(send(&host, &path, PASSCODE, "in1").status, 200);
}

#[test]
fn a_form_sent_twice_at_once_links_once() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    let host = clevertap.host().with_store(&store);
    let path = link(&host, &json!({}));
    let given = given(&open(&host, &path));
    let env = env();
    let statuses = host.run(async {
        let send = || handle(&host, &env, form(&path, &given, filled(PASSCODE, "in1")));
        let (one, two) = futures_util::future::join(send(), send()).await;
        (one.status, two.status)
    });
    assert_eq!(statuses, (200, 410));
    let listed = ask_with(&host, &env, get("/integrated-account?origin=stored")).json();
    assert_eq!(listed["result_count"], 1);
}

#[test]
fn style_script_and_types_are_kept_by_browsers() {
    for (target, media) in [
        ("/connect.css", "text/css; charset=utf-8"),
        ("/connect.js", "text/javascript; charset=utf-8"),
        ("/connect.d.ts", "text/plain; charset=utf-8"),
    ] {
        let ask = |tag: &str| ask_alone(visit(target).with("accept", "*/*").with("if-none-match", tag));
        let answer = ask("\"other\"");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media)));
        assert!(!answer.body.is_empty());
        let tag = answer.header("etag").unwrap();
        for known in [tag.to_owned(), format!("\"a\", W/{tag}"), "*".to_owned()] {
            let answer = ask(&known);
            assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, Some(tag)));
        }
        let shared = target != "/connect.css";
        assert_eq!(answer.header("access-control-allow-origin"), shared.then_some("*"), "{target}");
    }
}

#[test]
fn what_is_no_form_is_refused() {
    let host = silent();
    let path = link(&host, &json!({}));
    let mut json = post(&path, &json!({"passcode": PASSCODE})).without("authorization");
    assert_eq!(ask_with(&host, &env(), json).status, 415);
    json = form(&path, &given(&open(&host, &path)), vec![("project_id", "x".repeat(20_000))]);
    assert_eq!(ask_with(&host, &env(), json).status, 413);
}
