//! What browsers may do with the pages.

use super::onward::{Onward, Step};
use crate::transport::Headers;

/// Headers of a page. Without an [`Onward`] its only form goes to this service itself.
///
/// The last page's form goes to the vendor, whose answer may redirect to any site of its own, and Chromium holds
/// redirects against `form-action` too: there it names the scheme as well, as the page has nothing to enter.
pub(crate) fn of_page(onward: Option<&Onward>) -> Headers {
    let form_action = match onward {
        None => "'self'".to_owned(),
        Some(Onward { step: Step::Post(uri, _), .. }) => match uri.origin().ascii_serialization() {
            origin if uri.scheme() != "https" && is_source(&origin) => format!("https: {origin}"),
            _ => "https:".to_owned(),
        },
        Some(_) => "'none'".to_owned(),
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action {form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let all = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy.as_str()),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
}

/// Hosts may have characters that mean something in a policy.
fn is_source(origin: &str) -> bool {
    origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/[]".contains(&byte))
}
