//! Paths, methods, tokens, and the forms of bodies and answers.

use proptest::prelude::*;

use super::*;
use crate::service::router::{self, Found, ROUTES, Scope};
use crate::service::target::{self, Target};

/// A path of the route.
fn example(pattern: &str) -> String {
    pattern
        .replace("{path...}", "1/targets/list.json")
        .replace("{resource}", "campaigns")
        .replace("{id}", "7")
}

fn methods(route: &router::Route) -> Vec<&'static str> {
    if route.methods.is_empty() { vec!["GET", "POST", "PUT", "DELETE"] } else { route.methods.to_vec() }
}

#[test]
fn every_route_but_health_wants_a_token() {
    for route in ROUTES.iter().filter(|route| route.scope != Scope::Open) {
        for method in methods(route) {
            let path = format!("{}?integrated_account_id=acme", example(route.pattern));
            let forms: [(&str, Inbound); 5] = [
                ("none", request(method, &path).without("authorization")),
                (
                    "wrong",
                    request(method, &path).without("authorization").with("authorization", "Bearer nobody"),
                ),
                (
                    "a prefix",
                    request(method, &path)
                        .without("authorization")
                        .with("authorization", "Bearer test-token"),
                ),
                (
                    "basic",
                    request(method, &path)
                        .without("authorization")
                        .with("authorization", &format!("Basic {TOKEN}")),
                ),
                ("two", request(method, &path).with("authorization", "Bearer nobody")),
            ];
            for (form, request) in forms {
                let answer = ask_alone(request);
                assert_eq!(answer.problem(), (401, "unauthorized".to_owned()), "{method} {path} with {form}");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            }
        }
    }
}

#[test]
fn any_of_the_tokens_lets_in() {
    for token in [TOKEN, "other-token"] {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let value = format!("{scheme}  {token} ");
            let answer =
                ask_alone(get("/integrated-account").without("authorization").with("authorization", &value));
            assert_eq!(answer.status, 200, "{value}");
        }
    }
}

#[test]
fn without_tokens_every_call_is_refused() {
    let env: Vec<_> = environment().into_iter().filter(|(name, _)| !name.ends_with("TOKENS")).collect();
    let answer = ask_with(&silent(), &env, get(CAMPAIGNS));
    assert_eq!(answer.problem(), (401, "unauthorized".to_owned()));
    assert!(answer.message().contains("MARKETING_AUTOMATION_API_TOKENS"), "{}", answer.message());
}

#[test]
fn health_and_options_want_no_token() {
    assert_eq!(ask_alone(get("/healthz").without("authorization")).status, 200);
    for route in ROUTES {
        let answer = ask_alone(request("OPTIONS", &example(route.pattern)).without("authorization"));
        assert_eq!((answer.status, answer.text()), (204, String::new()), "{}", route.pattern);
        let allow = answer.header("allow").unwrap();
        assert!(methods(route).iter().all(|method| allow.contains(method)), "{} {allow}", route.pattern);
        assert!(allow.ends_with("OPTIONS"));
    }
    let answer = ask_alone(request("OPTIONS", "*").without("authorization"));
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
}

#[test]
fn unknown_paths_name_those_near() {
    for (path, near) in [
        ("/", ""),
        ("/unified/marketing-automation/campaing", "/unified/marketing-automation/campaigns"),
        ("/unified/marketing-automation/campaigns/", "/unified/marketing-automation/campaigns"),
        ("/unified/crm/contacts", "/unified/marketing-automation/contacts"),
        ("/proxy", "/proxy/{resource}"),
        ("/custom", "/custom/{path...}"),
        ("/unified/marketing-automation/../campaigns", "/unified/marketing-automation/campaigns"),
        ("/unified/marketing-automation%2Fcampaigns", ""),
    ] {
        let answer = ask_alone(get(path));
        assert_eq!(answer.problem(), (404, "no_route".to_owned()), "{path}");
        assert!(answer.message().contains(near), "{path}: {}", answer.message());
    }
}

