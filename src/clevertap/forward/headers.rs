//! Which headers pass.
//!
//! | headers | to CleverTap | to the caller |
//! |---|---|---|
//! | `connection` and those that it names, `keep-alive`, `proxy-*`, `te`, `trailer`, `transfer-encoding`, `upgrade` | dropped: they are about one connection | dropped |
//! | `host`, `expect`, `forwarded`, `x-forwarded-*` | dropped: they are about this server | pass |
//! | `authorization`, `cookie`, `x-clevertap-*` | dropped: the caller's credentials are not CleverTap's | pass |
//! | `content-length` | ours, where the length is known | passes |
//! | the rest | passes | passes |

use crate::transport::{Body, Headers};

/// Of one connection only (RFC 9110, section 7.6.1).
fn is_hop_by_hop(name: &str) -> bool {
    matches!(name, "connection" | "keep-alive" | "te" | "trailer" | "transfer-encoding" | "upgrade")
        || name.starts_with("proxy-")
}

/// About this server, or its callers' credentials.
fn is_ours(name: &str) -> bool {
    matches!(name, "host" | "expect" | "forwarded" | "authorization" | "cookie" | "content-length")
        || name.starts_with("x-forwarded-")
        || name.starts_with("x-clevertap-")
}

/// Leaves of the caller's headers those that are for CleverTap.
pub(super) fn outgoing(headers: &mut Headers, method: &str, body: &Body) {
    let named = named_by_connection(headers);
    headers.retain(|(name, _)| {
        let name = name.trim().to_ascii_lowercase();
        !is_hop_by_hop(&name) && !is_ours(&name) && !named.contains(&name)
    });
    // A GET without a body has no length to tell.
    let bodiless = body.is_empty() && matches!(method, "GET" | "HEAD");
    if let (Some(length), false) = (body.len(), bodiless) {
        headers.push(("content-length".to_owned(), length.to_string().into_bytes()));
    }
}

/// Leaves of CleverTap's headers those that are for the caller.
pub(super) fn incoming(headers: &mut Headers) {
    let named = named_by_connection(headers);
    headers.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !is_hop_by_hop(&name) && !named.contains(&name)
    });
}

/// The headers that `connection` names as being of this connection only.
fn named_by_connection(headers: &Headers) -> Vec<String> {
    headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
        .flat_map(|(_, value)| {
            String::from_utf8_lossy(value)
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
                .collect::<Vec<_>>()
        })
        .collect()
}
