//! Which path and method is what: one table.
//!
//! | asked | answered |
//! |---|---|
//! | a path that no pattern has | 404, with the patterns near it |
//! | a method that the path does not take | 405 with `Allow` |
//! | `HEAD` | as `GET`, without the body |
//! | `OPTIONS` | 204 with `Allow`, without a token; never sent on to CleverTap |
//! | `OPTIONS *` | the same, for all methods there are |
//!
//! Where two patterns have a path, the one with a literal in the earlier place has it alone: `campaigns/stop`
//! is never a campaign of the id `stop`. No answer carries CORS headers: tokens belong on servers, not in
//! browsers.

use super::accounts::distance;
use super::error::Error;
use super::target;

/// What a token must be allowed to do. Every token may do everything for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// No token needed.
    Open,
    /// Reads what CleverTap has.
    Read,
    /// Changes something there, or sends messages to people.
    Write,
    /// Either, by the method.
    ByMethod,
}

/// What answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Health,
    CampaignsList,
    CampaignsCreate,
    CampaignsGet,
    CampaignsEstimate,
    CampaignsStop,
    CampaignsTrigger,
    Reports,
    ContactsList,
    ContactsGet,
    ContactsCount,
    EventsList,
    EventsCount,
    EventsTrends,
    EventsTop,
    EventsRealTime,
    ContactsUpsert,
    ContactsUpdate,
    ContactsDelete,
    ContactsDeleteMany,
    ContactsOptIn,
    ContactsOptOut,
    ContactsDeviceTokens,
    EventsIngest,
    MessagesSend,
    SegmentsList,
    SegmentsGet,
    SegmentsCreate,
    SegmentsAdd,
    SegmentsRemove,
    Custom,
    Proxy,
    Capabilities,
    AccountsList,
    AccountsGet,
    AccountCapabilities,
    /// Part of the API, not of this build; with the words for it.
    NotBuilt(&'static str),
}

impl Action {
    /// Whether it answers in NDJSON, too.
    pub(crate) const fn streams(self) -> bool {
        matches!(
            self,
            Self::ContactsList
                | Self::EventsList
                | Self::ContactsUpsert
                | Self::ContactsDeleteMany
                | Self::ContactsOptIn
                | Self::ContactsOptOut
                | Self::ContactsDeviceTokens
                | Self::EventsIngest
                | Self::MessagesSend
                | Self::SegmentsAdd
                | Self::SegmentsRemove
        )
    }
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// In upper case; none for any.
    pub(crate) methods: &'static [&'static str],
    /// `{name}` is one segment that is not empty, `{name...}` all that follows.
    pub(crate) pattern: &'static str,
    pub(crate) scope: Scope,
    pub(crate) action: Action,
    /// For people.
    pub(crate) doc: &'static str,
}

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const PATCH: &[&str] = &["PATCH"];
const DELETE: &[&str] = &["DELETE"];
const ANY: &[&str] = &[];
/// Truto's: there is no PUT.
const VERBS: &[&str] = &["GET", "POST", "PATCH", "DELETE"];

const fn route(
    methods: &'static [&'static str],
    pattern: &'static str,
    scope: Scope,
    action: Action,
    doc: &'static str,
) -> Route {
    Route { methods, pattern, scope, action, doc }
}

const fn not_built(methods: &'static [&'static str], pattern: &'static str, what: &'static str) -> Route {
    route(methods, pattern, Scope::ByMethod, Action::NotBuilt(what), "not in this build")
}

