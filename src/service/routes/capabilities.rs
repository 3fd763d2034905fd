//! What can be done with CleverTap here: discovery for programs and people.
//!
//! | section | from |
//! |---|---|
//! | `proxy` | the table of CleverTap's endpoints, those included that cannot be reached by name, with the reason |
//! | `unified` | the table of routes |
//! | `auth` | what an account needs |
//! | `fields` | the table of what CleverTap reports |
//!
//! | parameter | |
//! |---|---|
//! | `type` | sections: `proxy`, `unified`, `auth`, `fields` |
//! | `methods` | names of methods, or `read`, `write`, `custom` |
//! | `resource` | names of resources |

use serde::Serialize;

use super::accounts::Shown;
use crate::clevertap::fields::{FIELDS, FieldRow};
use crate::clevertap::operation::{OPERATIONS, Operation, Scope, Trust, UNREACHABLE};
use crate::clevertap::region::Region;
use crate::service::context::Context;
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::query::{Query, Reader};
use crate::service::router::{Action, ROUTES};
use crate::transport::{Host, Response};

const MODEL: &str = "marketing-automation";
const SECTIONS: &[&str] = &["proxy", "unified", "auth", "fields"];

#[derive(Debug, Serialize)]
struct Capabilities {
    integration: Integration,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<Vec<ProxyResource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unified: Option<Vec<UnifiedResource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<Auth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<&'static FieldRow>>,
}

#[derive(Debug, Serialize)]
struct Integration {
    name: &'static str,
    label: &'static str,
    category: &'static str,
}

#[derive(Debug, Serialize)]
struct ProxyResource {
    resource: &'static str,
    methods: Vec<&'static str>,
    operations: Vec<ProxyOperation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreachable: Vec<Unreachable>,
}

#[derive(Debug, Serialize)]
struct ProxyOperation {
    method: &'static str,
    remote_method: &'static str,
    remote_path: &'static str,
    scope: &'static str,
    /// How well the endpoint is known.
    known_from: &'static str,
    docs_url: Option<String>,
}

impl ProxyOperation {
    fn of(operation: &Operation) -> Self {
        Self {
            method: operation.proxy_method,
            remote_method: operation.method,
            remote_path: operation.path,
            scope: match operation.scope {
                Scope::Read => "read",
                Scope::Write => "write",
            },
            known_from: match operation.trust {
                Trust::Documented => "documentation",
                Trust::Official => "official code",
                Trust::ThirdParty => "third parties' code",
            },
            docs_url: (!operation.doc.is_empty())
                .then(|| format!("https://developer.clevertap.com/docs/{}", operation.doc)),
        }
    }
}

#[derive(Debug, Serialize)]
struct Unreachable {
    method: &'static str,
    reason: &'static str,
}

#[derive(Debug, Serialize)]
struct UnifiedResource {
    model: &'static str,
    resource: &'static str,
    methods: Vec<&'static str>,
    env_overridden: bool,
    docs_url: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Auth {
    formats: &'static [&'static str],
    fields: Vec<AuthField>,
}

#[derive(Debug, Serialize)]
struct AuthField {
    name: &'static str,
    label: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    required: bool,
    description: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<AuthOption>,
}

#[derive(Debug, Serialize)]
struct AuthOption {
    value: &'static str,
    label: &'static str,
}

pub(super) fn of_integration<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    answer(context, None)
}

pub(super) async fn of_account<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let found = context.found(Some(context.value("id"))).await?;
    answer(context, Some(Shown::of(found)))
}

fn answer<H: Host>(context: &Context<'_, H>, account: Option<Shown>) -> Result<Response, Error> {
    let query = Query::parse(context.target.query)?;
    let reader = Reader::new(&query);
    let filter = Filter::read(&reader);
    reader.refuse("has_description", "is not supported: everything here has a description");
    reader.finish()?;
    envelope::json(200, &filter.capabilities(account))
}

/// What the caller wants to know; an empty list is everything.
#[derive(Debug)]
struct Filter<'q> {
    sections: Vec<&'q str>,
    methods: Vec<&'q str>,
    resources: Vec<&'q str>,
}

impl<'q> Filter<'q> {
    fn read(reader: &Reader<'q>) -> Self {
        let sections = reader.list("type");
        if !sections.iter().all(|section| SECTIONS.contains(section)) {
            reader
                .fail("type", format!("has a section that is not known; accepted: {}", SECTIONS.join(", ")));
        }
        Self { sections, methods: reader.list("methods"), resources: reader.list("resource") }
    }

    fn section<T>(&self, name: &str, content: impl FnOnce() -> T) -> Option<T> {
        (self.sections.is_empty() || self.sections.contains(&name)).then(content)
    }

    fn has_resource(&self, resource: &str) -> bool {
        self.resources.is_empty() || self.resources.contains(&resource)
    }

    fn has_method(&self, method: &str) -> bool {
        let group = match method {
            "list" | "get" => "read",
            "create" | "update" | "delete" => "write",
            _ => "custom",
        };
        self.methods.is_empty() || self.methods.contains(&method) || self.methods.contains(&group)
    }

    fn capabilities(&self, account: Option<Shown>) -> Capabilities {
        Capabilities {
            integration: Integration { name: "clevertap", label: "CleverTap", category: MODEL },
            account,
            proxy: self.section("proxy", || self.proxy()),
            unified: self.section("unified", || self.unified()),
            auth: self.section("auth", auth),
            fields: self
                .section("fields", || FIELDS.iter().filter(|row| self.has_resource(row.resource)).collect()),
        }
    }

