//! Component values as JSON, both ways, by walking their types.
//!
//! | WIT | JSON |
//! |---|---|
//! | `record` | object; names as in the WIT, on the way in also with `_` for `-` |
//! | `variant` | `{"case": payload}`, and `"case"` where there is no payload |
//! | `enum` | `"case"` |
//! | `flags` | list of names |
//! | `option<t>` | `t` or `null` |
//! | `result<t, e>` | `{"ok": t}` or `{"err": e}` |
//! | `list<t>`, `tuple<…>` | list |
//! | `list<u8>` | text; `{"base64": "…"}` where it is not UTF-8; on the way in also a list of numbers |
//! | integers | number, exact to 64 bits; on the way in also a text of digits |
//! | `float64` | number; `"NaN"`, `"inf"`, `"-inf"` where JSON has none |
//! | resources | `{"resource": n}`, the place in the session's table |
//!
//! On the way in, a field that is left out is `null`, an empty list or empty flags where its type has such a
//! value; a field that the type does not have is an error.

mod from_json;
mod to_json;

pub(crate) use from_json::{absent, from_json};
pub(crate) use to_json::to_json;
use wasmtime::component::ResourceAny;

const BASE64_KEY: &str = "base64";
const RESOURCE_KEY: &str = "resource";

/// The resources that a session's calls have returned, by place.
pub(crate) type Resources = Vec<ResourceAny>;

/// A JSON value that is not of the type that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct ValueError {
    /// Where, such as `query.paging.limit`.
    pub path: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

#[cfg(test)]
mod tests;
