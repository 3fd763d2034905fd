//! `examples/systemd/`. The unit is also checked by systemd's own tools, and its script run: `examples/hosts/systemd/`.

use std::collections::{BTreeMap, BTreeSet};

use deployment_checks::{PREFIX, SECRETS, assert_known, is_component, is_variable, read};

const UNIT: &str = "examples/systemd/marketing-automation.service";

/// The values of each key of the unit, in order.
fn unit() -> BTreeMap<String, Vec<String>> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in read(UNIT).lines().filter(|line| !line.starts_with('#') && !line.starts_with('[')) {
        if let Some((key, value)) = line.split_once('=') {
            keys.entry(key.to_owned()).or_default().push(value.to_owned());
        }
    }
    keys
}

/// What the unit sets for its script.
fn environment() -> BTreeMap<String, String> {
    let unit = unit();
    let pairs = unit["Environment"].iter().map(|pair| pair.split_once('=').expect("NAME=value"));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn secrets_are_credentials() {
    let unit = unit();
    let mut names = BTreeSet::new();
    for credential in &unit["LoadCredential"] {
        let (name, file) = credential.split_once(':').expect("ID:PATH");
        assert!(file.starts_with("/etc/marketing-automation/credentials/"), "{credential}");
        assert!(read("examples/systemd/README.md").contains(file), "README.md does not make {file}");
        names.insert(name);
    }
    assert_eq!(names, SECRETS.into());
}

#[test]
fn settings_are_the_services_and_no_secrets() {
    assert_eq!(unit()["EnvironmentFile"], ["/etc/marketing-automation/settings.env"]);
    let text = read("examples/systemd/settings.env");
    let mut settings = 0;
    for line in text.lines().filter(|line| line.trim_start_matches('#').starts_with(PREFIX)) {
        let (name, _) = line.trim_start_matches('#').split_once('=').expect("NAME=value");
        assert!(is_variable(name), "{name}");
        assert_known(name, "settings.env");
        assert!(!SECRETS.contains(&name), "{name} is a secret");
        settings += 1;
    }
    assert!(settings > 0);
}

#[test]
fn the_script_has_what_it_asks_for() {
    let script = read("examples/systemd/serve.sh");
    let environment = environment();
    for name in environment.keys() {
        assert!(script.contains(&format!("\"${name}\"")), "serve.sh does not use {name}");
    }
    let file = environment["COMPONENT"].rsplit('/').next().expect("a file");
    assert_eq!(file, "service.wasm");
    assert!(is_component(file));
    assert!(environment["LISTEN"].starts_with("127.0.0.1:"), "plain HTTP stays on the machine");
    // The README asks there whether it is up.
    let readme = read("examples/systemd/README.md");
    assert!(readme.contains(&format!("http://{}/healthz", environment["LISTEN"])));
    for path in environment.values().chain(&unit()["ExecStart"]).filter(|value| value.starts_with('/')) {
        assert!(readme.contains(path.as_str()), "README.md does not install {path}");
    }
}
