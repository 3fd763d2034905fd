//! Whether CleverTap accepts the credentials, and in which region.
//!
//! | answer to `GET /v1/connect` | then |
//! |---|---|
//! | success | accepted |
//! | a refusal with code 401 | not accepted |
//! | anything else that CleverTap says (not every account has the call) | the campaigns of one past day decide |
//! | none | that error |
//!
//! With region `auto` every region is asked in turn, each with its share of the deadline, until one accepts.
//! Where an endpoint is set it is the only place that is asked.

use serde_json::json;
use url::Url;

use super::{Call, Session};
use crate::clevertap::classify::{Answer, code};
use crate::clevertap::operation::{CONNECTION_CHECK, Operation, TARGETS_LIST};
use crate::clevertap::region::{Region, RegionChoice};
use crate::model::Error;
use crate::transport::Host;

/// How this project introduces itself.
const PARTNER: &str = "unified-marketing-automation";

/// A day on which most accounts had no campaign, so that the answer is small.
const QUIET_DAY: u32 = 20_200_101;

/// What verifying an account found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Code of the region that accepted, or `auto` where an endpoint decides.
    pub region: String,
    /// With its port, where that is not the usual one.
    pub host: String,
    /// The call that was made, for instance `GET /v1/connect`.
    pub checked_with: String,
}

impl<H: Host> Session<'_, H> {
    /// Asks CleverTap whether it accepts the credentials, with a harmless read. With region `auto`, the account
    /// keeps the region that does.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when none accepts; other errors when it cannot be found out.
    pub async fn verify(&self) -> Result<Verified, Error> {
        if self.account.region.get() != RegionChoice::Auto || self.account.endpoint.is_some() {
            let base = self.account.base_url()?;
            let checked_with = self.check(&base, None).await?;
            let region = match self.account.region.get() {
                RegionChoice::One(region) => region.code(),
                RegionChoice::Auto => "auto",
            };
            return Ok(verified(region, &base, checked_with));
        }
        self.search().await
    }

    async fn search(&self) -> Result<Verified, Error> {
        let (mut refused, mut unknown) = (Vec::new(), Vec::new());
        let mut first = None;
        let mut left = u32::try_from(Region::ALL.len()).unwrap_or(u32::MAX);
        for region in Region::ALL.iter().copied() {
            let base = Url::parse(&format!("https://{}/", region.api_host()))
                .map_err(|error| Error::invalid("region", format!("has no usable host: {error}")))?;
            let share = self.deadline.remaining(self.host).checked_div(left).unwrap_or_default();
            left = left.saturating_sub(1);
            match self.check(&base, Some(share)).await {
                Ok(checked_with) => {
                    self.account.region.set(RegionChoice::One(region));
                    return Ok(verified(region.code(), &base, checked_with));
                }
                Err(Error::Unauthorized { message, body }) => refused.push((region, message, body)),
                Err(error) => {
                    unknown.push(format!("{region} ({})", error.code()));
                    first.get_or_insert(error);
                }
            }
        }
        let regions: Vec<_> = refused.iter().map(|(region, _, _)| region.code()).collect();
        match (refused.pop(), first) {
            (Some((_, message, body)), _) => {
                let mut text = format!("{message}, in each of {}", regions.join(", "));
                if !unknown.is_empty() {
                    text = format!("{text}; not found out: {}", unknown.join(", "));
                }
                Err(Error::Unauthorized { message: text, body })
            }
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::Unsupported { what: "there is no region to try".to_owned() }),
        }
    }

    /// The call that showed the credentials to be accepted.
    async fn check(&self, base: &Url, share: Option<std::time::Duration>) -> Result<String, Error> {
        // In a search, one region that does not answer must not use up the others' time.
        let (tries, budget) = (share.map(|_| 1), share.and_then(|share| share.checked_div(2)));
        let call = Call { tries, budget, ..Call::default() }.query("partner", PARTNER);
        match self.call_at(base, &CONNECTION_CHECK, call).await {
            Ok(Answer::Done(body)) if body.get("status").is_some_and(|status| status == "success") => {
                return Ok(name(&CONNECTION_CHECK));
            }
            Err(Error::Unauthorized { message, body }) if code(&body) == Some(401) => {
                return Err(Error::Unauthorized { message, body });
            }
            Ok(_)
            | Err(
                Error::Unauthorized { .. }
                | Error::NotFound { .. }
                | Error::Undecodable { .. }
                | Error::Refused(_),
            ) => {}
            Err(error) => return Err(error),
        }
        let call = Call { tries, budget, ..Call::with(json!({"from": QUIET_DAY, "to": QUIET_DAY})) };
        self.call_at(base, &TARGETS_LIST, call).await.map(|_| name(&TARGETS_LIST))
    }
}

fn name(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn verified(region: &str, base: &Url, checked_with: String) -> Verified {
    let host = base.host_str().unwrap_or_default();
    let host = base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Verified { region: region.to_owned(), host, checked_with }
}
