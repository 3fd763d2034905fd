//! What CleverTap can be asked: one row for each endpoint, in [`table`].
//!
//! | property | decides |
//! |---|---|
//! | `replay` | whether it may be sent again when its answer was lost; a 429 is always sent again |
//! | `family` | which calls share one of CleverTap's caps on calls in flight |
//! | `scope` | whether it changes anything at CleverTap |
//! | `protocol` | how its answers go on: cursors, polling, reports that are not ready |
//! | `items` | under which key of the answer a list lies |
//! | `trust` | how well the path is known |

mod table;

pub use table::*;

/// Whether a request may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Twice is as good as once: reads, exports, counts, upserts of profiles, stop.
    Safe,
    /// Only when it surely never left; else the outcome is unknown.
    OnlyIfNotSent,
}

/// Calls that share a cap on how many may be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Uploads: CleverTap takes 15 at a time.
    Upload,
    /// Any other endpoint, by its path: 3 at a time.
    Other(&'static str),
}

/// Whether it changes anything at CleverTap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Read,
    Write,
}

/// How an endpoint's answers are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// One answer.
    Plain,
    /// Records, of which some may be rejected: `partial` with `unprocessed`.
    Upload,
    /// `partial` with a `req_id`: the same path by GET until it is done.
    Counts,
    /// POST answers a `cursor`; GET of the same path with it answers pages with `next_cursor`, until that key
    /// is absent. Code 2 asks for the same cursor again, code 3 finds it malformed.
    Cursor,
    /// A campaign's report, which may not be there yet, in four forms.
    Report,
    /// A campaign is made: an answer without an `id` is an estimate.
    Create,
    /// Numbered pages, chosen by these two parameters: in the query of a GET, in the body of a POST.
    Pages { number: &'static str, size: &'static str },
}

/// How well an endpoint is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// On a page of CleverTap's documentation.
    Documented,
    /// In CleverTap's own public code.
    Official,
    /// In third parties' code only.
    ThirdParty,
}

/// One endpoint of CleverTap's.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// For code and logs, for instance `targets.list`.
    pub name: &'static str,
    /// Name under `/proxy`.
    pub resource: &'static str,
    /// `list`, `get`, `create`, `update`, `delete`, or the name of a custom method.
    pub proxy_method: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// May hold parameters such as `{id}`.
    pub path: &'static str,
    pub replay: Replay,
    pub family: Family,
    pub scope: Scope,
    pub protocol: Protocol,
    /// Keys under which a list may lie, the first present one counts; none for operations that are no list.
    pub items: &'static [&'static str],
    /// Slug under `developer.clevertap.com/docs/`; empty when there is no page.
    pub doc: &'static str,
    pub trust: Trust,
}

/// Something that CleverTap has, but at an address that nobody has published.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreachable {
    pub resource: &'static str,
    pub proxy_method: &'static str,
    /// Why it cannot be called by name, and what can be done.
    pub reason: &'static str,
}

/// The operation of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().copied().find(|operation| operation.name == name)
}

/// The operation behind `/proxy/{resource}` and a method of its.
#[must_use]
pub fn by_resource(resource: &str, proxy_method: &str) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .copied()
        .find(|operation| operation.resource == resource && operation.proxy_method == proxy_method)
}

/// All operations of a resource, in the table's order.
pub fn of_resource(resource: &str) -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().copied().filter(move |operation| operation.resource == resource)
}

/// The operation at an address, parameters aside; for `/custom`, to share caps with the named calls.
#[must_use]
pub fn by_address(path: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().copied().find(|operation| operation.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let mut seen = BTreeSet::new();
        for operation in OPERATIONS {
            assert!(seen.insert(operation.name), "{} twice", operation.name);
            assert_eq!(by_name(operation.name), Some(*operation));
        }
    }

    #[test]
    fn proxy_names_are_unique_and_found() {
        let mut seen = BTreeSet::new();
        for operation in OPERATIONS {
            let key = (operation.resource, operation.proxy_method);
            assert!(seen.insert(key), "{key:?} twice");
            assert_eq!(by_resource(key.0, key.1), Some(*operation));
        }
        for missing in UNREACHABLE {
            assert!(seen.insert((missing.resource, missing.proxy_method)), "{missing:?} is reachable");
        }
    }

    /// Records of several kinds go to `/1/upload`; all rows of one address must still be treated alike.
    #[test]
    fn rows_of_one_address_share_a_cap_and_a_protocol() {
        let mut seen = BTreeMap::new();
        for operation in OPERATIONS {
            let before = seen.insert((operation.method, operation.path), operation);
            if let Some(before) = before {
                assert_eq!((before.family, before.protocol), (operation.family, operation.protocol));
                assert_eq!(operation.path, "/1/upload", "{} shares its address", operation.name);
            }
        }
    }

    #[test]
    fn rows_are_well_formed() {
        for operation in OPERATIONS {
            let name = operation.name;
            assert!(operation.path.starts_with('/') && !operation.path.contains("//"), "{name}");
            assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&operation.method), "{name}");
            let word = |text: &str| {
                !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit())
            };
            assert!(word(operation.resource) && word(operation.proxy_method), "{name}");
            assert!(name.split('.').count() == 2 && name.split('.').all(word), "{name}");
            assert_eq!(
                operation.family == Family::Upload,
                operation.protocol == Protocol::Upload && operation.path == "/1/upload",
                "{name}"
            );
            if let Family::Other(path) = operation.family {
                assert_eq!(path, operation.path, "{name}");
            }
            if operation.trust != Trust::ThirdParty && operation.trust != Trust::Official {
                assert!(!operation.doc.is_empty() || operation.trust == Trust::Documented, "{name}");
            }
        }
    }

    #[test]
    fn reads_may_be_repeated_and_messages_may_not() {
        for operation in OPERATIONS {
            if operation.scope == Scope::Read {
                assert_eq!(operation.replay, Replay::Safe, "{}", operation.name);
            }
        }
        for name in [
            "events.upload",
            "targets.create",
            "targets.trigger",
            "send.push",
            "send.email",
            "send.sms",
            "send.webpush",
            "send.whatsapp",
            "send.external_trigger",
            "send.external_triggers",
        ] {
            assert_eq!(
                by_name(name).map(|operation| operation.replay),
                Some(Replay::OnlyIfNotSent),
                "{name}"
            );
        }
        for name in ["profiles.upload", "targets.stop", "targets.list", "messages.report", "events.export"] {
            assert_eq!(by_name(name).map(|operation| operation.replay), Some(Replay::Safe), "{name}");
        }
    }
}
