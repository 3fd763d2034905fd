//! spin.toml, against what the service knows.

use std::collections::BTreeSet;
use std::fs;

use component_tests::root;
use marketing_automation::service::VARIABLES;
use toml::{Table, Value};

/// What must not be shown by tools that show a manifest's variables.
const SECRET: [&str; 2] = ["marketing_automation_accounts", "marketing_automation_api_tokens"];

fn manifest() -> Table {
    fs::read_to_string(root().join("spin.toml")).expect("spin.toml").parse().expect("TOML")
}

fn keys(table: &Value) -> BTreeSet<String> {
    table.as_table().expect("a table").keys().cloned().collect()
}

#[test]
fn it_names_the_variables_that_the_service_knows() {
    let manifest = manifest();
    let known: BTreeSet<String> = VARIABLES.iter().map(|name| name.to_ascii_lowercase()).collect();
    let variables = &manifest["variables"];
    let passed = &manifest["component"]["marketing-automation"]["variables"];
    assert_eq!(keys(variables), known);
    assert_eq!(keys(passed), known);
    for name in &known {
        assert_eq!(passed[name].as_str(), Some(&*format!("{{{{ {name} }}}}")));
        // One without a default would have to be given, although each has one in the service.
        assert_eq!(variables[name]["default"].as_str(), Some(""), "{name}");
        let secret = variables[name].get("secret").and_then(Value::as_bool).unwrap_or_default();
        assert_eq!(secret, SECRET.contains(&name.as_str()), "{name}");
    }
}
