//! The form.

use maud::{Markup, html};

use super::entry::{AUTOMATIC, Field};
use super::explain::Problem;
use super::page::{document, pair, vendor};
use crate::clevertap::region::Region;

/// All that the form shows.
#[derive(Debug, Clone)]
pub(crate) struct FormView<'a> {
    pub(crate) vendor: Option<&'a str>,
    /// Of [`super::csrf`].
    pub(crate) seal: &'a str,
    /// As it was entered; empty at first.
    pub(crate) project_id: &'a str,
    /// The value of an option; anything else chooses none.
    pub(crate) region: &'a str,
    pub(crate) problem: Option<&'a Problem>,
    /// Where "Cancel" leads, where there is something to go back to.
    pub(crate) cancel: Option<&'a str>,
}

impl FormView<'_> {
    /// The page. Its form is sent to the page's own address.
    pub(crate) fn render(&self) -> String {
        let title = match self.vendor {
            Some(name) => format!("Connect CleverTap to {name}"),
            None => "Connect your CleverTap project".to_owned(),
        };
        let main = html! {
            main data-connect="form" {
                (pair(self.vendor))
                h1 { (title) }
                p.lead {
                    "Enter a project’s ID, passcode and region. With them, " (vendor(self.vendor))
                    " can read and change this project’s data through CleverTap’s API."
                }
                @if let Some(problem) = self.problem { (summary(problem)) }
                form method="post" data-checking="Checking with CleverTap…" {
                    input type="hidden" name=(Field::Seal.name()) value=(self.seal);
                    (help(self.vendor))
                    (self.field(Field::ProjectId, self.project_id))
                    (self.field(Field::Passcode, ""))
                    (self.regions())
                    div.actions {
                        button type="submit" { "Connect" }
                        @if let Some(cancel) = self.cancel { a href=(cancel) { "Cancel" } }
                    }
                    p role="status" {}
                }
                p.fine {
                    "Your passcode is checked with CleverTap before anything is kept, and kept encrypted. It is never shown again."
                }
            }
        };
        let title = if self.problem.is_some() { format!("Error: {title}") } else { title };
        document(&title, &main)
    }

    fn wrong(&self, field: Field) -> Option<&'static str> {
        self.problem.and_then(|problem| problem.at(field))
    }

    /// A text field; that of the passcode shows dots, and nothing of what was entered before.
    fn field(&self, field: Field, value: &str) -> Markup {
        let (name, wrong) = (field.name(), self.wrong(field));
        let secret = field == Field::Passcode;
        html! {
            div.field {
                label for=(name) { (field.label()) }
                @if let Some(wrong) = wrong { (message(field, wrong)) }
                input id=(name) name=(name) type=(if secret { "password" } else { "text" })
                    value=[(!secret).then_some(value)] required maxlength="256"
                    autocomplete="off" autocapitalize="none" spellcheck="false"
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| described(field))];
            }
        }
    }

    fn regions(&self) -> Markup {
        let (field, wrong) = (Field::Region, self.wrong(Field::Region));
        let described = match wrong {
            Some(_) => format!("{} region-hint", described(field)),
            None => "region-hint".to_owned(),
        };
        let choices = Region::ALL.iter().map(|region| (region.code(), region.label()));
        html! {
            div.field {
                label for=(field.name()) { (field.label()) }
                p.hint id="region-hint" {
                    "Your dashboard’s address begins with it: " code { "https://in1.dashboard.clevertap.com" }
                    " is India (in1). To find it automatically, your project ID and passcode are tried at each of \
                     CleverTap’s regional hosts, one after the other, until one accepts them."
                }
                @if let Some(wrong) = wrong { (message(field, wrong)) }
                select id=(field.name()) name=(field.name()) required
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=(described) {
                    option value="" { "Choose a region" }
                    @for (code, label) in choices {
                        option value=(code) selected[code == self.region] { (label) " (" (code) ")" }
                    }
                    option value=(AUTOMATIC) selected[self.region == AUTOMATIC] { "Find my region automatically" }
                }
            }
        }
    }
}

/// Where the error of a field is.
fn described(field: Field) -> String {
    format!("{}-wrong", field.name())
}

fn message(field: Field, text: &str) -> Markup {
    html! { p.wrong id=(described(field)) { (text) } }
}

/// What is wrong, first on the page and focused, with a link to each field.
fn summary(problem: &Problem) -> Markup {
    html! {
        section.summary aria-labelledby="problem" tabindex="-1" autofocus {
            h2 id="problem" { (problem.title) }
            @for text in &problem.texts { p { (text) } }
            @if !problem.fields.is_empty() {
                ul {
                    @for (field, text) in &problem.fields {
                        li { a href={ "#" (field.name()) } { (text) } }
                    }
                }
            }
        }
    }
}

fn help(vendor: Option<&str>) -> Markup {
    html! {
        details.help {
            summary { "Where do I find these?" }
            ol {
                li { "Log in to CleverTap’s dashboard, open " strong { "Settings" } ", and choose " strong { "Project" } "." }
                li { "The " strong { "Project ID" } " is there; a test project’s begins with " code { "TEST-" } "." }
                li {
                    "The " strong { "Passcode" } " is there, too. An administrator can make one for "
                    @if let Some(vendor) = vendor { (vendor) } @else { "this purpose" }
                    " alone, which is best. It is not the account token, which is for apps."
                }
            }
        }
    }
}
