//! Tokens: what each may do, on every route.

use std::rc::Rc;

use super::accounts::{CleverTap, draft, env};
use super::*;
use crate::service::auth::Grant;
use crate::service::router::{Action, ROUTES, Scope};
use crate::service::token::Kind;
use crate::testing::FakeStore;

fn make(host: &FakeHost, target: &str, body: &Value) -> Value {
    let answer = ask_with(host, &env(), post(target, body));
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

fn api_token(host: &FakeHost, scope: &str) -> String {
    make(host, "/api-token", &json!({"scope": scope}))["token"].as_str().unwrap().to_owned()
}

fn account_token(host: &FakeHost, id: &str, scope: &str) -> String {
    let target = format!("/integrated-account/{id}/token");
    make(host, &target, &json!({"scope": scope}))["token"].as_str().unwrap().to_owned()
}

fn with_token(request: Inbound, token: &str) -> Inbound {
    request.without("authorization").with("authorization", &format!("Bearer {token}"))
}

/// A request to a route, complete enough to get past its token; what comes after may find it wanting.
fn request_to(pattern: &str, method: &str) -> Inbound {
    let path = pattern
        .replace("{resource}", "campaigns")
        .replace("{path...}", "1/now.json")
        .replace("/token/{id}", &format!("/token/{}", "0".repeat(32)))
        .replace("{id}", "acme");
    request(method, &path)
}

/// What each route must ask for. Written down once more: the table of routes is what is tested.
fn expected(action: Action) -> Option<Grant> {
    use Action as A;
    match action {
        A::Health | A::Dashboard(_) | A::ConnectForm | A::ConnectSubmit | A::ConnectAsset(_) => None,
        A::CampaignsList
        | A::CampaignsGet
        | A::CampaignsEstimate
        | A::Reports
        | A::Roi
        | A::ContactsList
        | A::ContactsGet
        | A::ContactsCount
        | A::EventsList
        | A::EventsCount
        | A::EventsTrends
        | A::EventsTop
        | A::EventsRealTime
        | A::SegmentsList
        | A::SegmentsGet
        | A::AudiencesExport
        | A::Capabilities
        | A::AccountsList
        | A::AccountsGet
        | A::AccountCapabilities => Some(Grant::Read),
        A::CampaignsCreate
        | A::CampaignsStop
        | A::CampaignsTrigger
        | A::ContactsUpsert
        | A::ContactsUpdate
        | A::ContactsDelete
        | A::ContactsDeleteMany
        | A::ContactsOptIn
        | A::ContactsOptOut
        | A::ContactsDeviceTokens
        | A::EventsIngest
        | A::MessagesSend
        | A::SegmentsCreate
        | A::SegmentsAdd
        | A::SegmentsRemove
        | A::Custom => Some(Grant::Write),
        A::AccountsLink
        | A::AccountsUpdate
        | A::AccountsDelete
        | A::AccountToken
        | A::ApiToken
        | A::LinkToken
        | A::TokenRevoke => Some(Grant::Admin),
        // By the table of endpoints: tested below.
        A::Proxy => Some(Grant::Read),
    }
}

#[test]
fn every_route_with_every_token() {
    let store = Rc::new(FakeStore::default());
    let clevertap = CleverTap::new();
    let host = clevertap.host().with_store(&store);
    let other = make(&host, "/integrated-account", &draft())["id"].as_str().unwrap().to_owned();
    let tokens: Vec<(Grant, String)> =
        Grant::ALL.into_iter().map(|grant| (grant, api_token(&host, grant.name()))).collect();
    let foreign = account_token(&host, &other, "write");
    let expired = {
        let old = CleverTap::new().host();
        let token = make(&old, "/api-token", &json!({"scope": "admin", "expires_in": 60}))["token"].clone();
        token.as_str().unwrap().to_owned()
    };
    // Not let through to CleverTap: what comes after the token fails somewhere else.
    let outside = || {
        FakeHost::answering(|_| Reply::json(400, &json!({"status": "fail", "error": "x", "code": 400})))
            .with_store(&store)
    };
    for route in ROUTES {
        for method in if route.methods.is_empty() { &["GET", "POST"] } else { route.methods } {
            let ask = |token: &str| {
                let mut request = with_token(request_to(route.pattern, method), token);
                if route.pattern.starts_with("/unified")
                    || route.scope == Scope::Resource
                    || route.action == Action::Custom
                {
                    request.target = format!("{}?integrated_account_id=acme", request.target);
                }
                ask_with(&outside(), &env(), request)
            };
            let what = format!("{method} {}", route.pattern);
            let Some(mut needed) = expected(route.action) else {
                assert_eq!(route.scope, Scope::Open, "{what}");
                assert_ne!(
                    ask_with(&outside(), &env(), request_to(route.pattern, method).without("authorization"))
                        .status,
                    401
                );
                continue;
            };
            if route.action == Action::Proxy && *method != "GET" {
                // campaigns: POST creates; PATCH and DELETE it has not.
                needed = if *method == "POST" && !route.pattern.contains("{id}") {
                    Grant::Write
                } else {
                    Grant::Read
                };
            }
            let none =
                ask_with(&outside(), &env(), request_to(route.pattern, method).without("authorization"));
            assert_eq!(none.problem(), (401, "unauthorized".to_owned()), "{what} without a token");
            for wrong in ["wrong", "ma_api_wrong", "ma_api_e30.AAAA", &format!("{}x", tokens[2].1)] {
                assert_eq!(ask(wrong).problem(), (401, "unauthorized".to_owned()), "{what} with {wrong}");
            }
            let late = outside();
            late.run(crate::transport::Host::sleep(&late, std::time::Duration::from_secs(61)));
            let answer = ask_with(&late, &env(), with_token(request_to(route.pattern, method), &expired));
            assert_eq!(answer.problem(), (401, "unauthorized".to_owned()), "{what}, expired");
            assert!(answer.message().contains("expired"));
            for (grant, token) in &tokens {
                let answer = ask(token);
                let refused = answer.status == 403 && answer.problem().1 == "insufficient_scope";
                assert_eq!(refused, *grant < needed, "{what} with {grant}: {}", answer.text());
                if refused {
                    let says = answer.header("www-authenticate").unwrap();
                    assert_eq!(says, format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\""));
                }
            }
            let answer = ask(&foreign);
            let is_ours = route.action == Action::Capabilities;
            if !is_ours {
                assert_eq!(answer.status, 403, "{what} with another account's token: {}", answer.text());
                assert!(["other_account", "insufficient_scope"].contains(&answer.problem().1.as_str()));
            }
        }
    }
}

