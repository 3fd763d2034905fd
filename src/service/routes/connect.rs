//! `/connect/{token}`: the page on which a vendor's customer links an account, opened by a link token.
//!
//! | asked | answered |
//! |---|---|
//! | `GET` | the form; with `status=cancelled`, the page that says so |
//! | `POST` the form, and CleverTap accepts | the account is kept, the token used up; the page that goes on to the vendor |
//! | `POST` the form, anything else | the form with what is wrong, and what was entered but for the passcode |
//! | either, with a token that is none, has expired or was used | 404 or 410, and to whom to turn |
//! | either, while something fails that is not the person's to mend | a page with the request's id |
//!
//! Other parameters of the address are let pass: links get some on their way.

use serde_json::json;
use url::{Url, form_urlencoded};

use crate::service::accounts::linking::{self, Draft};
use crate::service::accounts::{self, Found, Origin};
use crate::service::connect::csrf::{self, Nonce};
use crate::service::connect::ending::{self, DeadLink, ResultView};
use crate::service::connect::entry::Entry;
use crate::service::connect::explain::Problem;
use crate::service::connect::form::FormView;
use crate::service::connect::headers;
use crate::service::connect::onward::{Onward, Reference, Status, Way};
use crate::service::context::Context;
use crate::service::error::Error;
use crate::service::keys::Keyring;
use crate::service::token::{self, Kind, Link, TokenError};
use crate::transport::{Body, Host, Response};

/// The query of a page in a pop-up after "Cancel".
const CANCELLED: &str = "?display=popup&status=cancelled";

pub(super) async fn show<H: Host>(context: &Context<'_, H>) -> Result<Response, Error> {
    let visit = Visit::begin(context).await?;
    if parameter(context, "status").as_deref() == Some(Status::Cancelled.as_str()) {
        return Ok(visit.ended(Status::Cancelled, &visit.way().cancelled()));
    }
    Ok(visit.form(context, 200, "", "", None))
}

pub(super) async fn submit<H: Host>(context: &Context<'_, H>, body: Body) -> Result<Response, Error> {
    let visit = Visit::begin(context).await?;
    // Who sends the form twice at once, as a double click does, takes turns, and finds the link used.
    let instance = context.host.instance();
    let _turn = instance.lanes.enter(&format!("link/{}", visit.id), 1).await;
    let visit = Visit::begin(context).await?;
    let entry = Entry::read(context.headers, body).await?;
    let ours = context.config.public_url.as_deref().or(context.authority);
    if !csrf::is_ours(context.headers, ours, &entry.seal, &visit.id, visit.keys) {
        // Nothing of what another site may have entered.
        let problem = Problem::strange();
        return Ok(visit.form(context, problem.status, "", "", Some(&problem)));
    }
    let problem = match Problem::of_entry(&entry) {
        Some(problem) => problem,
        None => match visit.link(context, &entry).await {
            Ok(found) => {
                let is_sealed = found.origin == Origin::Sealed;
                let account = Reference { text: found.reference, is_sealed };
                return Ok(visit.ended(Status::Linked, &visit.way().linked(account)));
            }
            Err(problem) => problem,
        },
    };
    Ok(visit.form(context, problem.status, &entry.project_id, &entry.region, Some(&problem)))
}

/// The page for what leaves no form to show. `reference` finds the request in the log.
pub(in crate::service) fn failed(error: &Error, reference: &str) -> Response {
    let dead = match error {
        Error::Token(TokenError::Unknown) => Some(DeadLink::Unknown),
        Error::Token(TokenError::Expired) => Some(DeadLink::Expired),
        Error::Token(TokenError::Revoked) => Some(DeadLink::Used),
        _ => None,
    };
    match dead {
        Some(dead) => page(dead.status(), dead.render(), None),
        None => page(error.status(), ending::broken(reference), None),
    }
}

/// Somebody with a link that works.
struct Visit<'a> {
    keys: &'a Keyring,
    /// Of the link token.
    id: String,
    link: Link,
    vendor: Option<String>,
    redirect_uri: Option<Url>,
    popup: bool,
}

