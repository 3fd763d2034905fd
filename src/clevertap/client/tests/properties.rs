//! What holds for any secret and any run of failures.

use proptest::prelude::*;

use super::*;
use crate::clevertap::credentials::{Credentials, Secret};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever CleverTap echoes, and however it fails, the passcode stays out of errors and logs.
    #[test]
    fn no_error_or_log_holds_the_passcode(secret in "[!-~]{4,24}", status in prop::sample::select(vec![200u16, 301, 400, 401, 404, 429, 500, 503]), form in 0..4u8, write in any::<bool>()) {
        // What the surroundings say anyway is no leak.
        prop_assume!(!"[redacted] not a header value invalid credentials status fail code error".contains(&secret));
        let echo = secret.clone();
        let host = FakeHost::answering(move |_| match form {
            0 => Reply::json(status, &json!({"status": "fail", "error": format!("bad ~{echo}~"), "d": {&echo: [&echo]}})),
            1 => Reply::text(status, &format!("<html>~{echo}~")),
            2 => Reply::fail(SendError::Cut(format!("~{echo}~"))),
            _ => Reply::json(status, &json!({"status": "success", "error": [format!("~{echo}~")]})),
        });
        let connection = Connection { passcode: Secret::new(secret.clone()), ..testing::connection() };
        let leak = format!("passcode: {secret}");
        let shown = format!("{connection:?}");
        prop_assert!(!shown.contains(&leak));
        let account = Account::open(connection).unwrap();
        let operation = if write { &TARGETS_CREATE } else { &TARGETS_LIST };
        let error = done_as(&host, &account, operation, Call::default()).unwrap_err();
        let marked = format!("~{secret}~");
        let shown = format!("{error:?} {error}");
        prop_assert!(!shown.contains(&marked));
        prop_assert!(host.lines().iter().all(|line| !line.to_string().contains(&marked)));
    }

    #[test]
    fn a_secret_is_never_shown(secret in "\\PC{1,40}") {
        prop_assume!(!"Credentials { project_id: \"TEST-1\", passcode: [redacted] }".contains(&secret));
        let credentials = Credentials { project_id: "TEST-1".to_owned(), passcode: Secret::new(secret.clone()) };
        let shown = format!("{credentials:?}{0:?}{0}", credentials.passcode);
        prop_assert!(!shown.contains(&secret));
    }

    /// Random failures never make more than the allowed tries, nor outlive the deadline, and a write whose answer
    /// was lost is never sent again.
    #[test]
    fn tries_and_time_stay_bounded(kinds in prop::collection::vec(0..7usize, 3), latency in 0..9000u64, write in any::<bool>()) {
        let script = kinds.clone();
        let mut next = script.into_iter();
        let host = FakeHost::answering(move |_| {
            let reply = next.next().and_then(|kind| lost().get(kind).cloned());
            reply.unwrap_or_else(|| fail(429, "Too many requests", 429)).after(ms(latency))
        });
        let operation = if write { &TARGETS_CREATE } else { &TARGETS_LIST };
        let error = done(&host, operation, Call::default()).unwrap_err();
        let sent = host.sent().len();
        prop_assert!((1..=3).contains(&sent));
        prop_assert!(host.now() <= ms(25_000));
        let first_lost = kinds.iter().position(|kind| *kind < 6);
        if let (true, Some(at)) = (write, first_lost) {
            prop_assert!(sent <= at + 1);
            prop_assert_eq!(error.code() == "unknown_outcome", sent == at + 1);
        }
    }
}