    fn proxy(&self) -> Vec<ProxyResource> {
        let wanted = |resource: &str, method: &str| self.has_resource(resource) && self.has_method(method);
        let operations: Vec<_> =
            OPERATIONS.iter().filter(|row| wanted(row.resource, row.proxy_method)).collect();
        let unreachable: Vec<_> =
            UNREACHABLE.iter().filter(|row| wanted(row.resource, row.proxy_method)).collect();
        let mut names: Vec<&'static str> = Vec::new();
        for name in
            operations.iter().map(|row| row.resource).chain(unreachable.iter().map(|row| row.resource))
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let resource = |name| ProxyResource {
            resource: name,
            methods: operations
                .iter()
                .filter(|row| row.resource == name)
                .map(|row| row.proxy_method)
                .collect(),
            operations: operations
                .iter()
                .filter(|row| row.resource == name)
                .map(|row| ProxyOperation::of(row))
                .collect(),
            unreachable: unreachable
                .iter()
                .filter(|row| row.resource == name)
                .map(|row| Unreachable { method: row.proxy_method, reason: row.reason })
                .collect(),
        };
        names.into_iter().map(resource).collect()
    }

    fn unified(&self) -> Vec<UnifiedResource> {
        let mut resources: Vec<UnifiedResource> = Vec::new();
        for route in ROUTES {
            let Some((resource, method)) = unified_method(route.action) else { continue };
            if !self.has_resource(resource) || !self.has_method(method) {
                continue;
            }
            match resources.iter_mut().find(|known| known.resource == resource) {
                Some(known) => known.methods.push(method),
                None => resources.push(UnifiedResource {
                    model: MODEL,
                    resource,
                    methods: vec![method],
                    env_overridden: false,
                    docs_url: None,
                }),
            }
        }
        resources
    }
}

/// A route's resource and method, in Truto's words.
fn unified_method(action: Action) -> Option<(&'static str, &'static str)> {
    match action {
        Action::CampaignsList => Some(("campaigns", "list")),
        Action::CampaignsGet => Some(("campaigns", "get")),
        Action::CampaignsCreate => Some(("campaigns", "create")),
        Action::CampaignsEstimate => Some(("campaigns", "estimate")),
        Action::CampaignsStop => Some(("campaigns", "stop")),
        Action::CampaignsTrigger => Some(("campaigns", "trigger")),
        Action::Reports => Some(("reports", "list")),
        Action::Roi => Some(("roi", "compare")),
        Action::ContactsList => Some(("contacts", "list")),
        Action::ContactsGet => Some(("contacts", "get")),
        Action::ContactsCount => Some(("contacts", "count")),
        Action::EventsList => Some(("events", "list")),
        Action::EventsCount => Some(("events", "count")),
        Action::EventsTrends => Some(("events", "trends")),
        Action::EventsTop => Some(("events", "top")),
        Action::EventsRealTime => Some(("events", "real_time")),
        Action::ContactsUpsert => Some(("contacts", "create")),
        Action::ContactsUpdate => Some(("contacts", "update")),
        Action::ContactsDelete => Some(("contacts", "delete")),
        Action::ContactsDeleteMany => Some(("contacts", "delete_many")),
        Action::ContactsOptIn => Some(("contacts", "opt_in")),
        Action::ContactsOptOut => Some(("contacts", "opt_out")),
        Action::ContactsDeviceTokens => Some(("contacts", "device_tokens")),
        Action::EventsIngest => Some(("events", "create")),
        Action::MessagesSend => Some(("messages", "create")),
        Action::SegmentsList => Some(("segments", "list")),
        Action::SegmentsGet => Some(("segments", "get")),
        Action::SegmentsCreate => Some(("segments", "create")),
        Action::SegmentsAdd => Some(("segments", "add")),
        Action::SegmentsRemove => Some(("segments", "remove")),
        Action::AudiencesExport => Some(("audiences", "export")),
        Action::Health
        | Action::Dashboard(_)
        | Action::Custom
        | Action::Proxy
        | Action::Capabilities
        | Action::AccountsList
        | Action::AccountsLink
        | Action::AccountsGet
        | Action::AccountsUpdate
        | Action::AccountsDelete
        | Action::AccountCapabilities
        | Action::AccountToken
        | Action::ApiToken
        | Action::LinkToken
        | Action::TokenRevoke
        | Action::ConnectForm
        | Action::ConnectSubmit
        | Action::ConnectAsset(_) => None,
    }
}

fn auth() -> Auth {
    let field = |name, label, kind, required, description| AuthField {
        name,
        label,
        kind,
        required,
        description,
        options: Vec::new(),
    };
    let regions =
        Region::ALL.iter().map(|region| AuthOption { value: region.code(), label: region.label() }).collect();
    Auth {
        formats: &["api_key"],
        fields: vec![
            field("project_id", "Project ID", "text", true, "Settings, Project: the project (account) ID"),
            field(
                "passcode",
                "Passcode",
                "password",
                true,
                "Settings, Passcodes: one that may do what is needed",
            ),
            AuthField {
                options: regions,
                ..field("region", "Region", "select", true, "the first label of the dashboard's address")
            },
            field(
                "timezone",
                "Time zone",
                "text",
                false,
                "IANA name of the project's time zone; without it, CleverTap's times stay unread",
            ),
        ],
    }
}
