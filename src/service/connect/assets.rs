//! Style, script and types: the same for everybody, and kept by browsers.

use std::hash::Hasher as _;

use fnv::FnvHasher;

use crate::transport::{Body, Headers, Response, header};

/// A file as it is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asset {
    Style,
    Script,
    Types,
}

impl Asset {
    const fn text(self) -> &'static str {
        match self {
            Self::Style => include_str!("assets/connect.css"),
            Self::Script => include_str!("assets/connect.js"),
            Self::Types => include_str!("assets/connect.d.ts"),
        }
    }

    const fn media(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            // As registries of packages serve it; there is no registered name.
            Self::Types => "text/plain; charset=utf-8",
        }
    }

    fn tag(self) -> String {
        let mut hasher = FnvHasher::default();
        hasher.write(self.text().as_bytes());
        format!("\"{:016x}\"", hasher.finish())
    }

    /// 200, or 304 to whoever has it. Any site may load the script, as modules need to be told.
    pub(crate) fn answer(self, asked: &Headers) -> Response {
        let tag = self.tag();
        let known = header(asked, "if-none-match").is_some_and(|tags| {
            tags.split(',')
                .any(|known| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == tag)
        });
        let mut headers: Headers = Vec::new();
        let mut also = |name: &str, value: &str| headers.push((name.to_owned(), value.as_bytes().to_vec()));
        also("etag", &tag);
        also("cache-control", "public, max-age=3600");
        if self != Self::Style {
            also("access-control-allow-origin", "*");
            also("cross-origin-resource-policy", "cross-origin");
        }
        if known {
            return Response { status: 304, headers, body: Body::Empty };
        }
        also("content-type", self.media());
        also("x-content-type-options", "nosniff");
        Response { status: 200, headers, body: Body::Bytes(self.text().as_bytes().to_vec()) }
    }
}
