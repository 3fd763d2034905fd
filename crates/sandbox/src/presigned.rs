//! Uploads to pre-signed URLs, as Amazon S3 takes them: no CleverTap headers,
//! a signature, an expiry.

use std::collections::BTreeMap;

use hyper::body::Bytes;

use crate::answer::Answer;
use crate::request::Request;
use crate::rng::hash;
use crate::{State, Variants};

pub(crate) const PREFIX: &str = "/__upload/";

/// What was uploaded, by path.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    next: u64,
    files: BTreeMap<String, Option<Bytes>>,
}

impl Uploads {
    /// A new URL under `base`.
    pub(crate) fn sign(&mut self, base: &str, project_id: &str) -> String {
        self.next += 1;
        let path = format!("{PREFIX}{project_id}/{}.csv", self.next);
        let url = format!("{base}{path}?X-Amz-Expires=86400&X-Amz-Signature={}", signature(&path));
        self.files.insert(path, None);
        url
    }

    /// The file behind a URL that was given out; `None` before it was uploaded.
    pub(crate) fn file(&self, url: &str) -> Option<&Bytes> {
        let path = url.get(url.find(PREFIX)?..)?;
        let path = path.split('?').next()?;
        self.files.get(path)?.as_ref()
    }
}

fn signature(path: &str) -> String {
    format!("{:016x}", hash(64, path.as_bytes()))
}

/// `PUT` of a file ([OFF] S:snippets, [3P] S:accio, section 15.1): 200 and
/// nothing; 403 when expired.
pub(crate) fn put(state: &State, request: &Request, variants: &Variants) -> Answer {
    let refuse = |status, code: &str, text: &str| {
        let body = format!("<Error><Code>{code}</Code><Message>{text}</Message></Error>");
        Answer::text(status, "application/xml", body)
    };
    if request.method != "PUT" {
        return refuse(405, "MethodNotAllowed", "PUT the file");
    }
    if request.headers.iter().any(|(name, _)| name.starts_with("x-clevertap-")) {
        return refuse(400, "InvalidRequest", "CleverTap's headers must not be sent to storage");
    }
    if request.param("X-Amz-Signature") != Some(signature(&request.path)) {
        return refuse(403, "SignatureDoesNotMatch", "the URL was changed");
    }
    if variants.expired_upload_urls {
        return refuse(403, "AccessDenied", "Request has expired");
    }
    let project_id = request.path.trim_start_matches(PREFIX).split('/').next().unwrap_or_default();
    let stored = state.with(project_id, |account| {
        let file = account.files.files.get_mut(&request.path)?;
        *file = Some(request.body.clone());
        Some(())
    });
    match stored.flatten() {
        Some(()) => Answer::text(200, "text/plain", String::new()),
        None => refuse(404, "NoSuchKey", "no such upload"),
    }
}
