//! `examples/spinkube/`.
//!
//! The types are the part that is used of `SpinApp` in `core.spinkube.dev/v1alpha1`, as spin-operator 0.6 has it
//! (`config/crd/bases/core.spinkube.dev_spinapps.yaml`).

use std::collections::BTreeMap;

use deployment_checks::{SECRETS, assert_known, read};
use k8s_openapi::api::core::v1::{EnvVarSource, ResourceRequirements, SecretKeySelector};
use serde::Deserialize;

use crate::kubernetes::{Custom, Strict, assert_image, assert_way_in, document, kinds, set};

const MANIFEST: &str = "examples/spinkube/spinapp.yaml";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SpinApp {
    image: String,
    executor: String,
    replicas: i32,
    pub(crate) variables: Vec<Variable>,
    runtime_config: RuntimeConfig,
    checks: Checks,
    #[expect(dead_code, reason = "read for its form")]
    resources: Strict<ResourceRequirements>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Variable {
    pub(crate) name: String,
    value: Option<String>,
    value_from: Option<Strict<EnvVarSource>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuntimeConfig {
    key_value_stores: Vec<Store>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Store {
    name: String,
    r#type: String,
    options: Vec<Variable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checks {
    readiness: Probe,
    liveness: Probe,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Probe {
    http_get: Get,
    #[serde(default)]
    #[expect(dead_code, reason = "read for its form")]
    initial_delay_seconds: u32,
    timeout_seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    path: String,
}

impl Variable {
    /// The key of a Secret that it is; none where its value stands in the manifest.
    fn secret(&self) -> Option<&SecretKeySelector> {
        match (&self.value, &self.value_from) {
            (Some(_), None) => None,
            (None, Some(Strict(source))) => {
                Some(source.secret_key_ref.as_ref().expect("what is not written out is a secret"))
            }
            _ => panic!("{} has to be one thing", self.name),
        }
    }
}

pub(crate) fn app() -> Custom<SpinApp> {
    let app: Custom<SpinApp> = document(MANIFEST, "SpinApp");
    assert_eq!((app.api_version.as_str(), app.kind.as_str()), ("core.spinkube.dev/v1alpha1", "SpinApp"));
    app
}

#[test]
fn variables_are_the_services_and_secrets_stay_in_secrets() {
    let app = app();
    let names: Vec<String> = app.spec.variables.iter().map(|variable| variable.name.clone()).collect();
    let names = set(&names);
    for variable in &app.spec.variables {
        let name = variable.name.to_ascii_uppercase();
        assert_eq!(variable.name, name.to_ascii_lowercase(), "Spin's variables are in lower case");
        assert_known(&name, MANIFEST);
        let secret = variable.secret();
        assert_eq!(secret.is_some(), SECRETS.contains(&name.as_str()), "{name}");
        if let Some(secret) = secret {
            assert_eq!(secret.key, name, "keys of the Secret are named as on wasmCloud");
            assert_eq!(secret.name, "marketing-automation-1");
        }
    }
    for secret in SECRETS {
        assert!(names.contains(&secret.to_ascii_lowercase()), "{secret} is not set");
    }
}

#[test]
fn what_replicas_share_is_in_redis() {
    let app = app();
    assert!(app.spec.replicas > 1);
    let [store] = &app.spec.runtime_config.key_value_stores[..] else { panic!("one store") };
    assert_eq!((store.name.as_str(), store.r#type.as_str()), ("default", "redis"));
    let [url] = &store.options[..] else { panic!("one option") };
    assert_eq!(url.name, "url");
    // It has a password in it.
    assert!(url.secret().is_some());
}

#[test]
fn it_is_reached_and_judged_ready() {
    let app = app();
    assert_eq!(kinds(MANIFEST), ["SpinApp", "Ingress"]);
    assert_image(&app.spec.image, "service-spin");
    assert_eq!(app.spec.executor, "containerd-shim-spin");
    let public =
        app.spec.variables.iter().find(|variable| variable.name == "marketing_automation_public_url");
    let public = public.and_then(|variable| variable.value.as_deref()).expect("a public address");
    // The operator names the Service after the application, and gives it port 80.
    assert_way_in(MANIFEST, public, app.name(), 80);
    // A misconfiguration is a 503 there, which must not restart anything.
    assert_eq!(app.spec.checks.readiness.http_get.path, "/healthz");
    assert_eq!(app.spec.checks.liveness.http_get.path, "/.well-known/spin/health");
    assert!(app.spec.checks.readiness.timeout_seconds > 1);
    assert!(app.spec.checks.liveness.timeout_seconds > 1);
}

/// The part that is used of Spin's runtime configuration (spinframework/spin-docs, `dynamic-configuration.md`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuntimeFile {
    config_provider: Vec<Vault>,
    key_value_store: BTreeMap<String, Redis>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vault {
    r#type: String,
    url: String,
    token: String,
    mount: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redis {
    r#type: String,
    url: String,
}

/// It takes the place of `runtimeConfig` in the manifest, so it has the same store.
#[test]
fn the_runtime_configuration_has_vault_and_the_same_store() {
    let file: RuntimeFile = toml::from_str(&read("examples/spinkube/runtime-config.toml")).expect("its form");
    let [vault] = &file.config_provider[..] else { panic!("one provider") };
    assert_eq!(vault.r#type, "vault");
    assert!(vault.url.starts_with("https://"));
    assert_eq!(vault.token, "REPLACE", "no token is kept here");
    assert!(!vault.mount.is_empty());
    let stores: Vec<&str> = file.key_value_store.keys().map(String::as_str).collect();
    assert_eq!(stores, ["default"]);
    let redis = &file.key_value_store["default"];
    assert_eq!(redis.r#type, "redis");
    assert!(redis.url.starts_with("redis://") && redis.url.contains(":REPLACE@"), "no password is kept here");
}
