//! `doctor` against the sandbox, with the plain forms and with others.

use std::time::Instant;

use clevertap_sandbox::{AccountConfig, Config, DailyShape, Sandbox, ScheduledOn, Variants};
use http::Request;
use marketing_automation_host::doctor::{Call, Day, Finding, Passthrough, Reply, Verdict, examine};
use marketing_automation_host::{Pool, RequestOptions, Upstream, body};

/// Sends as the provider's passthrough would, without one.
struct Direct {
    pool: Pool,
    url: String,
    account: AccountConfig,
}

impl Passthrough for Direct {
    async fn send(&mut self, call: &Call) -> Reply {
        let start = Instant::now();
        let request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.url, call.path))
            .header("host", "eu1.api.clevertap.com")
            .header("x-clevertap-account-id", &self.account.project_id)
            .header("x-clevertap-passcode", &self.account.passcode)
            .header("content-type", "application/json")
            .body(call.body.as_ref().map_or_else(body::empty, |json| body::full(json.to_string())))
            .unwrap();
        let (parts, body) = self.pool.send(request, RequestOptions::default()).await.unwrap().into_parts();
        Reply::Answer {
            status: parts.status.as_u16(),
            headers: parts.headers.keys().map(ToString::to_string).collect(),
            body: serde_json::from_slice(&body::collect(body).await.unwrap()).unwrap_or_default(),
            elapsed: start.elapsed(),
        }
    }
}

async fn findings(variants: Variants, passcode: &str) -> Vec<Finding> {
    let sandbox = Sandbox::start(Config { variants, ..Config::default() }).await.unwrap();
    let account = AccountConfig { passcode: passcode.to_owned(), ..AccountConfig::default() };
    let mut direct = Direct { pool: Pool::new(), url: sandbox.url(), account };
    let findings = examine(&mut direct, Day::today()).await;
    sandbox.stop().await;
    findings
}

fn differing(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.result == Verdict::Differs).map(|finding| finding.id).collect()
}

#[tokio::test]
async fn the_plain_sandbox_is_as_assumed() {
    let findings = findings(Variants::default(), "sandbox-passcode").await;
    assert_eq!(differing(&findings), [""; 0], "{}", Finding::table(&findings));
    assert!(findings.iter().all(|finding| finding.result == Verdict::Holds), "{}", Finding::table(&findings));
}

#[tokio::test]
async fn what_is_otherwise_is_found() {
    let variants = Variants {
        daily: DailyShape::DatedMap,
        scheduled_on: ScheduledOn::Text,
        rich_report: true,
        partial_answers: 1,
        ..Variants::default()
    };
    let findings = findings(variants, "sandbox-passcode").await;
    let differing = differing(&findings);
    for id in ["targets.scheduled_on", "report.data", "report.daily", "result.form"] {
        assert!(differing.contains(&id), "{id}\n{}", Finding::table(&findings));
    }
    assert!(!differing.contains(&"counts.poll"), "{}", Finding::table(&findings));
}

#[tokio::test]
async fn refused_credentials_leave_the_rest_unknown() {
    let findings = findings(Variants::default(), "wrong").await;
    assert_eq!(findings[0].id, "credentials.accepted");
    assert_eq!(findings[0].result, Verdict::Differs);
    assert!(!Finding::table(&findings).contains("wrong"));
    let unknown = ["targets.keys", "report.daily", "report.latency_week", "result.form", "counts.poll"];
    for finding in findings.iter().filter(|finding| unknown.contains(&finding.id)) {
        assert_eq!(finding.result, Verdict::Unknown, "{}", finding.id);
    }
}
