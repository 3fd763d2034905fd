//! `spin:variables`: values by name, given when the service starts.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::{Accessor, HasSelf};

use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::state::State;

/// Values by Spin's names: lower-case letters, digits, and single underscores between them.
#[derive(Clone, Default)]
pub(crate) struct Variables(Arc<BTreeMap<String, String>>);

impl Variables {
    /// The later of two values of one name counts. Names that no component can ask for come back.
    pub(crate) fn new(values: &[(String, String)]) -> (Self, Vec<&str>) {
        let (usable, unusable): (Vec<_>, Vec<_>) =
            values.iter().partition(|(name, _)| wrong_with(name).is_none());
        let values = usable.into_iter().cloned().collect();
        (Self(Arc::new(values)), unusable.into_iter().map(|(name, _)| name.as_str()).collect())
    }

    fn get(&self, name: &str) -> Result<String, Error> {
        if let Some(wrong) = wrong_with(name) {
            return Err(Error::InvalidName(format!("{name:?} {wrong}")));
        }
        self.0.get(name).cloned().ok_or_else(|| Error::Undefined(format!("there is no variable {name:?}")))
    }
}

/// Spin's rule (its crate `spin-expressions`).
fn wrong_with(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    let allowed = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    if !bytes.iter().all(allowed) {
        Some("has other characters than lower-case letters, digits and underscores")
    } else if !bytes.first().is_some_and(u8::is_ascii_lowercase) {
        Some("does not start with a letter")
    } else if name.ends_with('_') || name.contains("__") {
        Some("has an underscore that is not between two other characters")
    } else {
        None
    }
}

impl Host for State {}

impl HostWithStore<State> for HasSelf<State> {
    async fn get(store: &Accessor<State, Self>, name: String) -> wasmtime::Result<Result<String, Error>> {
        Ok(store.with(|mut store| store.get().variables.get(&name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_spin_accepts() {
        for good in ["a", "abc", "a1b2c3", "a_1", "a_1_b_3"] {
            assert_eq!(wrong_with(good), None, "{good}");
        }
        for bad in ["", "aX", "1bc", "_x", "x.y", "x_", "a__b", "x-y", "é"] {
            assert!(wrong_with(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_value_is_found_undefined_or_never_to_be_found() {
        let values = [("a".into(), "old".into()), ("B".into(), "x".into()), ("a".into(), "new".into())];
        let (variables, unusable) = Variables::new(&values);
        assert_eq!(unusable, ["B"]);
        assert_eq!(variables.get("a").unwrap(), "new");
        assert!(matches!(variables.get("b"), Err(Error::Undefined(_))));
        assert!(matches!(variables.get("B"), Err(Error::InvalidName(_))));
    }
}
