//! The dashboard's page, script and style.

use super::*;

const PARTS: [(&str, &str); 3] = [
    ("/dashboard", "text/html; charset=utf-8"),
    ("/dashboard/app.js", "text/javascript; charset=utf-8"),
    ("/dashboard/app.css", "text/css; charset=utf-8"),
];

/// As browsers ask.
fn part(path: &str) -> Inbound {
    get(path).without("authorization").with("accept-encoding", "gzip, deflate, br")
}

#[test]
fn it_wants_no_token_and_no_configuration() {
    for (path, media) in PARTS {
        let answer = ask_with(&silent(), &[], part(path));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media)), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("content-encoding"), (path != "/dashboard").then_some("gzip"));
        assert!(!answer.body.is_empty());
    }
}

#[test]
fn the_page_may_load_and_ask_nothing_but_this_service() {
    let answer = ask_alone(part("/dashboard"));
    let policy = answer.header("content-security-policy").unwrap();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.split("; ").any(|part| part == directive), "{directive} is not in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    let page = answer.text();
    assert!(!page.contains("style=") && !page.contains("<style"), "{page}");
    for address in ["dashboard/app.js", "dashboard/app.css"] {
        assert!(
            page.contains(&format!("\"{address}\"")),
            "addresses are relative: the service may be mounted deeper"
        );
    }
}

#[test]
fn page_script_and_style_are_small() {
    let lengths = PARTS.map(|(path, _)| ask_alone(part(path)).body.len());
    let total: usize = lengths.iter().sum();
    println!("page, script and style: {lengths:?} bytes, together {total}");
    assert!(total < 100_000, "{lengths:?}");
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    for (path, _) in PARTS {
        let tag = ask_alone(part(path)).header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let answer = ask_alone(part(path).with("if-none-match", &known));
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path} with {known}");
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
        }
        assert_eq!(ask_alone(part(path).with("if-none-match", "\"x\"")).status, 200);
    }
}

#[test]
fn a_caller_that_takes_no_gzip_is_told() {
    let with = |codings: &str| get("/dashboard/app.js").with("accept-encoding", codings);
    for codings in ["gzip", "br, GZIP;q=0.5", "*", "x-gzip", "identity;q=0.5, *;q=0.1"] {
        assert_eq!(ask_alone(with(codings)).status, 200, "{codings}");
    }
    assert_eq!(ask_alone(get("/dashboard/app.js")).status, 200);
    for codings in ["identity", "br", "gzip;q=0", "gzip; q=0.0, *", ""] {
        assert_eq!(ask_alone(with(codings)).problem(), (406, "not_acceptable".to_owned()), "{codings}");
    }
    assert_eq!(ask_alone(get("/dashboard").with("accept-encoding", "identity")).status, 200);
}
