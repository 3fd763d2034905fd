//! What every page has around it.

use maud::{DOCTYPE, Markup, html};
use url::Url;

/// Addresses are relative to `/connect/{token}`, as the service may be mounted below a path of its own.
const STYLE: &str = "../connect.css";
const SCRIPT: &str = "../connect.js";

/// A whole document. `title` is said first by screen readers, and stands in the tab and the history.
pub(super) fn document(title: &str, main: &Markup) -> String {
    whole(title, None, main)
}

/// A document that goes on to an address at once; its own is not kept in the history.
pub(super) fn refreshed(title: &str, to: &Url, main: &Markup) -> String {
    whole(title, Some(format!("0; url={to}")), main)
}

fn whole(title: &str, refresh: Option<String>, main: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                @if let Some(refresh) = refresh { meta http-equiv="refresh" content=(refresh); }
                title { (title) }
                link rel="stylesheet" href=(STYLE);
                script type="module" src=(SCRIPT) {}
            }
            body { (main) }
        }
    };
    markup.into_string()
}

/// The vendor, or words for it.
pub(super) fn vendor(name: Option<&str>) -> &str {
    name.unwrap_or("the application that sent you here")
}

/// Whom CleverTap is connected to, as two tiles; the heading says it in words.
pub(super) fn pair(vendor: Option<&str>) -> Markup {
    let initial = vendor.and_then(|name| name.chars().find(|letter| letter.is_alphanumeric()));
    html! {
        div.pair aria-hidden="true" {
            @if let Some(initial) = initial {
                span { (initial.to_uppercase()) }
                svg viewBox="0 0 24 24" { path d="M4 8h15m-4-4 4 4-4 4M20 16H5m4 4-4-4 4-4"; }
            }
            span { "CT" }
        }
    }
}
