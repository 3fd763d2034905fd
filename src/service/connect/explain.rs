//! Why linking did not work, in words for the person at the form.
//!
//! | what came | status | what the person can do |
//! |---|---|---|
//! | a field is empty or cannot be used | 422 | mend the field |
//! | a link that connects a project anew, and another project | 422 | enter the one that it is for |
//! | CleverTap refused the credentials | 422 | check them, and the region |
//! | CleverTap refused otherwise | 422 | read what it says |
//! | CleverTap did not answer, or asked to wait | 503 | try again |
//! | the form did not come from this page | 403 | send it again |
//! | anything else: the operator's to mend | 502 | tell the vendor |
//!
//! A 401 of CleverTap's does not become ours: browsers and proxies take that for a log-in of their own.

use super::entry::{AUTOMATIC, Entry, Field};
use crate::model;
use crate::model::Failure;
use crate::service::error::Error;

/// CleverTap's own words are cut after so many characters: what it says is a line, a page of HTML says nothing.
const LONGEST_QUOTE: usize = 200;

/// What the form says about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    pub(crate) texts: Vec<String>,
    pub(crate) fields: Vec<(Field, &'static str)>,
}

impl Problem {
    fn new(status: u16, title: &'static str, texts: impl IntoIterator<Item = String>) -> Self {
        Self { status, title, texts: texts.into_iter().collect(), fields: Vec::new() }
    }

    /// What is wrong with a field.
    pub(crate) fn at(&self, field: Field) -> Option<&'static str> {
        self.fields.iter().find(|(other, _)| *other == field).map(|(_, text)| *text)
    }

    /// What an entry lacks, if anything.
    pub(crate) fn of_entry(entry: &Entry) -> Option<Self> {
        let fields: Vec<_> = entry.missing().map(|field| (field, missing(field))).collect();
        (!fields.is_empty()).then(|| Self { fields, ..Self::invalid() })
    }

    /// The form did not come from this page, or the browser kept no cookie.
    pub(crate) fn strange() -> Self {
        Self::new(
            403,
            "Please enter it once more",
            ["For your safety this form is taken only from the page that it was filled in on, in the same browser. \
              If this comes up again, allow cookies for this page, and open it with https."
                .to_owned()],
        )
    }

    /// The link is for an account that has another project.
    pub(crate) fn another_project() -> Self {
        let says = "This link is for the project that was connected before: enter its ID.";
        Self { fields: vec![(Field::ProjectId, says)], ..Self::invalid() }
    }

    /// `reference` finds the request in the log.
    pub(crate) fn of_error(error: &Error, entry: &Entry, reference: &str) -> Self {
        use model::Error as Core;
        match error {
            Error::Core(Core::Unauthorized { message, .. }) => Self::refused(entry, message),
            Error::Core(Core::Invalid(failures)) => {
                Self::unusable(failures).unwrap_or_else(|| Self::not_theirs(reference))
            }
            Error::Core(Core::Refused(refusal)) if refusal.status < 500 => {
                Self::new(422, "CleverTap refused to connect this project", [quote(&refusal.message)])
            }
            Error::Core(
                Core::Unreachable { .. }
                | Core::TimedOut { .. }
                | Core::DoesNotFit { .. }
                | Core::RateLimited { .. }
                | Core::NotReady { .. }
                | Core::Undecodable { .. }
                | Core::Refused(_),
            ) => Self::new(
                503,
                "CleverTap did not answer",
                ["Nothing was connected. What you entered may well be right: wait a minute, enter the passcode again, \
                  and try once more."
                    .to_owned()],
            ),
            _ => Self::not_theirs(reference),
        }
    }

    fn not_theirs(reference: &str) -> Self {
        Self::new(
            502,
            "This does not work at the moment",
            [format!(
                "Nothing was connected, and it is nothing that you entered. Please tell the application that sent you \
                 here, with this reference: {reference}"
            )],
        )
    }

    fn invalid() -> Self {
        Self::new(422, "Something is missing, or cannot be used", [])
    }

    fn refused(entry: &Entry, said: &str) -> Self {
        let hint = if entry.region == AUTOMATIC {
            "None of CleverTap’s regions took this project ID with this passcode. Check both, and whether the passcode \
             is still valid."
        } else {
            "Check the project ID and the passcode, and then the region: in a wrong region, CleverTap refuses a right \
             passcode just the same. If you are not sure of it, choose “Find my region automatically”."
        };
        Self::new(422, "CleverTap did not accept these credentials", [hint.to_owned(), quote(said)])
    }

    /// None when it is about nothing that people fill in.
    fn unusable(failures: &[Failure]) -> Option<Self> {
        let wrong = |field: &Field| failures.iter().any(|failure| failure.field == field.name());
        let fields: Vec<_> =
            Field::FILLED.into_iter().filter(wrong).map(|field| (field, unusable(field))).collect();
        (!fields.is_empty()).then(|| Self { fields, ..Self::invalid() })
    }
}

const fn missing(field: Field) -> &'static str {
    match field {
        Field::Seal => "",
        Field::ProjectId => "Enter the project ID.",
        Field::Passcode => "Enter the passcode.",
        Field::Region => "Choose a region, or have it found automatically.",
    }
}

const fn unusable(field: Field) -> &'static str {
    match field {
        Field::Seal => "",
        Field::ProjectId => "Enter the project ID as the dashboard shows it, without spaces.",
        Field::Passcode => "Enter the passcode as the dashboard shows it, without spaces.",
        Field::Region => "Choose one of the regions in the list.",
    }
}

fn quote(said: &str) -> String {
    let short: String = said.chars().take(LONGEST_QUOTE).collect();
    let more = if short.len() < said.len() { "…" } else { "" };
    format!("CleverTap’s own words: “{short}{more}”")
}
