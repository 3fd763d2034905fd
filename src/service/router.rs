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
//! is never a campaign of the id `stop`. No answer carries CORS headers, as tokens belong on servers, not in
//! browsers; but for the script that opens the connect page, and its types.

use super::auth::Grant;
use super::connect::assets::Asset;
use super::error::Error;
use super::near::distance;
use super::routes::dashboard::Part;
use super::target;

/// What a token must be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// No token needed.
    Open,
    Token(Grant),
    /// What the table of CleverTap's endpoints says of the resource and method that the path names: CleverTap
    /// reads by POST, so the method alone tells nothing.
    Resource,
}

const READ: Scope = Scope::Token(Grant::Read);
const WRITE: Scope = Scope::Token(Grant::Write);
const ADMIN: Scope = Scope::Token(Grant::Admin);

/// What answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Health,
    Dashboard(Part),
    CampaignsList,
    CampaignsCreate,
    CampaignsGet,
    CampaignsEstimate,
    CampaignsStop,
    CampaignsTrigger,
    Reports,
    Roi,
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
    AudiencesExport,
    Custom,
    Proxy,
    Capabilities,
    AccountsList,
    AccountsLink,
    AccountsGet,
    AccountsUpdate,
    AccountsDelete,
    AccountCapabilities,
    AccountToken,
    ApiToken,
    LinkToken,
    TokenRevoke,
    ConnectForm,
    ConnectSubmit,
    ConnectAsset(Asset),
}

