//! `examples/wasmcloud/`.
//!
//! The types are the part that is used of `WorkloadDeployment` in `runtime.wasmcloud.dev/v1alpha1`
//! (wasmCloud's `charts/runtime-operator/crds/`), and of wash 2's project configuration. The latter is also read by
//! wash itself: `examples/hosts/wasmcloud/`.

use std::collections::{BTreeMap, BTreeSet};

use deployment_checks::{SECRETS, assert_known, is_component, outbound_hosts, read};
use k8s_openapi::api::core::v1::{LocalObjectReference, Service};
use serde::Deserialize;

use crate::kubernetes::{Custom, Strict, assert_image, assert_way_in, document, kinds, set};

const MANIFEST: &str = "examples/wasmcloud/workload.yaml";
const WASH: &str = "examples/wasmcloud/.wash/config.yaml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deployment {
    replicas: i32,
    kubernetes: Kubernetes,
    template: Template,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kubernetes {
    service: Strict<LocalObjectReference>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    spec: Workload,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Workload {
    host_selector: BTreeMap<String, String>,
    components: Vec<Component>,
    host_interfaces: Vec<Interface>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Component {
    #[expect(dead_code, reason = "read for its form")]
    name: String,
    image: String,
    local_resources: Resources<Strict<LocalObjectReference>>,
}

/// What a component is given; on a cluster a Secret is named by a reference, in wash by its name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resources<Secret> {
    environment: Environment<Secret>,
    allowed_hosts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Environment<Secret> {
    secret_from: Vec<Secret>,
    #[serde(default)]
    config: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Interface {
    namespace: String,
    package: String,
    interfaces: Vec<String>,
    config: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wash {
    #[expect(dead_code, reason = "read for its form")]
    version: String,
    build: Build,
    dev: Dev,
    workload: Resources<String>,
    secrets: BTreeMap<String, FromEnvironment>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    command: String,
    component_path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dev {
    address: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FromEnvironment {
    from_env: Vec<String>,
}

fn deployment() -> Custom<Deployment> {
    let deployment: Custom<Deployment> = document(MANIFEST, "WorkloadDeployment");
    assert_eq!(deployment.api_version, "runtime.wasmcloud.dev/v1alpha1");
    assert_eq!(deployment.kind, "WorkloadDeployment");
    deployment
}

fn component() -> Component {
    let mut components = deployment().spec.template.spec.components;
    assert_eq!(components.len(), 1);
    components.remove(0)
}

fn wash() -> Wash {
    serde_saphyr::from_str(&read(WASH)).unwrap_or_else(|error| panic!("{WASH}: {error}"))
}

#[test]
fn hosts_are_spins() {
    assert_eq!(set(&component().local_resources.allowed_hosts), outbound_hosts(), "{MANIFEST}");
    assert_eq!(set(&wash().workload.allowed_hosts), outbound_hosts(), "{WASH}");
}

#[test]
fn variables_are_the_services_and_secrets_stay_in_secrets() {
    let environment = component().local_resources.environment;
    for name in environment.config.keys() {
        assert_known(name, MANIFEST);
        assert!(!SECRETS.contains(&name.as_str()), "{name} is a secret");
    }
    let secrets: Vec<&str> =
        environment.secret_from.iter().map(|Strict(secret)| secret.name.as_str()).collect();
    assert_eq!(secrets, ["marketing-automation-1"]);
}

#[test]
fn wash_takes_all_secrets_from_its_environment() {
    let wash = wash();
    let [secret] = &wash.workload.environment.secret_from[..] else { panic!("one secret") };
    let taken: BTreeSet<String> = set(&wash.secrets[secret].from_env);
    assert_eq!(taken, SECRETS.map(str::to_owned).into());
    assert_eq!(wash.secrets.len(), 1);
    assert!(wash.workload.environment.config.is_empty());
}

#[test]
fn wash_serves_what_the_project_builds() {
    let wash = wash();
    let file =
        wash.build.component_path.strip_prefix("../../target/components/").expect("from examples/wasmcloud");
    assert_eq!(file, "service.wasm");
    assert!(is_component(file));
    assert_eq!(wash.build.command, "cargo xtask build");
    assert!(wash.dev.address.starts_with("127.0.0.1:"), "a trial is nobody else's to reach");
}

#[test]
fn it_is_reached() {
    let deployment = deployment();
    assert_eq!(kinds(MANIFEST), ["WorkloadDeployment", "Service", "Ingress"]);
    assert!(deployment.spec.replicas > 1);
    assert_eq!(deployment.spec.template.spec.host_selector["hostgroup"], "default");
    let component = component();
    assert_image(&component.image, "service");

    let Strict(service): Strict<Service> = document(MANIFEST, "Service");
    let name = service.metadata.name.expect("a name");
    assert_eq!(deployment.spec.kubernetes.service.0.name, name);
    let spec = service.spec.expect("a spec");
    assert_eq!(spec.selector, None, "the operator keeps the endpoints");
    let port = spec.ports.expect("ports").remove(0).port;
    let public = &component.local_resources.environment.config["MARKETING_AUTOMATION_PUBLIC_URL"];
    assert_way_in(MANIFEST, public, &name, port);

    // Requests are told apart by their host.
    let [http] = &deployment.spec.template.spec.host_interfaces[..] else { panic!("one interface") };
    assert_eq!((http.namespace.as_str(), http.package.as_str()), ("wasi", "http"));
    assert_eq!(http.interfaces, ["incoming-handler"]);
    assert_eq!(public.strip_prefix("https://"), Some(http.config["host"].as_str()));
}
