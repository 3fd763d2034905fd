//! Making tokens, and taking them back.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /api-token` | `{scope, expires_in?}` | `{id, token, scope, expires_at}` |
//! | `POST /integrated-account/{id}/token` | `{scope?, expires_in?}`; `read` unless told, never `admin` | the same, with `integrated_account_id` |
//! | `POST /link-token` | what [`Link`] has, and `expires_in?` | `{id, link_token, path, url, expires_at}` |
//! | `DELETE /token/{id}` | | `{id}`; needs a store |
//!
//! `expires_in` is in seconds; the table of [`token`] has the bounds.

use serde_json::{Map, json};
use url::{Host as UrlHost, Url};

use super::accounts::{check_context, check_tenant};
use crate::clevertap::time::{Zone, rfc3339};
use crate::service::accounts::linking::keys;
use crate::service::accounts::{self, Found};
use crate::service::auth::Grant;
use crate::service::body;
use crate::service::config::{ALLOWED_ENDPOINTS, MOST_NAME, NAME};
use crate::service::context::{ACCOUNT, Context};
use crate::service::envelope;
use crate::service::error::Error;
use crate::service::fields::Fields;
use crate::service::query::{Query, Reader};
use crate::service::token::{self, Claims, Kind, Link, Order};
use crate::transport::{Body, Host, Response};

/// The shortest life of a token, in seconds.
const LEAST_SECONDS: u32 = 60;
/// The longest link token, in bytes; many proxies take addresses of 8 KB.
const MOST_LINK: usize = 7000;
/// The longest `state`, in bytes; it travels in an address.
const MOST_STATE: usize = 512;

pub(super) async fn api<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let keys = keys(context.config, "making tokens")?;
    let mut fields = begin(context, body).await?;
    let scope = fields.needed("scope", "read, write or admin");
    let grant = Grant::parse(&scope);
    if grant.is_none() && !scope.is_empty() {
        fields.fail("scope", "must be read, write or admin");
    }
    let seconds = expires_in(&mut fields, Kind::Api);
    fields.finish()?;
    let issued = token::issue(context.host, keys, Kind::Api, Order { grant, seconds, ..Order::default() });
    let Claims { id, expires_at, .. } = issued.claims;
    envelope::json(
        200,
        &json!({ "id": id, "token": issued.text, "scope": grant, "expires_at": rfc3339(expires_at) }),
    )
}

pub(super) async fn of_account<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let keys = keys(context.config, "making tokens")?;
    let found = context.found(Some(context.value("id"))).await?.clone();
    let mut fields = begin(context, body).await?;
    let grant = match fields.text("scope").as_deref() {
        None | Some("read") => Grant::Read,
        Some("write") => Grant::Write,
        Some(_) => {
            fields.fail("scope", "must be read or write: an account's token links and makes nothing");
            Grant::Read
        }
    };
    let seconds = expires_in(&mut fields, Kind::Account);
    fields.finish()?;
    let Found { reference, .. } = found;
    let order = Order { grant: Some(grant), account: Some(reference.clone()), seconds, ..Order::default() };
    let issued = token::issue(context.host, keys, Kind::Account, order);
    let Claims { id, expires_at, .. } = issued.claims;
    envelope::json(
        200,
        &json!({
            "id": id, "token": issued.text, "scope": grant, "integrated_account_id": reference,
            "expires_at": rfc3339(expires_at),
        }),
    )
}

