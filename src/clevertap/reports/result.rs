//! A campaign's own report, `targets/result.json`: fills what the message report leaves out.

use serde_json::{Value, json};

use super::super::client::{Call, Session};
use super::super::operation;
use super::shape::since_start;
use crate::model::{Channel, Counts, Error, Warning};
use crate::transport::Host;

/// What the report said.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Ready {
        counts: Box<Counts>,
        remote: Value,
    },
    /// CleverTap has not finished counting, in any of its four ways of saying so (section 12.6).
    Pending,
    /// CleverTap has no report for it: of some accounts it reports API campaigns only (3P S:ingestr).
    Unavailable,
}

/// The report of one campaign.
///
/// # Errors
/// Whatever is not "not yet" or "not for this one".
pub async fn result<H: Host>(
    session: &Session<'_, H>,
    id: u64,
    channel: Option<Channel>,
) -> Result<(Outcome, Vec<Warning>), Error> {
    let mut warnings = Vec::new();
    match session
        .done(&operation::TARGETS_RESULT, Call { body: Some(json!({"id": id})), ..Call::default() })
        .await
    {
        Ok(remote) => {
            let outcome = read(remote, channel, &mut warnings);
            Ok((outcome, warnings))
        }
        Err(Error::NotReady { .. }) => Ok((Outcome::Pending, warnings)),
        Err(Error::Refused(refusal)) if refusal.status < 500 => {
            warnings.push(Warning::new(
                "result_refused",
                format!("CleverTap has no result for some campaigns: {}", refusal.message),
            ));
            Ok((Outcome::Unavailable, warnings))
        }
        Err(Error::NotFound { .. } | Error::Undecodable { .. }) => {
            warnings.push(Warning::new(
                "result_refused",
                "CleverTap has no result, or none that can be read, for some campaigns",
            ));
            Ok((Outcome::Unavailable, warnings))
        }
        // One campaign's numbers are not worth the whole page: they are there at the next asking.
        Err(Error::TimedOut { .. } | Error::RateLimited { .. } | Error::Unreachable { .. }) => {
            warnings.push(Warning::new(
                "result_not_fetched",
                "some campaigns' own results did not come in time: their rows are pending",
            ));
            Ok((Outcome::Pending, warnings))
        }
        Err(error) => Err(error),
    }
}

fn read(remote: Value, channel: Option<Channel>, warnings: &mut Vec<Warning>) -> Outcome {
    let undated = "a result of several numbers without dates";
    let counts = since_start(&remote, channel, undated, warnings);
    Outcome::Ready { counts: Box::new(counts), remote }
}

/// Fills the counts that are null from others.
pub fn fill(counts: &mut Counts, others: &Counts) {
    for name in Counts::NAMES {
        if counts.get(name).is_none() {
            counts.set(name, others.get(name));
        }
    }
    if counts.conversion_value.is_none() {
        counts.conversion_value.clone_from(&others.conversion_value);
        counts.currency.clone_from(&others.currency);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_documented_answer() {
        let Outcome::Ready { counts, .. } =
            read(json!({"result": {"clicked": 28, "sent": 82}, "status": "success"}), None, &mut Vec::new())
        else {
            panic!()
        };
        assert_eq!((counts.sent, counts.clicks, counts.opens), (Some(82), Some(28), None));
    }

    #[test]
    fn an_open_object_is_not_guessed() {
        let mut warnings = Vec::new();
        let Outcome::Ready { counts, .. } =
            read(json!({"result": {"metrics": {"x": 1}}, "status": "success"}), None, &mut warnings)
        else {
            panic!()
        };
        assert_eq!((*counts, warnings[0].code), (Counts::default(), "unrecognised_report_shape"));
    }

    #[test]
    fn fills_only_what_is_absent() {
        let mut counts = Counts { sent: Some(0), ..Counts::default() };
        fill(&mut counts, &Counts { sent: Some(5), clicks: Some(2), ..Counts::default() });
        assert_eq!((counts.sent, counts.clicks), (Some(0), Some(2)));
    }
}
