//! What a custom field of a profile may be set to, and the operators that change it.
//!
//! | value | what happens | source |
//! |---|---|---|
//! | a text, a number, true, false | it is set | [DOC] S:upload |
//! | a list of texts | it becomes these, up to 100 | [DOC] S:platform |
//! | `{"$date": "2026-01-31"}` | it becomes that date | [OFF] S:snippets |
//! | `{"$add": […]}`, `{"$remove": […]}` | texts are put into a list, or taken out of it | [DOC] S:upload |
//! | `{"$incr": 5}`, `{"$decr": 5}` | a number goes up or down, by more than 0; never sent twice | [DOC] S:upload |
//! | `{"$set": […]}` | the list becomes these | [3P] |
//! | `{"$delete": 1}`, null | it is deleted | [DOC] S:upload |

use serde_json::{Map, Value, json};

use crate::clevertap::bulk::data::{LONGEST_TEXT, MOST_VALUES, fits, scalar};

const OPERATORS: &str = "$add, $remove, $set, $incr, $decr, $delete or $date";

/// What a custom field's value becomes, and whether it may be sent again; the error says what would be accepted.
pub(super) fn value(value: Value) -> Result<(Value, bool), String> {
    match value {
        Value::Null => Ok((json!({"$delete": 1}), true)),
        Value::Array(list) => Ok((Value::Array(texts(list)?), true)),
        Value::Object(operators) if !operators.contains_key("$date") => operator(operators),
        other => Ok((scalar(other)?, true)),
    }
}

fn operator(operators: Map<String, Value>) -> Result<(Value, bool), String> {
    if !operators.is_empty() && operators.keys().all(|name| !name.starts_with('$')) {
        return Err(format!(
            "is an object, which CleverTap's profiles do not have; accepted: texts, numbers, true, false, lists of texts, or one of {OPERATORS}"
        ));
    }
    let mut all = operators.into_iter();
    let (Some((name, operand)), None) = (all.next(), all.next()) else {
        return Err(format!("must have exactly one operator: {OPERATORS}"));
    };
    let (operand, safe) = match name.as_str() {
        "$add" | "$remove" | "$set" => match operand {
            Value::Array(list) if !list.is_empty() => (Value::Array(texts(list)?), true),
            text @ Value::String(_) => (Value::Array(texts(vec![text])?), true),
            _ => return Err(format!("{name} takes a list of texts that is not empty")),
        },
        "$incr" | "$decr" => match operand.as_f64() {
            Some(number) if number > 0.0 => (operand, false),
            _ => return Err(format!("{name} takes a number greater than 0")),
        },
        "$delete" if operand == json!(1) || operand == json!(true) => (json!(1), true),
        "$delete" => return Err("$delete takes 1".to_owned()),
        _ => return Err(format!("has an unknown operator; accepted: {OPERATORS}")),
    };
    Ok((Value::Object(Map::from_iter([(name, operand)])), safe))
}

fn texts(list: Vec<Value>) -> Result<Vec<Value>, String> {
    if list.len() > MOST_VALUES {
        return Err(format!("has {} values; CleverTap keeps {MOST_VALUES}", list.len()));
    }
    let good = |value: &Value| match value {
        Value::String(text) => fits(text),
        Value::Number(_) => true,
        _ => false,
    };
    if !list.iter().all(good) {
        return Err(format!("must be a list of texts of up to {LONGEST_TEXT} characters"));
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_form() {
        for (given, sent, safe) in [
            (json!("a"), json!("a"), true),
            (json!(1.5), json!(1.5), true),
            (json!(null), json!({"$delete": 1}), true),
            (json!(["a", "b"]), json!(["a", "b"]), true),
            (json!({"$date": "2026-03-01"}), json!("$D_1772323200"), true),
            (json!({"$add": "a"}), json!({"$add": ["a"]}), true),
            (json!({"$delete": true}), json!({"$delete": 1}), true),
            (json!({"$incr": 5}), json!({"$incr": 5}), false),
            (json!({"$decr": 0.5}), json!({"$decr": 0.5}), false),
        ] {
            assert_eq!(value(given.clone()).unwrap(), (sent, safe), "{given}");
        }
        for bad in [
            json!({}),
            json!({"$add": []}),
            json!({"$add": ["a"], "$remove": ["b"]}),
            json!({"$incr": 0}),
            json!({"$incr": -1}),
            json!({"$incr": "5"}),
            json!({"$delete": 0}),
            json!({"$push": ["a"]}),
            json!({"nested": {"a": 1}}),
            json!([["a"]]),
            json!([true]),
            json!("x".repeat(513)),
            json!(["x".repeat(513)]),
            json!(vec!["x"; 101]),
            json!({"$date": "soon"}),
        ] {
            assert!(value(bad.clone()).is_err(), "{bad}");
        }
        assert!(value(json!("ü".repeat(512))).is_ok(), "characters are counted");
    }

    fn accepted() -> impl Strategy<Value = Value> {
        let texts = prop::collection::vec("[a-z]{1,10}", 1..10);
        prop_oneof![
            texts.clone().prop_map(|list| json!({"$add": list})),
            texts.clone().prop_map(|list| json!({"$remove": list})),
            texts.prop_map(|list| json!({"$set": list})),
            (1u32..1000).prop_map(|n| json!({"$incr": n})),
            (1u32..1000).prop_map(|n| json!({"$decr": n})),
            Just(json!({"$delete": 1})),
        ]
    }

    proptest! {
        #[test]
        fn an_operator_goes_out_as_it_is_and_only_counting_is_unsafe(operator in accepted()) {
            let (sent, safe) = value(operator.clone()).unwrap();
            prop_assert_eq!(&sent, &operator);
            prop_assert_eq!(safe, operator.get("$incr").is_none() && operator.get("$decr").is_none());
        }
    }
}
