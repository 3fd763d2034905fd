//! What both clusters' manifests share: documents, Kubernetes' own types, the way in, and images.
//!
//! Kubernetes' types come from its published API (`k8s-openapi`). They pass over fields that they do not know, so
//! a document is read and written again, and has to be the same. The types of SpinKube and wasmCloud are published
//! in no registry that this project reaches: their modules have the part that is used, by hand.

use std::collections::BTreeSet;

use deployment_checks::{VERSION, is_component, read};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A type of Kubernetes' that takes no field it does not know.
#[derive(Debug)]
pub(crate) struct Strict<T>(pub(crate) T);

impl<'de, T: DeserializeOwned + Serialize> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(deserializer)?;
        let read: T = serde_json::from_value(written.clone()).map_err(D::Error::custom)?;
        let again = serde_json::to_value(&read).map_err(D::Error::custom)?;
        if again == written {
            Ok(Self(read))
        } else {
            Err(D::Error::custom(format!("of {written}, Kubernetes would read {again}")))
        }
    }
}

/// A custom resource.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Custom<Spec> {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) metadata: Strict<ObjectMeta>,
    pub(crate) spec: Spec,
}

impl<Spec> Custom<Spec> {
    pub(crate) fn name(&self) -> &str {
        self.metadata.0.name.as_deref().expect("a resource has a name")
    }
}

/// The documents of a manifest, in order.
pub(crate) fn documents(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The one document of a kind.
pub(crate) fn document<T: DeserializeOwned>(path: &str, kind: &str) -> T {
    let mut found: Vec<Value> =
        documents(path).into_iter().filter(|document| document["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{path} is to have one {kind}");
    serde_json::from_value(found.remove(0)).unwrap_or_else(|error| panic!("{path}, {kind}: {error}"))
}

pub(crate) fn kinds(path: &str) -> Vec<String> {
    documents(path).iter().map(|document| document["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// The image is of this version and of a component that the project builds.
pub(crate) fn assert_image(image: &str, component: &str) {
    let (repository, tag) = image.rsplit_once(':').expect("an image has a tag");
    assert_eq!(tag, VERSION, "{image}");
    assert!(repository.ends_with(&format!("/{component}")), "{image} is to be of {component}.wasm");
    assert!(is_component(&format!("{component}.wasm")), "the project builds no {component}.wasm");
}

/// TLS for the host of the public address, and all of it to the service's port.
pub(crate) fn assert_way_in(path: &str, public_url: &str, service: &str, port: i32) {
    let Strict(ingress): Strict<Ingress> = document(path, "Ingress");
    let spec = ingress.spec.expect("a spec");
    let host = public_url.strip_prefix("https://").expect("the public address is https");
    let tls = spec.tls.expect("TLS").remove(0);
    assert_eq!(tls.hosts.expect("hosts"), [host]);
    assert!(tls.secret_name.is_some());
    let rule = spec.rules.expect("rules").remove(0);
    assert_eq!(rule.host.as_deref(), Some(host));
    let to = rule.http.expect("http").paths.remove(0);
    assert_eq!((to.path.as_deref(), to.path_type.as_str()), (Some("/"), "Prefix"));
    let backend = to.backend.service.expect("a service");
    assert_eq!(backend.name, service);
    assert_eq!(backend.port.expect("a port").number, Some(port));
}

/// A list without a thing twice.
pub(crate) fn set<T: Ord + Clone + std::fmt::Debug>(list: &[T]) -> BTreeSet<T> {
    let set: BTreeSet<T> = list.iter().cloned().collect();
    assert_eq!(set.len(), list.len(), "{list:?} names something twice");
    set
}

#[test]
fn what_kubernetes_does_not_know_is_refused() {
    let misspelt = serde_json::json!({"name": "x", "lables": {}});
    let error = serde_json::from_value::<Strict<ObjectMeta>>(misspelt).expect_err("lables").to_string();
    assert!(error.contains("lables"), "{error}");
    assert!(is_component("service.wasm") && !is_component("servce.wasm"));
}