/// Every path that this service knows. Rows of one pattern stand together.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route(GET, "/healthz", Scope::Open, Action::Health, "whether the configuration can be used"),

    route(GET, "/unified/marketing-automation/campaigns", Scope::Read, Action::CampaignsList, "campaigns, newest start first"),
    route(POST, "/unified/marketing-automation/campaigns", Scope::Write, Action::CampaignsCreate, "create a campaign"),
    route(GET, "/unified/marketing-automation/campaigns/{id}", Scope::Read, Action::CampaignsGet, "one campaign"),
    route(POST, "/unified/marketing-automation/campaigns/estimate", Scope::Read, Action::CampaignsEstimate, "whom a campaign would reach"),
    route(POST, "/unified/marketing-automation/campaigns/stop", Scope::Write, Action::CampaignsStop, "stop a campaign"),
    route(POST, "/unified/marketing-automation/campaigns/trigger", Scope::Write, Action::CampaignsTrigger, "set off campaigns with an external trigger"),
    route(GET, "/unified/marketing-automation/reports", Scope::Read, Action::Reports, "metrics, as totals or time series"),

    route(GET, "/unified/marketing-automation/contacts", Scope::Read, Action::ContactsList, "people who did an event, as pages or as NDJSON; or one by name"),
    route(POST, "/unified/marketing-automation/contacts", Scope::Write, Action::ContactsUpsert, "create or change people: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/count", Scope::Read, Action::ContactsCount, "how many people did an event"),
    route(GET, "/unified/marketing-automation/contacts/{id}", Scope::Read, Action::ContactsGet, "one person"),
    route(PATCH, "/unified/marketing-automation/contacts/{id}", Scope::Write, Action::ContactsUpdate, "change one person"),
    route(DELETE, "/unified/marketing-automation/contacts/{id}", Scope::Write, Action::ContactsDelete, "delete one person"),
    route(POST, "/unified/marketing-automation/contacts/delete", Scope::Write, Action::ContactsDeleteMany, "delete people: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/opt-in", Scope::Write, Action::ContactsOptIn, "opt addresses in: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/opt-out", Scope::Write, Action::ContactsOptOut, "opt addresses out: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/device-tokens", Scope::Write, Action::ContactsDeviceTokens, "set devices' push tokens: one, many, or NDJSON"),
    route(GET, "/unified/marketing-automation/events", Scope::Read, Action::EventsList, "what people did, as pages or as NDJSON"),
    route(POST, "/unified/marketing-automation/events", Scope::Write, Action::EventsIngest, "send events: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/events/count", Scope::Read, Action::EventsCount, "how many events there were"),
    route(POST, "/unified/marketing-automation/events/trends", Scope::Read, Action::EventsTrends, "events by day, week or month"),
    route(POST, "/unified/marketing-automation/events/top", Scope::Read, Action::EventsTop, "the most frequent values of properties"),
    route(POST, "/unified/marketing-automation/events/real-time", Scope::Read, Action::EventsRealTime, "what happened in the last five minutes"),
    route(POST, "/unified/marketing-automation/messages", Scope::Write, Action::MessagesSend, "send a message, or set off campaigns, for known people"),
    route(GET, "/unified/marketing-automation/segments", Scope::Read, Action::SegmentsList, "segments, where the account can list them"),
    route(POST, "/unified/marketing-automation/segments", Scope::Write, Action::SegmentsCreate, "make a custom list or an API segment"),
    route(GET, "/unified/marketing-automation/segments/{id}", Scope::Read, Action::SegmentsGet, "one segment"),
    route(POST, "/unified/marketing-automation/segments/{id}/add", Scope::Write, Action::SegmentsAdd, "put people into a segment: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/segments/{id}/remove", Scope::Write, Action::SegmentsRemove, "take people out of a segment: one, many, or NDJSON"),
    not_built(POST, "/unified/marketing-automation/audiences/export", "audience exports"),
    not_built(POST, "/unified/marketing-automation/roi", "ROI comparisons"),

    route(ANY, "/custom/{path...}", Scope::ByMethod, Action::Custom, "CleverTap's API one to one, credentials added, answer untouched"),
    route(VERBS, "/proxy/{resource}", Scope::ByMethod, Action::Proxy, "CleverTap's own resources by name: list, create"),
    route(VERBS, "/proxy/{resource}/{id}", Scope::ByMethod, Action::Proxy, "one of them by id: get, update, delete; or a custom method (POST)"),

    route(GET, "/integrated-account", Scope::Read, Action::AccountsList, "the configured accounts"),
    route(GET, "/integrated-account/{id}", Scope::Read, Action::AccountsGet, "one configured account"),
    route(GET, "/integrated-account/{id}/capabilities", Scope::Read, Action::AccountCapabilities, "what can be done with an account"),
    route(GET, "/integration/clevertap/capabilities", Scope::Read, Action::Capabilities, "what can be done with CleverTap"),
];

/// What a path and method lead to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The row, and the values of its `{name}`s. A `{name...}` stays as it came, percent-encoding and all.
    Route(&'static Route, Vec<(&'static str, String)>),
    /// The value of `Allow`.
    Options(String),
}

