//! The pages that end it: linked, cancelled, and links that lead nowhere.

use maud::{Markup, html};

use super::onward::{Onward, Status, Step};
use super::page::{document, refreshed, vendor};

/// The result, and how it gets to the vendor.
#[derive(Debug, Clone)]
pub(crate) struct ResultView<'a> {
    pub(crate) vendor: Option<&'a str>,
    pub(crate) status: Status,
    pub(crate) onward: &'a Onward,
}

impl ResultView<'_> {
    pub(crate) fn render(&self) -> String {
        let (title, sign) = match self.status {
            Status::Linked => ("CleverTap is connected", true),
            Status::Cancelled => ("Nothing was connected", false),
        };
        let name = vendor(self.vendor);
        let said = match (self.status, &self.onward.step) {
            (Status::Linked, Step::Copy(_)) => {
                format!(
                    "CleverTap accepted your credentials. One step is left: copy this code, and give it to {name}."
                )
            }
            (Status::Linked, _) => {
                format!("CleverTap accepted your credentials, and {name} can now use this project.")
            }
            (Status::Cancelled, _) => "You cancelled. Nothing was kept.".to_owned(),
        };
        let onward = match self.vendor {
            Some(name) => format!("Continue to {name}"),
            None => "Continue".to_owned(),
        };
        let report = self.onward.report.as_ref();
        let main = html! {
            main data-connect="result" data-status=(self.status.as_str())
                data-account=[report.and_then(|report| report.account.as_deref())]
                data-origin=[report.map(|report| report.origin.as_str())] {
                (mark(sign))
                h1 { (title) }
                p.lead { (said) }
                @match &self.onward.step {
                    Step::Go(url) => div.actions { a.button href=(url) { (onward) } },
                    Step::Post(url, fields) => form method="post" action=(url) {
                        @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                        button type="submit" { (onward) }
                    },
                    Step::Copy(code) => div {
                        label for="code" { "Connection code" }
                        textarea id="code" readonly rows="6" spellcheck="false" { (code) }
                    },
                    Step::Nothing => p { "You can close this window." },
                }
            }
        };
        // A pop-up reports first: its script goes on itself when nobody is there to hear it.
        match (&self.onward.step, report) {
            (Step::Go(url), None) => refreshed(title, url, &main),
            _ => document(title, &main),
        }
    }
}

/// Why a link leads nowhere. No more than the person can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeadLink {
    /// Not one of ours, or damaged on its way.
    Unknown,
    Expired,
    /// Or taken back.
    Used,
}

impl DeadLink {
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Expired | Self::Used => 410,
        }
    }

    pub(crate) fn render(self) -> String {
        let (title, said) = match self {
            Self::Unknown => ("This link does not work", "It may have been copied in part."),
            Self::Expired => {
                ("This link has expired", "Links for connecting a project work for a limited time.")
            }
            Self::Used => {
                ("This link was used already", "A link connects one project, once, or it was taken back.")
            }
        };
        notice(
            title,
            &html! {
                p.lead { (said) }
                p { "Go back to the application that sent you here, and ask it for a new link." }
            },
        )
    }
}

/// When the page itself cannot be shown. `reference` finds the request in the log.
pub(crate) fn broken(reference: &str) -> String {
    notice(
        "This does not work at the moment",
        &html! {
            p.lead { "Nothing was connected, and it is nothing that you did." }
            p { "Please tell the application that sent you here, with this reference: " code { (reference) } }
        },
    )
}

fn notice(title: &str, text: &Markup) -> String {
    document(title, &html! { main { (mark(false)) h1 { (title) } (text) } })
}

/// A tick, or a link that is broken.
fn mark(good: bool) -> Markup {
    html! {
        div.mark.good[good] aria-hidden="true" {
            svg viewBox="0 0 24 24" {
                @if good {
                    path d="m5 12.5 4.5 4.5L19 7.5";
                } @else {
                    path d="M9.5 17H7A5 5 0 0 1 7 7h1m7 0h2a5 5 0 0 1 3.5 8.5M8.5 12H12M3 3l18 18";
                }
            }
        }
    }
}