#[test]
fn proxy_asks_for_what_the_table_of_endpoints_says() {
    let host = CleverTap::new().host();
    let read = api_token(&host, "read");
    let outside = || FakeHost::answering(|_| Reply::json(200, &json!({"status": "success"})));
    for operation in crate::clevertap::operation::OPERATIONS {
        use crate::clevertap::operation::Scope as Effect;
        let (verb, tail) = match operation.proxy_method {
            "list" => ("GET", String::new()),
            "create" => ("POST", String::new()),
            "get" => ("GET", "/1".to_owned()),
            "update" => ("PATCH", "/1".to_owned()),
            "delete" => ("DELETE", "/1".to_owned()),
            custom => ("POST", format!("/{custom}")),
        };
        let target = format!("/proxy/{}{tail}?integrated_account_id=acme", operation.resource);
        let answer = ask_with(&outside(), &env(), with_token(request(verb, &target), &read));
        let refused = answer.status == 403;
        assert_eq!(refused, operation.scope == Effect::Write, "{}: {}", operation.name, answer.text());
    }
}

#[test]
fn an_account_token_is_for_its_account_and_selects_it() {
    let (clevertap, store) = (CleverTap::new(), Rc::new(FakeStore::default()));
    for host in [clevertap.host(), clevertap.host().with_store(&store)] {
        let account = make(&host, "/integrated-account", &draft());
        let id = account["id"].as_str().unwrap();
        let token = account_token(&host, id, "read");
        assert_eq!(Kind::of(&token), Some(Kind::Account));
        let list = format!("{CAMPAIGNS}?source=api&limit=1");
        for target in [
            list.clone(),
            format!("{list}&integrated_account_id={id}"),
            format!("{list}&integrated_account_id=me"),
        ] {
            let answer = ask_with(&host, &env(), with_token(get(&target), &token));
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        }
        let me = ask_with(&host, &env(), with_token(get("/integrated-account/me"), &token)).json();
        assert_eq!(me["account_id"], account["account_id"]);
        for (request, code) in [
            (get(&format!("{list}&integrated_account_id=acme")), "other_account"),
            (get("/integrated-account/acme"), "other_account"),
            (get("/integrated-account"), "other_account"),
            (post("/api-token", &json!({"scope": "read"})), "other_account"),
            (post(&format!("{CAMPAIGNS}/stop"), &json!({"id": "1"})), "insufficient_scope"),
        ] {
            let answer = ask_with(&host, &env(), with_token(request, &token));
            assert_eq!(answer.problem(), (403, code.to_owned()));
        }
        assert!(!token.contains(PASSCODE));
    }
}

