//! Things that are kept by id and listed page by page: catalogs, templates,
//! content blocks, variables.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// All shelves of an account.
#[derive(Debug, Default)]
pub(crate) struct Shelves(BTreeMap<&'static str, BTreeMap<u64, Value>>);

impl Shelves {
    /// Keeps `thing` under the next id, which it gets as `key`.
    pub(crate) fn add(&mut self, shelf: &'static str, key: &str, mut thing: Value) -> u64 {
        let things = self.0.entry(shelf).or_default();
        let id = things.last_key_value().map_or(1, |(id, _)| id + 1);
        if let Some(fields) = thing.as_object_mut() {
            fields.insert(key.to_owned(), json!(id));
        }
        things.insert(id, thing);
        id
    }

    pub(crate) fn get_mut(&mut self, shelf: &str, id: &str) -> Option<&mut Value> {
        self.0.get_mut(shelf)?.get_mut(&id.parse().ok()?)
    }

    pub(crate) fn get(&self, shelf: &str, id: &str) -> Option<&Value> {
        self.0.get(shelf)?.get(&id.parse().ok()?)
    }

    pub(crate) fn remove(&mut self, shelf: &str, id: &str) -> Option<Value> {
        self.0.get_mut(shelf)?.remove(&id.parse().ok()?)
    }

    pub(crate) fn all(&self, shelf: &str) -> Vec<Value> {
        self.0.get(shelf).map(|things| things.values().cloned().collect()).unwrap_or_default()
    }
}

/// Writes the fields of `changes` over those of `thing`.
pub(crate) fn change(thing: &mut Value, changes: Value) {
    if let (Some(thing), Value::Object(mut changes)) = (thing.as_object_mut(), changes) {
        thing.append(&mut changes);
    }
}