impl Action {
    /// Whether it answers with pages for people, failures too.
    pub(crate) const fn is_page(self) -> bool {
        matches!(self, Self::ConnectForm | Self::ConnectSubmit)
    }

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
                | Self::AudiencesExport
        )
    }

    /// Whether it answers in CSV, too.
    pub(crate) const fn writes_csv(self) -> bool {
        matches!(self, Self::AudiencesExport)
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

impl Route {
    /// Whether it is a call of an account's CleverTap: unified, custom or proxy.
    pub(crate) fn leads_to_clevertap(&self) -> bool {
        const PATHS: [&str; 3] = ["/unified/", "/custom/", "/proxy/"];
        PATHS.iter().any(|start| self.pattern.starts_with(start))
    }

    /// Whether a token of one integrated account may come here, as far as it is about that account.
    pub(crate) fn is_of_one_account(&self) -> bool {
        self.leads_to_clevertap()
            || matches!(self.action, Action::AccountsGet | Action::AccountCapabilities | Action::Capabilities)
    }
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

/// Every path that this service knows. Rows of one pattern stand together.
#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = &[
    route(GET, "/healthz", Scope::Open, Action::Health, "whether the configuration can be used"),
    route(GET, "/dashboard", Scope::Open, Action::Dashboard(Part::Page), "campaigns and their numbers, for people"),
    route(GET, "/dashboard/app.js", Scope::Open, Action::Dashboard(Part::Script), "its script"),
    route(GET, "/dashboard/app.css", Scope::Open, Action::Dashboard(Part::Style), "its style"),

    route(GET, "/unified/marketing-automation/campaigns", READ, Action::CampaignsList, "campaigns, newest start first"),
    route(POST, "/unified/marketing-automation/campaigns", WRITE, Action::CampaignsCreate, "create a campaign"),
    route(GET, "/unified/marketing-automation/campaigns/{id}", READ, Action::CampaignsGet, "one campaign"),
    route(POST, "/unified/marketing-automation/campaigns/estimate", READ, Action::CampaignsEstimate, "whom a campaign would reach"),
    route(POST, "/unified/marketing-automation/campaigns/stop", WRITE, Action::CampaignsStop, "stop a campaign"),
    route(POST, "/unified/marketing-automation/campaigns/trigger", WRITE, Action::CampaignsTrigger, "set off campaigns with an external trigger"),
    route(GET, "/unified/marketing-automation/reports", READ, Action::Reports, "metrics, as totals or time series"),

    route(GET, "/unified/marketing-automation/contacts", READ, Action::ContactsList, "people who did an event, as pages or as NDJSON; or one by name"),
    route(POST, "/unified/marketing-automation/contacts", WRITE, Action::ContactsUpsert, "create or change people: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/count", READ, Action::ContactsCount, "how many people did an event"),
    route(GET, "/unified/marketing-automation/contacts/{id}", READ, Action::ContactsGet, "one person"),
    route(PATCH, "/unified/marketing-automation/contacts/{id}", WRITE, Action::ContactsUpdate, "change one person"),
    route(DELETE, "/unified/marketing-automation/contacts/{id}", WRITE, Action::ContactsDelete, "delete one person"),
    route(POST, "/unified/marketing-automation/contacts/delete", WRITE, Action::ContactsDeleteMany, "delete people: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/opt-in", WRITE, Action::ContactsOptIn, "opt addresses in: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/opt-out", WRITE, Action::ContactsOptOut, "opt addresses out: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/contacts/device-tokens", WRITE, Action::ContactsDeviceTokens, "set devices' push tokens: one, many, or NDJSON"),
    route(GET, "/unified/marketing-automation/events", READ, Action::EventsList, "what people did, as pages or as NDJSON"),
    route(POST, "/unified/marketing-automation/events", WRITE, Action::EventsIngest, "send events: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/events/count", READ, Action::EventsCount, "how many events there were"),
    route(POST, "/unified/marketing-automation/events/trends", READ, Action::EventsTrends, "events by day, week or month"),
    route(POST, "/unified/marketing-automation/events/top", READ, Action::EventsTop, "the most frequent values of properties"),
    route(POST, "/unified/marketing-automation/events/real-time", READ, Action::EventsRealTime, "what happened in the last five minutes"),
    route(POST, "/unified/marketing-automation/messages", WRITE, Action::MessagesSend, "send a message, or set off campaigns, for known people"),
    route(GET, "/unified/marketing-automation/segments", READ, Action::SegmentsList, "segments, where the account can list them"),
    route(POST, "/unified/marketing-automation/segments", WRITE, Action::SegmentsCreate, "make a custom list or an API segment"),
    route(GET, "/unified/marketing-automation/segments/{id}", READ, Action::SegmentsGet, "one segment"),
    route(POST, "/unified/marketing-automation/segments/{id}/add", WRITE, Action::SegmentsAdd, "put people into a segment: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/segments/{id}/remove", WRITE, Action::SegmentsRemove, "take people out of a segment: one, many, or NDJSON"),
    route(POST, "/unified/marketing-automation/audiences/export", READ, Action::AudiencesExport, "people as payloads for Meta and Google, or as files; nothing is sent there"),
    route(POST, "/unified/marketing-automation/roi", READ, Action::Roi, "spend, conversions and return across channels"),

    route(ANY, "/custom/{path...}", WRITE, Action::Custom, "CleverTap's API one to one, credentials added, answer untouched"),
    route(VERBS, "/proxy/{resource}", Scope::Resource, Action::Proxy, "CleverTap's own resources by name: list, create"),
    route(VERBS, "/proxy/{resource}/{id}", Scope::Resource, Action::Proxy, "one of them by id: get, update, delete; or a custom method (POST)"),

    route(GET, "/integrated-account", READ, Action::AccountsList, "the accounts: those configured, and, where there is a store, those linked"),
    route(POST, "/integrated-account", ADMIN, Action::AccountsLink, "link an account"),
    route(GET, "/integrated-account/{id}", READ, Action::AccountsGet, "one account; me for the token's own"),
    route(PATCH, "/integrated-account/{id}", ADMIN, Action::AccountsUpdate, "change an account, for instance its passcode; it keeps its id"),
    route(DELETE, "/integrated-account/{id}", ADMIN, Action::AccountsDelete, "unlink an account"),
    route(GET, "/integrated-account/{id}/capabilities", READ, Action::AccountCapabilities, "what can be done with an account"),
    route(POST, "/integrated-account/{id}/token", ADMIN, Action::AccountToken, "make a token for one account, for minutes"),
    route(POST, "/api-token", ADMIN, Action::ApiToken, "make an API token"),
    route(POST, "/link-token", ADMIN, Action::LinkToken, "make a link token: what opens the connect page, once"),
    route(DELETE, "/token/{id}", ADMIN, Action::TokenRevoke, "take back a token, of any kind, by its id"),
    route(GET, "/connect/{token}", Scope::Open, Action::ConnectForm, "the page on which a customer links an account; the link token is in its address"),
    route(POST, "/connect/{token}", Scope::Open, Action::ConnectSubmit, "its form"),
    route(GET, "/connect.css", Scope::Open, Action::ConnectAsset(Asset::Style), "its style"),
    route(GET, "/connect.js", Scope::Open, Action::ConnectAsset(Asset::Script), "the script that opens it in a pop-up: an ES module"),
    route(GET, "/connect.d.ts", Scope::Open, Action::ConnectAsset(Asset::Types), "that script's types"),
    route(GET, "/integration/clevertap/capabilities", READ, Action::Capabilities, "what can be done with CleverTap"),
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
