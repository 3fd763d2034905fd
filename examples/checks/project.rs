//! What the deployments have to agree with: this project's own facts, read from where they are kept.
//!
//! | fact | kept in |
//! |---|---|
//! | names of variables | constants in `src/service/` |
//! | outbound hosts, Spin's variables and stores | `spin.toml` |
//! | files of components | `xtask/src/components.rs` |
//! | version | the workspace's `Cargo.toml` |

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Of the workspace, and so of the images.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The beginning of all variables' names.
pub const PREFIX: &str = "MARKETING_AUTOMATION_";

/// Variables that hold secrets: a deployment takes these from where secrets are kept, and all of them.
pub const SECRETS: [&str; 3] =
    ["MARKETING_AUTOMATION_ACCOUNTS", "MARKETING_AUTOMATION_API_TOKENS", "MARKETING_AUTOMATION_SECRET_KEYS"];

/// The checkout.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("examples/checks is two folders deep")
        .to_owned()
}

/// A file of the checkout.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of variables that the service reads: its constants that are such names.
#[must_use]
pub fn variables() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![root().join("src/service")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src/service") {
            let path = entry.expect("an entry of src/service").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).expect("a source file");
                let constants =
                    source.lines().filter_map(|line| line.split_once(": &str = \"")?.1.strip_suffix("\";"));
                names.extend(constants.filter(|value| is_variable(value)).map(str::to_owned));
            }
        }
    }
    names
}

/// Whether a word is the name of a variable, as the service spells it.
#[must_use]
pub fn is_variable(word: &str) -> bool {
    word.strip_prefix(PREFIX).is_some_and(|rest| {
        !rest.is_empty()
            && !rest.ends_with('_')
            && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    })
}

/// Panics unless the service reads a variable of that name.
///
/// # Panics
/// As said, naming the place that sets it.
pub fn assert_known(name: &str, place: &str) {
    assert!(variables().contains(name), "{place} sets {name}, which src/service/ does not read");
}

/// Whether `cargo xtask build` makes a component of that file name.
#[must_use]
pub fn is_component(file: &str) -> bool {
    file.strip_suffix(".wasm")
        .is_some_and(|name| read("xtask/src/components.rs").contains(&format!("name: \"{name}\"")))
}

/// `spin.toml`.
///
/// # Panics
/// When it is not TOML.
#[must_use]
pub fn spin() -> toml::Table {
    read("spin.toml").parse().expect("spin.toml is TOML")
}

/// The hosts that the services may reach, one list for all components that reach any.
///
/// # Panics
/// When components' lists differ.
#[must_use]
pub fn outbound_hosts() -> BTreeSet<String> {
    let spin = spin();
    let mut lists: BTreeSet<BTreeSet<String>> = spin["component"]
        .as_table()
        .expect("spin.toml has components")
        .values()
        .filter_map(|component| component.get("allowed_outbound_hosts")?.as_array())
        .map(|hosts| hosts.iter().filter_map(|host| host.as_str()).map(str::to_owned).collect())
        .filter(|hosts: &BTreeSet<String>| !hosts.is_empty())
        .collect();
    assert_eq!(lists.len(), 1, "spin.toml's components are to reach the same hosts: {lists:?}");
    lists.pop_first().expect("one list")
}

/// The component in `spin.toml` that is made of `service-spin.wasm`; none while there is no such component.
#[must_use]
pub fn spin_service() -> Option<toml::Table> {
    let spin = spin();
    spin["component"]
        .as_table()?
        .values()
        .filter_map(|component| component.as_table())
        .find(|component| {
            component["source"].as_str().is_some_and(|source| source.ends_with("/service-spin.wasm"))
        })
        .cloned()
}
