//! A provider component in this host: a session with its account, arguments, faults, limits.

mod support;

use std::time::Duration;

use marketing_automation_host::{CallError, Component, Limits, Provider, ProviderOptions};
use serde_json::json;
use support::ENGINE;

/// The real package in miniature.
const WIT: &str = "
    package unified:marketing-automation@0.1.0;
    interface accounts {
        record connection { number: u64, name: option<string> }
        resource account {
            open: static func(connection: connection) -> result<account, string>;
            number: func() -> u64;
        }
    }
    interface campaigns {
        use accounts.{account};
        plus: func(account: borrow<account>, more: u64, not-needed: option<u32>) -> u64;
        endless: func();
        trap: func();
        grow: func();
    }
    world w { export accounts; export campaigns; }";

/// The account's representation is its number; 13 is refused.
const MODULE: &str = r#"(module
    (import "[export]unified:marketing-automation/accounts@0.1.0" "[resource-new]account" (func $new (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 100) "thirteen")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "unified:marketing-automation/accounts@0.1.0#[static]account.open")
        (param $number i64) (param i32 i32 i32) (result i32)
        (if (i64.eq (local.get $number) (i64.const 13))
            (then
                (i32.store8 (i32.const 0) (i32.const 1))
                (i32.store (i32.const 4) (i32.const 100))
                (i32.store (i32.const 8) (i32.const 8)))
            (else
                (i32.store8 (i32.const 0) (i32.const 0))
                (i32.store (i32.const 4) (call $new (i32.wrap_i64 (local.get $number))))))
        (i32.const 0))
    (func (export "unified:marketing-automation/accounts@0.1.0#[method]account.number") (param i32) (result i64)
        (i64.extend_i32_u (local.get 0)))
    (func (export "unified:marketing-automation/campaigns@0.1.0#plus") (param i32 i64 i32 i32) (result i64)
        (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1)))
    (func (export "unified:marketing-automation/campaigns@0.1.0#endless") (loop $l (br $l)))
    (func (export "unified:marketing-automation/campaigns@0.1.0#trap") unreachable)
    (func (export "unified:marketing-automation/campaigns@0.1.0#grow")
        (loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) unreachable))"#;

fn component() -> Component {
    support::component(WIT, MODULE)
}

fn provider(limits: Limits) -> Provider {
    Provider::new(&ENGINE, &component(), ProviderOptions { limits, ..ProviderOptions::default() }).unwrap()
}

#[tokio::test]
async fn the_open_account_is_the_one_that_calls_borrow() {
    let mut session = provider(Limits::default()).open(&json!({"number": 20})).await.unwrap();
    assert_eq!(session.call("accounts", "number", &[]).await.unwrap(), json!(20));
    assert_eq!(session.call("campaigns", "plus", &[json!(1)]).await.unwrap(), json!(21));

    // A second one takes its place; the first can still be named.
    let second = session.call("accounts", "open", &[json!({"number": 30})]).await.unwrap();
    assert_eq!(second, json!({"resource": 1}));
    assert_eq!(session.call("campaigns", "plus", &[json!(1)]).await.unwrap(), json!(31));
    assert_eq!(
        session.call("campaigns", "plus", &[json!({"resource": 0}), json!(1)]).await.unwrap(),
        json!(21)
    );
}

#[tokio::test]
async fn the_fault_of_a_call_is_its_error() {
    let error = provider(Limits::default()).open(&json!({"number": 13})).await.unwrap_err();
    assert!(matches!(&error, CallError::Fault(fault) if *fault == json!("thirteen")), "{error}");
}

#[tokio::test]
async fn what_does_not_exist_and_what_does_not_fit() {
    let mut session = provider(Limits::default()).session().await.unwrap();
    for (interface, function, args, error) in [
        ("reports", "query", vec![], "no interface `reports`; there are accounts, campaigns"),
        (
            "campaigns",
            "minus",
            vec![],
            "`campaigns` has no function `minus`; it has endless, grow, plus, trap",
        ),
        ("campaigns", "plus", vec![json!(1)], "account: nothing of this type is open in this session"),
        (
            "accounts",
            "open",
            vec![json!({"number": "secret"})],
            "connection.number: expected a whole number, not this text",
        ),
        ("accounts", "open", vec![], "connection: this argument is needed"),
        ("accounts", "open", vec![json!({"number": 1}), json!(2)], "1 arguments too many"),
    ] {
        assert_eq!(session.call(interface, function, &args).await.unwrap_err().to_string(), error);
    }
    // None of this has hurt the session.
    session.call("accounts", "[static]account.open", &[json!({"number": 1})]).await.unwrap();
}

#[tokio::test]
async fn limits_and_traps() {
    let limits =
        Limits { memory_bytes: 4 << 20, request_timeout: Duration::from_millis(50), ..Limits::default() };
    let provider = provider(limits);
    assert!(matches!(provider.call("campaigns", "endless", &[]).await, Err(CallError::TimedOut { .. })));
    assert!(matches!(provider.call("campaigns", "trap", &[]).await, Err(CallError::Trapped(_))));
    let mut session = provider.session().await.unwrap();
    assert!(matches!(session.call("campaigns", "grow", &[]).await, Err(CallError::OutOfMemory { .. })));
    assert!(session.usage().peak_memory_bytes() > 3 << 20);
}

#[test]
fn functions_are_listed() {
    let functions = provider(Limits::default()).functions();
    assert_eq!(functions["accounts"], ["[method]account.number", "[static]account.open"]);
    assert_eq!(functions["campaigns"], ["endless", "grow", "plus", "trap"]);
}
