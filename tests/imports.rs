//! What the components ask of their hosts is what their worlds declare.

use std::collections::BTreeSet;

use component_tests::{Kind, provider_component, root, service_component};
use marketing_automation_host::{exports, imports};
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

/// Names of a world's imports and exports, as wit/ declares them.
fn declared(world: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("wit/ parses");
    let world: WorldId = resolve.select_world(&[package], Some(world)).expect("the world is there");
    let names = |items: Vec<(&WorldKey, &WorldItem)>| {
        items.into_iter().map(|(key, _)| resolve.name_world_key(key)).collect()
    };
    let world = &resolve.worlds[world];
    (names(world.imports.iter().collect()), names(world.exports.iter().collect()))
}

fn check(name: &str, world: &str, imported: Vec<String>, exported: Vec<String>) {
    let (may_import, must_export) = declared(world);
    println!("{name} imports:");
    for import in &imported {
        println!("  {import}");
        assert!(
            may_import.contains(import),
            "{name} imports {import}, which its world {world} does not declare"
        );
    }
    let exported: BTreeSet<String> = exported.into_iter().collect();
    // The records that the interfaces share come along as an interface of their own.
    let shared = |export: &&String| !export.contains("/failures@");
    assert_eq!(
        exported.iter().filter(shared).collect::<Vec<_>>(),
        must_export.iter().filter(shared).collect::<Vec<_>>()
    );
}

#[test]
fn the_provider_asks_for_http_and_clocks() {
    let component = provider_component();
    check("provider.wasm", "marketing-automation", imports(component), exports(component));
    for import in imports(component) {
        assert!(
            ["wasi:http/", "wasi:io/", "wasi:clocks/"].iter().any(|prefix| import.starts_with(prefix)),
            "{import}"
        );
    }
}

#[test]
fn the_service_asks_for_what_its_world_says() {
    let component = service_component(Kind::Service);
    check("service.wasm", "service", imports(component), exports(component));
}

#[test]
fn the_service_for_spin_asks_for_what_its_world_says() {
    let component = service_component(Kind::ServiceSpin);
    check("service-spin.wasm", "service-spin", imports(component), exports(component));
    for import in imports(component) {
        let of_its_own = ["@0.3.0", "spin:variables/variables@3.0.0", "spin:key-value/key-value@3.0.0"];
        assert!(of_its_own.iter().any(|end| import.ends_with(end)), "{import}");
    }
}
