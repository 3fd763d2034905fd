//! The table of endpoints: method, path, what it may do, where it is known
//! from. Paths and numbers are those of section 5 of the API reference.

use crate::visit::Handler;
use crate::{counts, export, profile, report, target_list, target_result, targets, trends, triggers, upload};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// `{}` stands for one segment.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
    /// Whether it stores something, so that it can be lost after it was stored.
    pub(crate) writes: bool,
    /// Where it is known from.
    pub(crate) source: &'static str,
}

const fn read(m: &'static str, path: &'static str, handler: Handler, source: &'static str) -> Endpoint {
    Endpoint { method: m, path, handler, writes: false, source }
}

const fn write(m: &'static str, path: &'static str, handler: Handler, source: &'static str) -> Endpoint {
    Endpoint { method: m, path, handler, writes: true, source }
}

#[rustfmt::skip]
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    // Users and events.
    write("POST", "/1/upload", upload::upload, "section 6, [DOC] S:upload"),
    read("GET", "/1/profile.json", profile::profile, "section 8.1, [OFF] S:snippets"),
    read("POST", "/1/profiles.json", export::open_profiles, "section 8.2, [OFF] S:snippets"),
    read("GET", "/1/profiles.json", export::read_profiles, "section 8.2, [OFF] S:snippets"),
    read("POST", "/1/events.json", export::open_events, "section 9, [OFF] S:snippets"),
    read("GET", "/1/events.json", export::read_events, "section 9, [REC] S:quickhouse"),
    read("POST", "/1/counts/events.json", counts::events, "section 10.2, [OFF] S:snippets"),
    read("GET", "/1/counts/events.json", counts::events, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/counts/profiles.json", counts::profiles, "section 10.2, [OFF] S:snippets"),
    read("GET", "/1/counts/profiles.json", counts::profiles, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/counts/top.json", counts::top, "section 10.3, [OFF] S:snippets"),
    read("GET", "/1/counts/top.json", counts::top, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/counts/trends.json", trends::trends, "section 10.4, [OFF] S:snippets"),
    read("GET", "/1/counts/trends.json", trends::trends, "section 10.1, [OFF] S:snippets"),
    read("POST", "/1/now.json", counts::now, "section 10.5, [OFF] S:snippets"),
    // Reports and campaigns.
    read("POST", "/1/message/report.json", report::report, "section 11, [DOC] S:msgreport"),
    read("POST", "/1/targets/list.json", target_list::list, "section 12.3, [DOC] S:campaigns"),
    read("POST", "/1/targets/result.json", target_result::result, "section 12.5, [OFF] S:snippets"),
    write("POST", "/1/targets/create.json", targets::create, "section 12.1, [DOC] S:create"),
    read("POST", "/1/targets/estimate.json", targets::estimate, "section 12.2, [OFF] S:node"),
    write("POST", "/1/targets/stop.json", targets::stop, "section 12.4, [OFF] S:snippets"),
    write("POST", "/1/targets/trigger.json", triggers::bulletin, "section 13.3, [DOC] S:docs-mirror"),
    // Messages.
    write("POST", "/1/send/push.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/email.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/sms.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/webpush.json", triggers::send, "section 13.1, [OFF] S:snippets"),
    write("POST", "/1/send/whatsapp.json", triggers::send, "section 13.1, [DOC] S:create"),
    write("POST", "/1/send/externaltrigger.json", triggers::external, "section 13.2, [DOC] S:exttrigger"),
    write("POST", "/2/send/externaltrigger.json", triggers::external_many, "section 13.2, [DOC] S:exttrigger"),
];

/// What the table says about a method and a path.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Endpoint(&'static Endpoint, Vec<&'a str>),
    WrongMethod,
    Nothing,
}

pub(crate) fn find<'a>(method: &str, path: &'a str) -> Found<'a> {
    let mut found = Found::Nothing;
    // Literal paths before patterns.
    let exact = |endpoint: &&Endpoint| !endpoint.path.contains("{}");
    let literals = ENDPOINTS.iter().filter(exact);
    let patterns = ENDPOINTS.iter().filter(|endpoint| !exact(endpoint));
    for endpoint in literals.chain(patterns) {
        let Some(segments) = matches(endpoint.path, path) else {
            continue;
        };
        if endpoint.method == method {
            return Found::Endpoint(endpoint, segments);
        }
        found = Found::WrongMethod;
    }
    found
}

fn matches<'a>(pattern: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut segments = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(segments),
            (Some("{}"), Some(segment)) if !segment.is_empty() => segments.push(segment),
            (Some(want), Some(segment)) if want == segment => {}
            _ => return None,
        }
    }
}

/// All paths, for the explanation of an unexpected call.
pub(crate) fn known() -> String {
    let mut known: Vec<_> =
        ENDPOINTS.iter().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    known.dedup();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_whole_segments() {
        assert_eq!(matches("/v2/catalogs/{}/products", "/v2/catalogs/7/products"), Some(vec!["7"]));
        assert_eq!(matches("/v2/catalogs/{}", "/v2/catalogs/"), None);
        assert_eq!(matches("/1/upload", "/1/upload/"), None);
        assert!(matches!(find("GET", "/1/message/report.json"), Found::WrongMethod));
        assert!(matches!(find("GET", "/1/foo"), Found::Nothing));
    }
}
