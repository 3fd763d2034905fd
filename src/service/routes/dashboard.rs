//! The dashboard: a page that calls this API from the browser, with a token that its user enters.
//!
//! Nothing here needs a token or the configuration, as it is the same for everybody. The sources are in
//! `../dashboard/web`; what `npm run build` makes of them is in `../dashboard/dist`, so that a build of this crate
//! needs no Node.js.

use crate::service::error::Error;
use crate::service::files::File;
use crate::transport::{Headers, Response};

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Page,
    Script,
    Style,
}

impl Part {
    const fn file(self) -> File {
        match self {
            Self::Page => {
                File::plain(include_bytes!("../dashboard/dist/index.html"), "text/html; charset=utf-8")
            }
            Self::Script => {
                File::gzip(include_bytes!("../dashboard/dist/app.js.gz"), "text/javascript; charset=utf-8")
            }
            Self::Style => {
                File::gzip(include_bytes!("../dashboard/dist/app.css.gz"), "text/css; charset=utf-8")
            }
        }
    }
}

/// What browsers may do with the page. It has no style attributes; what its chart sets from script, the policy lets
/// through. Its icon is a `data:` address.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Kept, but asked for each time whether it is still the one: page, script and style belong together.
const CACHE: (&str, &str) = ("cache-control", "no-cache");
const SAME_ORIGIN: (&str, &str) = ("cross-origin-resource-policy", "same-origin");

/// # Errors
/// 406 when the caller does not take it as it is.
pub(crate) fn serve(part: Part, asked: &Headers) -> Result<Response, Error> {
    let assets: &[(&str, &str)] = &[CACHE, SAME_ORIGIN];
    let page: &[(&str, &str)] = &[
        CACHE,
        SAME_ORIGIN,
        ("content-security-policy", POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ];
    part.file().answer(asked, if part == Part::Page { page } else { assets })
}