/// # Errors
/// 400 for broken percent-encoding, 404, 405.
pub(crate) fn find(method: &str, path: &str) -> Result<Found, Error> {
    if path == "*" && method == "OPTIONS" {
        return Ok(Found::Options(allow(ROUTES.iter().collect::<Vec<_>>().as_slice())));
    }
    let segments: Vec<Option<String>> = path.split('/').skip(1).map(target::decode).collect();
    let matching =
        || ROUTES.iter().filter_map(|route| Some((route, values(route.pattern, path, &segments)?)));
    let Some(best) = matching().map(|(route, _)| literals(route.pattern)).max() else {
        if segments.contains(&None) {
            return Err(Error::BadTarget(
                "the path has broken percent-encoding: it is %XX with two hexadecimal digits, of UTF-8"
                    .to_owned(),
            ));
        }
        return Err(Error::NoRoute { near: near(path) });
    };
    let rows: Vec<_> = matching().filter(|(route, _)| literals(route.pattern) == best).collect();
    let routes: Vec<&Route> = rows.iter().map(|(route, _)| *route).collect();
    let allow = || allow(&routes);
    if method == "OPTIONS" {
        return Ok(Found::Options(allow()));
    }
    rows.into_iter()
        .find(|(route, _)| takes(route, method))
        .map(|(route, values)| Found::Route(route, values))
        .ok_or_else(|| Error::MethodNotAllowed { allow: allow() })
}

/// The values of a pattern's names, when the path has the pattern. A segment is none when it cannot be decoded.
fn values(
    pattern: &'static str,
    path: &str,
    segments: &[Option<String>],
) -> Option<Vec<(&'static str, String)>> {
    let mut values = Vec::new();
    let mut left = segments.iter();
    for (place, part) in pattern.split('/').skip(1).enumerate() {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            if left.next().is_some_and(|segment| segment.as_deref() == Some(part)) {
                continue;
            }
            return None;
        };
        if let Some(name) = name.strip_suffix("...") {
            // What follows as many slashes as there are segments before, this one's own included.
            let rest = path.splitn(place.saturating_add(2), '/').last().filter(|_| left.next().is_some())?;
            values.push((name, rest.to_owned()));
            return Some(values);
        }
        values.push((name, left.next()?.clone().filter(|segment| !segment.is_empty())?));
    }
    left.next().is_none().then_some(values)
}

/// Where a pattern is literal; the greater one is the more precise.
fn literals(pattern: &str) -> Vec<bool> {
    pattern.split('/').map(|part| !part.starts_with('{')).collect()
}

/// Methods that `/custom` does not send on: they are about the connection to this service.
const OURS: &[&str] = &["OPTIONS", "TRACE", "CONNECT"];

fn takes(route: &Route, method: &str) -> bool {
    if route.methods.is_empty() {
        return !OURS.contains(&method);
    }
    route.methods.contains(&method) || (method == "HEAD" && route.methods.contains(&"GET"))
}

fn allow(routes: &[&Route]) -> String {
    let takes = |method: &&&str| **method == "OPTIONS" || routes.iter().any(|route| takes(route, method));
    let all = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    all.iter().filter(takes).copied().collect::<Vec<_>>().join(", ")
}

/// More segments than any pattern has; a path may have thousands.
const DEEPEST: usize = 8;

/// Up to five patterns that begin as the path does, or whose last literal is nearly one of its segments.
fn near(path: &str) -> Vec<&'static str> {
    let given: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).take(DEEPEST).collect();
    let score = |pattern: &str| {
        pattern
            .split('/')
            .filter(|part| !part.is_empty() && !part.starts_with('{'))
            .filter(|part| {
                given
                    .iter()
                    .any(|segment| segment.len() < 40 && distance(&segment.to_ascii_lowercase(), part) <= 2)
            })
            .count()
    };
    let mut scored: Vec<(usize, &'static str)> = Vec::new();
    for route in ROUTES {
        let points = score(route.pattern);
        if points > 0 && !scored.iter().any(|(_, pattern)| *pattern == route.pattern) {
            scored.push((points, route.pattern));
        }
    }
    scored.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    scored.into_iter().take(5).map(|(_, pattern)| pattern).collect()
}
