//! Style, script and types.

use crate::service::error::Error;
use crate::service::files::File;
use crate::transport::{Headers, Response};

/// A file as it is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asset {
    Style,
    Script,
    Types,
}

const KEPT: (&str, &str) = ("cache-control", "public, max-age=3600");
/// Any site may load the script, as modules need to be told.
const ANYWHERE: [(&str, &str); 2] =
    [("access-control-allow-origin", "*"), ("cross-origin-resource-policy", "cross-origin")];

impl Asset {
    const fn file(self) -> File {
        match self {
            Self::Style => File::plain(include_bytes!("assets/connect.css"), "text/css; charset=utf-8"),
            Self::Script => {
                File::plain(include_bytes!("assets/connect.js"), "text/javascript; charset=utf-8")
            }
            // As registries of packages serve it; there is no registered name.
            Self::Types => File::plain(include_bytes!("assets/connect.d.ts"), "text/plain; charset=utf-8"),
        }
    }

    /// # Errors
    /// As [`File::answer`].
    pub(crate) fn answer(self, asked: &Headers) -> Result<Response, Error> {
        let [first, second] = ANYWHERE;
        match self {
            Self::Style => self.file().answer(asked, &[KEPT]),
            Self::Script | Self::Types => self.file().answer(asked, &[KEPT, first, second]),
        }
    }
}
