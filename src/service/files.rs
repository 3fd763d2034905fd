//! Files that are part of this build, as browsers get them: the same for everybody, and kept until they change.
//!
//! | asked with | answered |
//! |---|---|
//! | `If-None-Match` with the file's tag | 304 |
//! | an `Accept-Encoding` that leaves out the file's only coding | 406 |
//! | anything else | 200 |
//!
//! A large file is kept in its compressed form alone, so that the component has it once.

use std::hash::Hasher as _;

use fnv::FnvHasher;

use super::error::Error;
use crate::transport::{Body, Headers, Response, header};

/// A file as it is served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File {
    bytes: &'static [u8],
    media: &'static str,
    /// Whether the bytes are compressed.
    is_gzip: bool,
}

impl File {
    pub(crate) const fn plain(bytes: &'static [u8], media: &'static str) -> Self {
        Self { bytes, media, is_gzip: false }
    }

    /// Of the media type that it has once it is decompressed.
    pub(crate) const fn gzip(bytes: &'static [u8], media: &'static str) -> Self {
        Self { bytes, media, is_gzip: true }
    }

    fn tag(&self) -> String {
        let mut hasher = FnvHasher::default();
        hasher.write(self.bytes);
        format!("\"{:016x}\"", hasher.finish())
    }

    /// The answer, with the headers of its own kind.
    ///
    /// # Errors
    /// 406 when the caller does not take the file's coding.
    pub(crate) fn answer(&self, asked: &Headers, also: &[(&str, &str)]) -> Result<Response, Error> {
        if self.is_gzip && !takes_gzip(asked) {
            return Err(Error::NotAcceptableCoding);
        }
        let tag = self.tag();
        let known = header(asked, "if-none-match").is_some_and(|tags| {
            tags.split(',')
                .any(|known| matches!(known.trim(), "*") || known.trim().trim_start_matches("W/") == tag)
        });
        let mut all = vec![("etag", tag.as_str()), ("x-content-type-options", "nosniff")];
        all.extend_from_slice(also);
        if self.is_gzip {
            all.push(("vary", "accept-encoding"));
        }
        if !known {
            all.push(("content-type", self.media));
            if self.is_gzip {
                all.push(("content-encoding", "gzip"));
            }
        }
        let headers =
            all.into_iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect();
        Ok(if known {
            Response { status: 304, headers, body: Body::Empty }
        } else {
            Response { status: 200, headers, body: Body::Bytes(self.bytes.to_vec()) }
        })
    }
}

/// Whoever says nothing takes any coding.
fn takes_gzip(asked: &Headers) -> bool {
    let Some(codings) = header(asked, "accept-encoding") else { return true };
    let weight = |wanted: &[&str]| {
        codings.split(',').find_map(|coding| {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let named = wanted.iter().any(|wanted| name.trim().eq_ignore_ascii_case(wanted));
            let weight =
                parameters.trim().strip_prefix("q=").map_or(Some(1.0), |text| text.trim().parse().ok());
            named.then(|| weight.unwrap_or(1.0f32))
        })
    };
    weight(&["gzip", "x-gzip"]).or_else(|| weight(&["*"])).is_some_and(|weight| weight > 0.0)
}
