use serde_json::{Value, json};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Type};

use super::*;

/// The type of the parameter of a function that a component of this WIT exports.
fn parameter(declaration: &str, ty: &str) -> Type {
    let wit =
        format!("package a:b; interface i {{ {declaration} f: func(p: {ty}); }} world w {{ import i; }}");
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("a.wit", &wit).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = wit_component::dummy_module(&resolve, world, wit_parser::ManglingAndAbi::Standard32);
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
        false,
    )
    .unwrap();
    let bytes = wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let engine = wasmtime::Engine::default();
    let component = Component::new(&engine, bytes).unwrap();
    let ty = component.component_type();
    let (_, interface) = ty.imports(&engine).next().unwrap();
    let ComponentItem::ComponentInstance(interface) = interface.ty else { panic!("no interface") };
    let ComponentItem::ComponentFunc(function) = interface.get_export(&engine, "f").unwrap().ty else {
        panic!("no function")
    };
    function.params().next().unwrap().1
}

/// Through the component's value and back.
fn round(declaration: &str, ty: &str, value: Value) -> Result<Value, String> {
    let ty = parameter(declaration, ty);
    let value = from_json(&ty, &value, "p", &[]).map_err(|error| error.to_string())?;
    Ok(to_json(value, &mut Vec::new()))
}

#[test]
fn plain_values() {
    for (ty, value) in [
        ("bool", json!(true)),
        ("u8", json!(255)),
        ("s8", json!(-128)),
        ("u64", json!(u64::MAX)),
        ("s64", json!(i64::MIN)),
        ("f64", json!(0.1)),
        ("f64", json!("NaN")),
        ("char", json!("ü")),
        ("string", json!("text")),
        ("list<string>", json!(["a", "b"])),
        ("tuple<string, u32>", json!(["a", 1])),
        ("option<u32>", json!(null)),
        ("option<u32>", json!(0)),
        ("result<u32, string>", json!({"ok": 1})),
        ("result<u32, string>", json!({"err": "no"})),
        ("list<u8>", json!("text")),
        ("list<u8>", json!({"base64": "//8="})),
    ] {
        assert_eq!(round("", ty, value.clone()), Ok(value), "{ty}");
    }
    assert_eq!(round("", "u64", json!("18446744073709551615")), Ok(json!(u64::MAX)));
    assert_eq!(round("", "list<u8>", json!([104, 105])), Ok(json!("hi")));
}

#[test]
fn named_types() {
    let channel = "enum channel { email, web-push }";
    assert_eq!(round(channel, "channel", json!("web_push")), Ok(json!("web-push")));
    let fault = "variant fault { gone, wait(u64) }";
    assert_eq!(round(fault, "fault", json!("gone")), Ok(json!("gone")));
    assert_eq!(round(fault, "fault", json!({"wait": 5})), Ok(json!({"wait": 5})));
    assert_eq!(round("flags f1 { a, b-c }", "f1", json!(["b_c"])), Ok(json!(["b-c"])));
}

#[test]
fn what_is_left_out_of_a_record_is_nothing() {
    let query = "record paging { limit: option<u32> } record query { paging: option<paging>, names: list<string>, only-new: option<bool> }";
    assert_eq!(
        round(query, "query", json!({"only_new": true})),
        Ok(json!({"paging": null, "names": [], "only-new": true}))
    );
    assert_eq!(
        round("record q { a: paging2 } record paging2 { limit: option<u32> }", "q", json!({})),
        Ok(json!({"a": {"limit": null}}))
    );
}

#[test]
fn errors_say_where_and_do_not_show_values() {
    let paging = "record paging { limit: option<u32> } record query { paging: option<paging>, name: string }";
    for (value, error) in [
        (
            json!({"name": "n", "paging": {"limit": "passcode"}}),
            "p.paging.limit: expected a whole number, not this text",
        ),
        (json!({"name": "n", "limit": 1}), "p.limit: no such field here; it is one of `paging`"),
        (json!({"name": "n", "nmae": 1}), "p.nmae: no such field; there are `paging`, `name`"),
        (json!({}), "p.name: this field is needed"),
        (json!([]), "p: expected an object, not a list"),
    ] {
        assert_eq!(round(paging, "query", value), Err(error.to_owned()));
    }
    assert_eq!(round("", "u8", json!(256)), Err("p: 256 is out of range for u8".to_owned()));
    assert_eq!(round("", "u32", json!(1.5)), Err("p: expected a whole number, not this number".to_owned()));
    assert_eq!(
        round("enum c { a, b }", "c", json!("x")),
        Err("p: expected one of `a`, `b`, not this text".to_owned())
    );
    assert_eq!(round("", "tuple<u8, u8>", json!([1])), Err("p: expected 2 items, not 1".to_owned()));
    assert_eq!(round("", "list<u8>", json!({"base64": "?"})), Err("p: this is not base64".to_owned()));
}