/// Ids of configured accounts are any text; none of them may be taken for another.
#[test]
fn an_account_token_is_not_fooled_by_names() {
    let accounts: Vec<Value> = ["x", "acct_x", "ma_sealed_x"]
        .map(|id| json!({"id": id, "project_id": "TEST-123", "passcode": PASSCODE, "region": "in1"}))
        .to_vec();
    let mut env = env();
    env.retain(|(name, _)| name != "MARKETING_AUTOMATION_ACCOUNTS");
    env.push(("MARKETING_AUTOMATION_ACCOUNTS".to_owned(), Value::from(accounts).to_string()));
    let host = CleverTap::new().host();
    for own in ["x", "acct_x", "ma_sealed_x"] {
        let made =
            ask_with(&host, &env, post(&format!("/integrated-account/{own}/token"), &json!({}))).json();
        let token = made["token"].as_str().unwrap();
        for named in ["x", "acct_x", "ma_sealed_x"] {
            let target = format!("{CAMPAIGNS}?source=api&limit=1&integrated_account_id={named}");
            let answer = ask_with(&host, &env, with_token(get(&target), token));
            assert_eq!(answer.status, if named == own { 200 } else { 403 }, "{own}'s token for {named}");
        }
    }
}

#[test]
fn tokens_live_as_long_as_asked_for_within_bounds() {
    let host = CleverTap::new().host();
    let made = make(&host, "/api-token", &json!({"scope": "read", "expires_in": 3600}));
    assert_eq!(made["expires_at"], "2026-03-01T13:00:00Z");
    assert_eq!(made["scope"], "read");
    let made = make(&host, "/integrated-account/acme/token", &json!({}));
    assert_eq!((&made["expires_at"], &made["scope"]), (&json!("2026-03-01T12:15:00Z"), &json!("read")));
    let made = make(&host, "/link-token", &json!({}));
    assert_eq!(made["expires_at"], "2026-03-08T12:00:00Z");
    for (target, body) in [
        ("/api-token", json!({"scope": "read", "expires_in": 59})),
        ("/api-token", json!({"scope": "read", "expires_in": 366 * 86_400})),
        ("/api-token", json!({"scope": "root"})),
        ("/api-token", json!({})),
        ("/api-token", json!([])),
        ("/api-token", json!({"scope": "read", "name": "x"})),
        ("/integrated-account/acme/token", json!({"expires_in": 3601})),
        ("/integrated-account/acme/token", json!({"scope": "admin"})),
        ("/link-token", json!({"redirect_uri": "javascript:alert(1)"})),
        ("/link-token", json!({"redirect_uri": "/relative"})),
        ("/link-token", json!({"redirect_uri": "http://app.example.com/done"})),
        ("/link-token", json!({"redirect_uri": "http://localhost.example.com/done"})),
        ("/link-token", json!({"origin": "https://app.example.com/path"})),
        ("/link-token", json!({"endpoint": "http://127.0.0.1:9"})),
        ("/link-token", json!({"timezone": "Mars/Base"})),
        ("/link-token", json!({"vendor_name": "x".repeat(101)})),
    ] {
        let answer = ask_with(&host, &env(), post(target, &body));
        assert_eq!(answer.problem(), (400, "invalid".to_owned()), "{target} {body}");
    }
    for target in ["/api-token", "/link-token", "/integrated-account/acme/token"] {
        let answer = ask(&host, post(target, &json!({"scope": "read"})));
        assert_eq!(answer.problem(), (501, "not_configured".to_owned()), "{target} without a key");
    }
}

