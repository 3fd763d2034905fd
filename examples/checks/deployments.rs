//! The deployments in `examples/`: each file against the format that it is written in, and what it names against
//! this project. What was run, and where, is said in their READMEs.

mod kubernetes;
mod spinkube;
mod systemd;
mod wasmcloud;

use std::collections::BTreeSet;

use deployment_checks::{SECRETS, assert_known, read, spin, spin_service};

#[test]
fn the_variables_are_the_services() {
    for name in SECRETS {
        assert_known(name, "the list of secrets");
    }
}

/// What `spinapp.yaml` names is what `spin.toml` declares.
#[test]
fn spin_declares_what_spinkube_sets() {
    let service = spin_service().expect("spin.toml has a component of service-spin.wasm");
    let declared = spin();
    let declared = declared["variables"].as_table().expect("spin.toml declares variables");
    for name in spinkube::app().spec.variables.iter().map(|variable| &variable.name) {
        assert!(declared.contains_key(name), "spinapp.yaml sets {name}, which spin.toml does not declare");
    }
    let secret: BTreeSet<String> = declared
        .iter()
        .filter(|(_, variable)| variable.get("secret").and_then(toml::Value::as_bool) == Some(true))
        .map(|(name, _)| name.to_ascii_uppercase())
        .collect();
    assert_eq!(secret, SECRETS.map(str::to_owned).into());
    let stores = service["key_value_stores"].as_array().expect("the service has key-value stores");
    assert_eq!(stores.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>(), ["default"]);
}

/// The commands that make a Secret give it the keys that manifests ask for.
#[test]
fn the_readmes_make_the_secrets_that_manifests_name() {
    for readme in ["examples/spinkube/README.md", "examples/wasmcloud/README.md"] {
        let text = read(readme);
        let keys: BTreeSet<&str> = text
            .split("--from-file=MARKETING_AUTOMATION_")
            .skip(1)
            .filter_map(|rest| rest.split_once('=').map(|(key, _)| key))
            .collect();
        let secrets = SECRETS.iter().filter_map(|name| name.strip_prefix("MARKETING_AUTOMATION_")).collect();
        assert_eq!(keys, secrets, "{readme}");
    }
}