pub(super) async fn link<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let keys = keys(context.config, "making link tokens")?;
    let mut fields = begin(context, body).await?;
    let link = read_link(&mut fields);
    if link.timezone.as_ref().is_some_and(|name| Zone::named(name).is_none()) {
        fields.fail("timezone", format!("not a known time zone; accepted is {}", Zone::accepted_hint()));
    }
    let allowed = |text: &String| {
        Url::parse(text).is_ok_and(|endpoint| context.config.terms.endpoints.contains(&endpoint))
    };
    if link.endpoint.as_ref().is_some_and(|endpoint| !allowed(endpoint)) {
        fields.fail(
            "endpoint",
            format!("is not allowed: the operator must list its origin in {ALLOWED_ENDPOINTS}"),
        );
    }
    let seconds = expires_in(&mut fields, Kind::Link);
    fields.finish()?;
    if let Some(reference) = &link.integrated_account_id {
        let found = accounts::find(context.host, context.config, reference).await?;
        if found.linked.is_none() {
            return Err(Error::Configured);
        }
    }
    let order = Order { link: Some(&link), seconds, ..Order::default() };
    let issued = token::issue(context.host, keys, Kind::Link, order);
    if issued.text.len() > MOST_LINK {
        return Err(Error::invalid(
            "",
            format!(
                "makes a link of more than {MOST_LINK} bytes, which not every browser and proxy takes: shorten context or redirect_uri"
            ),
        ));
    }
    let Claims { id, expires_at, .. } = issued.claims;
    let path = format!("/connect/{}", issued.text);
    let url = context.config.public_url.as_ref().map(|public| format!("{public}{path}"));
    envelope::json(
        200,
        &json!({
            "id": id, "link_token": issued.text, "path": path, "url": url,
            "expires_at": rfc3339(expires_at),
        }),
    )
}

pub(super) async fn revoke<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    no_query(context)?;
    let id = context.value("id");
    if !token::is_id(id) {
        return Err(Error::invalid(
            "id",
            "is the id of a token: 32 hexadecimal digits, from the answer that made it",
        ));
    }
    token::revoke(context.host, id).await?;
    envelope::json(200, &json!({ "id": id }))
}

async fn begin<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Fields, Error> {
    no_query(context)?;
    let fields = body::json(context.headers, body).await?.unwrap_or_else(|| Map::new().into());
    match fields {
        serde_json::Value::Object(fields) => Ok(Fields::new(fields)),
        _ => Err(Error::invalid("", "the body must be a JSON object")),
    }
}

fn no_query<H: Host>(context: &Context<'_, H>) -> Result<(), Error> {
    let query = Query::parse(context.target.query)?;
    Reader::new(&query).finish()
}

fn expires_in(fields: &mut Fields, kind: Kind) -> Option<u32> {
    fields.number("expires_in", LEAST_SECONDS, kind.most_seconds())
}

fn read_link(fields: &mut Fields) -> Link {
    let link = Link {
        vendor_name: fields.text("vendor_name"),
        tenant_id: fields.text("tenant_id"),
        context: fields.object("context").unwrap_or_default(),
        integrated_account_id: fields.text(ACCOUNT),
        redirect_uri: fields.text("redirect_uri"),
        origin: fields.text("origin"),
        state: fields.text("state"),
        timezone: fields.text("timezone"),
        endpoint: fields.text("endpoint"),
    };
    let named = |name: &String| name.chars().count() <= MOST_NAME && !name.contains(char::is_control);
    if link.vendor_name.as_ref().is_some_and(|name| !named(name)) {
        fields.fail("vendor_name", NAME);
    }
    check_tenant(fields, link.tenant_id.as_deref());
    check_context(fields, &link.context);
    let safe =
        |uri: &String| web_address(uri).is_some_and(|url| url.scheme() == "https" || is_loopback(&url));
    if link.redirect_uri.as_ref().is_some_and(|uri| !safe(uri)) {
        fields.fail(
            "redirect_uri",
            "must be an absolute https address, or http on this machine, without a user name and a fragment: a linked account goes there",
        );
    }
    let is_origin = |origin: &String| {
        web_address(origin).is_some_and(|url| url.origin().ascii_serialization() == *origin)
    };
    if link.origin.as_ref().is_some_and(|origin| !is_origin(origin)) {
        fields
            .fail("origin", "must be the origin of a page, such as https://app.example.com, without a path");
    }
    if link.state.as_ref().is_some_and(|state| state.len() > MOST_STATE) {
        fields.fail("state", format!("must have at most {MOST_STATE} bytes"));
    }
    link
}

/// Where plain HTTP stays on the machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(UrlHost::Domain(name)) => name == "localhost",
        Some(UrlHost::Ipv4(address)) => address.is_loopback(),
        Some(UrlHost::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .filter(|url| url.username().is_empty() && url.password().is_none() && url.fragment().is_none())
}