#[test]
fn tokens_are_taken_back_where_there_is_a_store() {
    let store = Rc::new(FakeStore::default());
    let host = CleverTap::new().host().with_store(&store);
    let made = make(&host, "/api-token", &json!({"scope": "read"}));
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let listed = || ask_with(&host, &env(), with_token(get("/integrated-account"), token));
    assert_eq!(listed().status, 200);
    let delete =
        |host: &FakeHost, id: &str| ask_with(host, &env(), request("DELETE", &format!("/token/{id}")));
    assert_eq!(delete(&host, id).json(), json!({"id": id}));
    assert_eq!(listed().problem(), (401, "unauthorized".to_owned()));
    assert_eq!(delete(&host, token).status, 400, "the id is asked for, not the token");
    assert_eq!(delete(&CleverTap::new().host(), id).problem(), (501, "needs_store".to_owned()));
    store.fail(true);
    let fresh = api_token(&CleverTap::new().host(), "read");
    let answer = ask_with(&host, &env(), with_token(get("/integrated-account"), &fresh));
    assert_eq!(answer.status, 503, "whether it was taken back must be known");
}

#[test]
fn a_key_that_is_gone_takes_its_tokens_with_it() {
    let host = CleverTap::new().host();
    let token = api_token(&host, "admin");
    let rotated = |keys: String| {
        let mut env = environment();
        env.push(("MARKETING_AUTOMATION_SECRET_KEYS".to_owned(), keys));
        ask_with(&host, &env, with_token(get("/integrated-account"), &token)).status
    };
    let new = format!("new:{}", "cd".repeat(32));
    assert_eq!(rotated(format!("{new},{}", crate::testing::SECRET_KEYS)), 200);
    assert_eq!(rotated(new), 401);
}

#[test]
fn link_tokens_tell_their_bearer_nothing_and_open_nothing_else() {
    let host = CleverTap::new().host();
    let body = json!({
        "tenant_id": "customer-7", "context": {"plan": "gold"}, "vendor_name": "Example",
        "redirect_uri": "https://app.example.com/done?x=1", "origin": "https://app.example.com", "state": "s",
    });
    let mut env = env();
    env.push(("MARKETING_AUTOMATION_PUBLIC_URL".to_owned(), "https://connect.example.com/".to_owned()));
    let made = ask_with(&host, &env, post("/link-token", &body)).json();
    let token = made["link_token"].as_str().unwrap();
    assert_eq!(made["path"], format!("/connect/{token}"));
    assert_eq!(made["url"], format!("https://connect.example.com/connect/{token}"));
    let payload = token.trim_start_matches("ma_link_").split('.').next().unwrap();
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let payload = String::from_utf8_lossy(&payload).into_owned();
    assert!(!payload.contains("customer-7") && !payload.contains("gold"), "{payload}");
    let answer = ask_with(&host, &env, with_token(get("/integrated-account"), token));
    assert_eq!(answer.problem(), (401, "unauthorized".to_owned()));
}
