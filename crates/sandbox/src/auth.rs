//! Who calls, and whether this region knows them.

use crate::answer::Answer;
use crate::request::Request;

/// The region codes of section 1.1.
const REGIONS: &[&str] = &["eu1", "in1", "sg1", "us1", "aps3", "mec1", "sk1"];

/// [REC] S:ruby, section 2.1, with its spacing.
pub(crate) fn unknown_account() -> Answer {
    Answer::verbatim(401, r#"{ "status" : "fail" , "error" : "Account ID is not valid" , "code" : 401}"#)
}

/// [3P] S:rudder-t, S:rudder-s, section 2.1. A wrong region looks the same
/// ([3P] S:leanderp, S:ingestr, section 1.3).
pub(crate) fn invalid_credentials() -> Answer {
    Answer::fail(401, "Invalid Credentials", 401)
}

/// [3P] S:lokalise, section 2.1.
pub(crate) fn empty_account() -> Answer {
    Answer::of_status(503)
}

/// The region that the request's host name stands for; `None` when it names
/// none, as on loopback.
pub(crate) fn region(request: &Request) -> Option<&'static str> {
    let host = request.header("host")?.to_ascii_lowercase();
    let name = host.split(':').next().unwrap_or_default();
    let label = name.split('.').next().unwrap_or_default();
    if name == "api.clevertap.com" {
        return Some("eu1");
    }
    REGIONS.iter().copied().find(|region| *region == label)
}
