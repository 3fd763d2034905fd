//! What state a linked account is in, by Truto's names, and how it changes.
//!
//! | status | |
//! |---|---|
//! | `active` | CleverTap accepted the credentials |
//! | `needs_reauth` | CleverTap refused them after that |
//! | `validation_error` | it never has: the account was kept unverified |
//!
//! With a store, an account changes by what CleverTap makes of its credentials in any call: a refusal moves it to
//! `needs_reauth`, a call that goes through to `active`. Status and account are kept apart, and a status says for
//! which change of the account it holds: a call that was under way with the old passcode must not mark the new
//! one. Without a store nobody keeps it; then `GET /integrated-account/{id}?verify=true` asks CleverTap.

use serde::{Deserialize, Serialize};

use super::linked::Linked;
use super::shelf::Shelf;
use super::{Found, Origin};
use crate::clevertap::account::Standing;
use crate::service::error::Error;
use crate::transport::body::LocalFuture;
use crate::transport::{Body, Host, Response, SendError, Source};

/// See the table above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    NeedsReauth,
    ValidationError,
}

impl Status {
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::NeedsReauth, Self::ValidationError];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsReauth => "needs_reauth",
            Self::ValidationError => "validation_error",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == text)
    }

    /// Of an account that nothing has been noted about.
    pub(crate) const fn initial(linked: &Linked) -> Self {
        if linked.verified { Self::Active } else { Self::ValidationError }
    }

    /// After what CleverTap made of the credentials.
    pub(crate) const fn after(self, standing: Standing) -> Self {
        match (standing, self) {
            (Standing::Accepted, _) => Self::Active,
            (Standing::Refused, Self::Active | Self::NeedsReauth) => Self::NeedsReauth,
            (Standing::Refused, Self::ValidationError) => Self::ValidationError,
        }
    }
}

/// Notes what a request showed of its account, once the request is over: now, or when its answer has been written.
pub(crate) async fn follow<H: Host>(host: &H, found: Option<&Found>, answer: &mut Result<Response, Error>) {
    let Some(found) = found.filter(|found| found.origin == Origin::Stored) else { return };
    note(host, found).await;
    if let Ok(Response { body, .. }) = answer
        && matches!(body, Body::Stream(..))
        && let Body::Stream(source, length) = std::mem::replace(body, Body::Empty)
    {
        let followed = Followed { source, host: host.clone(), found: found.clone() };
        *body = Body::Stream(Box::new(followed), length);
    }
}

/// Writes the status that an account has after this request, if it is another one. A store that fails here fails no
/// request: the next one notes the same.
async fn note<H: Host>(host: &H, found: &Found) {
    let (Some(standing), Some(before), Some(linked)) =
        (found.account.standing.get(), found.status, &found.linked)
    else {
        return;
    };
    let after = before.after(standing);
    if after != before
        && let Some(shelf) = Shelf::of(host)
        && let Err(error) = shelf.set_status(&found.account.id, linked, after).await
    {
        let line =
            serde_json::json!({ "kind": "store", "account": found.account.id, "message": error.to_string() });
        host.log(&line.to_string());
    }
}

/// An answer that is still being written.
struct Followed<H: Host> {
    source: Box<dyn Source>,
    host: H,
    found: Found,
}

impl<H: Host> Source for Followed<H> {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
        Box::pin(async move {
            let piece = self.source.next().await;
            if !matches!(piece, Ok(Some(_))) {
                note(&self.host, &self.found).await;
            }
            piece
        })
    }

    fn patience(&self) -> Option<std::time::Duration> {
        self.source.patience()
    }

    fn work(&mut self) -> LocalFuture<'_, std::convert::Infallible> {
        self.source.work()
    }
}