impl<'a> Visit<'a> {
    /// # Errors
    /// When the link leads nowhere, or whether it does cannot be found out.
    async fn begin<H: Host>(context: &Context<'a, H>) -> Result<Self, Error> {
        let unknown = Error::Token(TokenError::Unknown);
        // Without a key none was given out.
        let keys = context.config.keys.as_ref().ok_or(unknown.clone())?;
        let claims = token::read(context.host, keys, Kind::Link, context.value("token")).await?;
        let link = claims.link(keys).ok_or(unknown)?;
        Ok(Self {
            keys,
            id: claims.id,
            vendor: link.vendor_name.clone().or_else(|| context.config.vendor_name.clone()),
            redirect_uri: link.redirect_uri.as_deref().and_then(|uri| Url::parse(uri).ok()),
            popup: parameter(context, "display").as_deref() == Some("popup"),
            link,
        })
    }

    fn way(&self) -> Way<'_> {
        Way {
            redirect_uri: self.redirect_uri.as_ref(),
            origin: self.link.origin.as_deref(),
            state: self.link.state.as_deref(),
            popup: self.popup,
        }
    }

    /// Links the account, or connects anew the one that the link is for; then the link is used up, where there is a
    /// store to note it in.
    ///
    /// # Errors
    /// Noted for the log, and in words for the person at the form.
    async fn link<H: Host>(&self, context: &Context<'_, H>, entry: &Entry) -> Result<Found, Problem> {
        let note = |code| context.note.borrow_mut().code = Some(code);
        let problem = |error: Error| {
            note(error.code());
            Problem::of_error(&error, entry, &context.trace.request_id)
        };
        let mut draft = Draft::new(entry.project_id.clone(), entry.passcode.clone(), entry.region.clone());
        draft.linked.timezone = self.link.timezone.clone();
        draft.linked.endpoint = self.link.endpoint.clone();
        draft.linked.tenant_id = self.link.tenant_id.clone();
        draft.linked.context = self.link.context.clone();
        let found = match &self.link.integrated_account_id {
            None => linking::link(context, draft).await.map_err(problem)?,
            Some(reference) => {
                let before =
                    accounts::find(context.host, context.config, reference).await.map_err(problem)?;
                let old = before.linked.as_ref().ok_or(Error::Configured).map_err(problem)?;
                if draft.linked.project_id != old.project_id {
                    note("another_project");
                    return Err(Problem::another_project());
                }
                let draft = draft.in_place_of(old);
                linking::relink(context, &before, draft).await.map_err(problem)?
            }
        };
        context.note.borrow_mut().account = Some(found.account.id.clone());
        match token::revoke(context.host, &self.id).await {
            Ok(()) | Err(Error::NeedsStore { .. }) => {}
            // The account is linked, and that must not be taken for a failure; the link works until it expires.
            Err(error) => {
                let line = json!({ "kind": "store", "token": self.id, "message": error.to_string() });
                context.host.log(&line.to_string());
            }
        }
        Ok(found)
    }

    fn form<H: Host>(
        &self,
        context: &Context<'_, H>,
        status: u16,
        project_id: &str,
        region: &str,
        problem: Option<&Problem>,
    ) -> Response {
        let nonce = Nonce::of(context.host, context.headers);
        let onward = self.way().cancelled();
        let form = FormView {
            vendor: self.vendor.as_deref(),
            seal: &nonce.seal(&self.id, self.keys),
            project_id,
            region,
            problem,
            cancel: match &onward.report {
                Some(_) => Some(CANCELLED),
                None => onward.address(),
            },
        };
        let mut response = page(status, form.render(), None);
        response.headers.push(("set-cookie".to_owned(), nonce.cookie().into_bytes()));
        response
    }

    fn ended(&self, status: Status, onward: &Onward) -> Response {
        let view = ResultView { vendor: self.vendor.as_deref(), status, onward };
        page(200, view.render(), Some(onward))
    }
}

/// A parameter of the address.
fn parameter<H: Host>(context: &Context<'_, H>, name: &str) -> Option<String> {
    form_urlencoded::parse(context.target.query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn page(status: u16, html: String, onward: Option<&Onward>) -> Response {
    Response { status, headers: headers::of_page(onward), body: Body::Bytes(html.into_bytes()) }
}
