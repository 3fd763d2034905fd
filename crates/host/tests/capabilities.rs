//! What a component imports decides whether this host starts it.

mod support;

use marketing_automation_host::{Provider, ProviderOptions, Service, ServiceOptions};
use support::ENGINE;

/// An import with one of the interface's real functions, and whether each world has it: provider, service.
const IMPORTS: [(&str, &str, bool, bool); 7] = [
    ("wasi:clocks/monotonic-clock@0.2.4", r#"(export "now" (func (result u64)))"#, true, true),
    ("wasi:random/random@0.2.4", r#"(export "get-random-u64" (func (result u64)))"#, false, true),
    ("wasi:cli/environment@0.2.4", r#"(export "get-arguments" (func (result (list string))))"#, false, true),
    ("wasi:cli/exit@0.2.4", r#"(export "exit" (func (param "status" (result))))"#, false, false),
    ("wasi:random/insecure@0.2.4", r#"(export "get-insecure-random-u64" (func (result u64)))"#, false, false),
    ("wasi:keyvalue/store@0.2.0-draft", r#"(export "open" (func))"#, false, false),
    ("wasi:random/random@0.3.0", r#"(export "get-random-u64" (func (result u64)))"#, false, false),
];

#[test]
fn a_component_that_wants_more_than_its_world_has_is_refused() {
    for (import, function, provider, service) in IMPORTS {
        // A function that is only imported by name still has to be there.
        let wat = format!(r#"(component (import "{import}" (instance {function})))"#);
        let component = ENGINE.compile(&wat::parse_str(wat).unwrap()).unwrap();
        assert_eq!(marketing_automation_host::imports(&component), [import]);

        let linked = Provider::new(&ENGINE, &component, ProviderOptions::default());
        assert_eq!(linked.is_ok(), provider, "{import}: {linked:?}");

        // This one exports no handler, which is all that may be missing.
        let error = Service::new(&ENGINE, &component, ServiceOptions::default()).unwrap_err().to_string();
        assert_eq!(!error.contains("matching implementation was not found"), service, "{import}: {error}");
    }
}