#[test]
fn other_methods_are_refused_with_those_that_go() {
    for (method, path, allow) in [
        ("PUT", CAMPAIGNS, "GET, HEAD, POST, OPTIONS"),
        ("DELETE", &format!("{CAMPAIGNS}/7"), "GET, HEAD, OPTIONS"),
        ("GET", &format!("{CAMPAIGNS}/stop"), "POST, OPTIONS"),
        ("POST", REPORTS, "GET, HEAD, OPTIONS"),
        ("get", CAMPAIGNS, "GET, HEAD, POST, OPTIONS"),
        ("TRACE", "/custom/1/x", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    ] {
        let answer = ask_alone(request(method, path));
        assert_eq!(answer.problem(), (405, "method_not_allowed".to_owned()), "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
}

#[test]
fn head_is_get_without_the_body() {
    for path in
        ["/healthz", "/integrated-account", "/integration/clevertap/capabilities", "/nowhere", CAMPAIGNS]
    {
        let (get, head) = (
            ask_alone(get(path).with("x-request-id", "r")),
            ask_alone(request("HEAD", path).with("x-request-id", "r")),
        );
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[test]
fn only_json_goes_out() {
    for (accept, status) in [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*;q=0.2", 200),
        ("text/html, application/xhtml+xml, */*;q=0.8", 200),
        ("application/json;q=0, */*", 406),
        ("text/html", 406),
        ("application/problem+json", 406),
        ("text/*, application/xml;q=0.9", 406),
        ("application/json; q=high", 200),
        ("nonsense", 200),
        ("", 200),
    ] {
        assert_eq!(ask_alone(get("/integrated-account").with("accept", accept)).status, status, "{accept}");
    }
}

#[test]
fn problems_are_named_so_for_those_who_know_them() {
    for (accept, kind) in [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/problem+json, application/json", "application/problem+json"),
        ("application/problem+json;q=0, */*", "application/json"),
    ] {
        assert_eq!(
            ask_alone(get("/nowhere").with("accept", accept)).header("content-type"),
            Some(kind),
            "{accept}"
        );
    }
}

#[test]
fn bodies_are_json() {
    let target = format!("{CAMPAIGNS}/stop?integrated_account_id=acme");
    let send = |kind: &str, body: &str| {
        let mut request = request("POST", &target).with("content-type", kind);
        request.body = Body::Bytes(body.as_bytes().to_vec());
        ask_alone(request)
    };
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "",
    ] {
        let answer = send(kind, "{}");
        assert_eq!(answer.problem(), (415, "unsupported_media_type".to_owned()), "{kind}");
        assert_eq!(answer.header("accept"), Some("application/json"));
    }
    for kind in ["application/json", "application/json; charset=UTF-8", "application/vnd.api+json"] {
        assert_eq!(send(kind, "{}").problem(), (400, "invalid".to_owned()), "{kind}");
    }
    assert_eq!(send("application/json", "{\"id\": ").problem(), (400, "not_json".to_owned()));
    assert_eq!(send("application/json", "[1]").problem(), (400, "invalid".to_owned()));
    assert_eq!(send("text/plain", "").problem(), (400, "invalid".to_owned()), "an empty body has no form");
    let packed = post(&target, &json!({})).with("content-encoding", "gzip");
    assert_eq!(ask_alone(packed).problem(), (415, "unsupported_media_type".to_owned()));
}

#[test]
fn bodies_have_a_limit() {
    let target = format!("{CAMPAIGNS}/stop?integrated_account_id=acme");
    let mut long = post(&target, &json!({}));
    long.body = Body::Bytes(vec![b' '; (8 << 20) + 1]);
    assert_eq!(ask_alone(long).problem(), (413, "body_too_large".to_owned()));
    let stated = post(&target, &json!({})).with("content-length", "99999999999");
    assert_eq!(ask_alone(stated).problem(), (413, "body_too_large".to_owned()));
}

#[test]
fn targets_are_read_in_all_their_forms() {
    let read = |text| Target::parse(text).map(|target| (target.path, target.query));
    assert_eq!(read("/a?b=c?d"), Ok(("/a", "b=c?d")));
    assert_eq!(read("http://host/a?b"), Ok(("/a", "b")));
    assert_eq!(read("HTTPS://host"), Ok(("/", "")));
    assert_eq!(read("http://host?b"), Ok(("/", "b")));
    assert_eq!(read(""), Ok(("/", "")));
    assert_eq!(read("*"), Ok(("*", "")));
    for bad in ["a", "/a b", "/a#b", "/a\u{0}", "ftp://host/a"] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn segments_are_cut_before_they_are_decoded() {
    let id = |path: &str| match router::find("GET", path) {
        Ok(Found::Route(_, values)) => values.first().map(|(_, value)| value.clone()),
        _ => None,
    };
    assert_eq!(id(&format!("{CAMPAIGNS}/a%2Fb%20c")), Some("a/b c".to_owned()));
    assert_eq!(id("/custom/1/a%2Fb//c/../%zz"), Some("1/a%2Fb//c/../%zz".to_owned()));
    assert_eq!(id("/custom/"), Some(String::new()));
    assert_eq!(ask_alone(get(&format!("{CAMPAIGNS}/%zz"))).problem(), (400, "bad_target".to_owned()));
    assert_eq!(ask_alone(get(&format!("{CAMPAIGNS}/%FF"))).problem(), (400, "bad_target".to_owned()));
}

proptest! {
    #[test]
    fn no_target_is_too_strange(method in "[A-Z]{0,8}", target in ".{0,80}") {
        let answer = ask_alone(request(&method, &target).without("authorization"));
        prop_assert!(matches!(answer.status, 200 | 204 | 400 | 401 | 404 | 405), "{}", answer.status);
    }

    #[test]
    fn no_query_is_too_strange(query in "[a-z\\[\\]=&%+,0-9 ]{0,60}|.{0,60}") {
        for path in [CAMPAIGNS, REPORTS, "/integration/clevertap/capabilities", "/integrated-account"] {
            let answer = ask_alone(get(&format!("{path}?{query}")));
            prop_assert!(matches!(answer.status, 200 | 400 | 404), "{}", answer.text());
        }
    }

    #[test]
    fn no_header_is_too_strange(accept in ".{0,60}", kind in ".{0,60}", auth in ".{0,60}", id in ".{0,200}", trace in ".{0,80}") {
        let request = post(&format!("{CAMPAIGNS}/stop?integrated_account_id=acme"), &json!({}))
            .with("accept", &accept).with("content-type", &kind).with("authorization", &auth)
            .with("x-request-id", &id).with("traceparent", &trace);
        let answer = ask_alone(request);
        let given = answer.header("x-request-id").unwrap();
        prop_assert!((1..=128).contains(&given.len()) && given.is_ascii());
    }

    #[test]
    fn encoding_goes_round(text in ".{0,60}") {
        prop_assert_eq!(target::decode(&target::encode(&text)), Some(text.clone()));
        let tidied = target::tidy(&target::encode(&text));
        prop_assert_eq!(target::decode(&tidied), Some(text));
    }
}
