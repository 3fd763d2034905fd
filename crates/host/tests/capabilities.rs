//! What a component imports decides whether this host starts it.

mod support;

use marketing_automation_host::{Provider, ProviderOptions, Service, ServiceOptions};
use support::ENGINE;

/// An import with one of the interface's items, and whether each world has it: provider, service, service-spin.
const IMPORTS: [(&str, &str, [bool; 3]); 14] = [
    ("wasi:clocks/monotonic-clock@0.2.4", r#"(export "now" (func (result u64)))"#, [true, true, false]),
    ("wasi:random/random@0.2.4", r#"(export "get-random-u64" (func (result u64)))"#, [false, true, false]),
    (
        "wasi:cli/environment@0.2.4",
        r#"(export "get-arguments" (func (result (list string))))"#,
        [false, true, false],
    ),
    ("wasi:cli/exit@0.2.4", r#"(export "exit" (func (param "status" (result))))"#, [false; 3]),
    ("wasi:random/insecure@0.2.4", r#"(export "get-insecure-random-u64" (func (result u64)))"#, [false; 3]),
    ("wasi:keyvalue/store@0.2.0-draft", r#"(export "open" (func))"#, [false; 3]),
    ("wasi:random/random@0.3.0", r#"(export "get-random-u64" (func (result u64)))"#, [false, false, true]),
    (
        "wasi:clocks/system-clock@0.3.0",
        r#"(export "get-resolution" (func (result u64)))"#,
        [false, false, true],
    ),
    ("spin:key-value/key-value@3.0.0", r#"(export "store" (type (sub resource)))"#, [false, false, true]),
    ("wasi:random/insecure@0.3.0", r#"(export "get-insecure-random-u64" (func (result u64)))"#, [false; 3]),
    ("wasi:cli/environment@0.3.0", r#"(export "get-arguments" (func (result (list string))))"#, [false; 3]),
    ("wasi:cli/stdin@0.3.0", r#"(export "read-via-stream" (func))"#, [false; 3]),
    ("wasi:filesystem/preopens@0.3.0", r#"(export "get-directories" (func))"#, [false; 3]),
    ("spin:sqlite/sqlite@3.1.0", r#"(export "connection" (type (sub resource)))"#, [false; 3]),
];

/// Enough of a handler to be taken for a component of WASI 0.3.
const HANDLER: &str = r#"(instance $handler) (export "wasi:http/handler@0.3.0" (instance $handler))"#;

#[test]
fn a_component_that_wants_more_than_its_world_has_is_refused() {
    for (import, function, [provider, service, spin]) in IMPORTS {
        // A function that is only imported by name still has to be there.
        let component = |exports: &str| {
            let wat = format!(r#"(component (import "{import}" (instance {function})) {exports})"#);
            ENGINE.compile(&wat::parse_str(wat).unwrap()).unwrap()
        };
        let neither = component("");
        assert_eq!(marketing_automation_host::imports(&neither), [import]);

        let linked = Provider::new(&ENGINE, &neither, ProviderOptions::default());
        assert_eq!(linked.is_ok(), provider, "{import}: {linked:?}");

        // These export no handler that works, which is all that may be missing.
        for (component, has) in [(neither, service), (component(HANDLER), spin)] {
            let error = Service::new(&ENGINE, &component, ServiceOptions::default()).unwrap_err().to_string();
            assert_eq!(!error.contains("matching implementation was not found"), has, "{import}: {error}");
        }
    }
}

#[test]
fn a_component_with_two_handlers_is_refused() {
    let two = r#"(component (instance $handler) (export "wasi:http/handler@0.3.0" (instance $handler))
        (export "wasi:http/incoming-handler@0.2.4" (instance $handler)))"#;
    let component = ENGINE.compile(&wat::parse_str(two).unwrap()).unwrap();
    let error = Service::new(&ENGINE, &component, ServiceOptions::default()).unwrap_err().to_string();
    assert!(error.contains("one is wanted"), "{error}");
}
