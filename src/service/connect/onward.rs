//! How the result gets back to the vendor.
//!
//! | opened | the account is | then |
//! |---|---|---|
//! | in a pop-up, by a link token with an origin | either | the script hands it to the window that opened it |
//! | with a `redirect_uri` | an id, or none as it was cancelled | the browser goes there, with the result in the query |
//! | with a `redirect_uri` | a sealed token | a form posts the result there: an address stays in histories and logs |
//! | with neither | an id | the page says that it is done |
//! | with neither | a sealed token | the page shows it to be copied, as nobody else has it |
//!
//! A pop-up without the window that opened it falls back to what comes next. The browser goes on from a page of
//! ours and not by a redirect: Chromium holds what a form leads to, redirects of the vendor's own included, against
//! the form's `form-action`, and leaves people on a dead page.

use url::Url;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Linked,
    Cancelled,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What callers know the linked account by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) text: String,
    /// The account itself, sealed; else an id in the store.
    pub(crate) is_sealed: bool,
}

/// What the link token says about the way back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) redirect_uri: Option<&'a Url>,
    pub(crate) origin: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    /// Whether the page was opened in a pop-up by `connect.js`.
    pub(crate) popup: bool,
}

/// For the window that opened the pop-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Nobody else hears it.
    pub(crate) origin: String,
    pub(crate) account: Option<String>,
}

/// What the last page does, apart from reporting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Goes to an address.
    Go(Url),
    /// Posts these fields there.
    Post(Url, Vec<(&'static str, String)>),
    /// Shows a text to be copied.
    Copy(String),
    Nothing,
}

/// All that the last page does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Onward {
    pub(crate) report: Option<Report>,
    pub(crate) step: Step,
}

impl Onward {
    /// Where it goes, if it does so without telling more.
    pub(crate) fn address(&self) -> Option<&str> {
        match &self.step {
            Step::Go(url) => Some(url.as_str()),
            Step::Post(..) | Step::Copy(_) | Step::Nothing => None,
        }
    }
}

impl Way<'_> {
    pub(crate) fn linked(&self, account: Reference) -> Onward {
        let report = self.report(Some(&account));
        let step = match self.redirect_uri {
            Some(uri) if account.is_sealed => {
                Step::Post(uri.clone(), self.fields(Status::Linked, Some(account.text)))
            }
            Some(uri) => Step::Go(self.with_query(uri, Status::Linked, Some(account.text))),
            None if account.is_sealed => Step::Copy(account.text),
            None => Step::Nothing,
        };
        Onward { report, step }
    }

    pub(crate) fn cancelled(&self) -> Onward {
        let step = self
            .redirect_uri
            .map_or(Step::Nothing, |uri| Step::Go(self.with_query(uri, Status::Cancelled, None)));
        Onward { report: self.report(None), step }
    }

    fn report(&self, account: Option<&Reference>) -> Option<Report> {
        let origin = self.origin.filter(|_| self.popup)?;
        Some(Report { origin: origin.to_owned(), account: account.map(|account| account.text.clone()) })
    }

    fn with_query(&self, uri: &Url, status: Status, account: Option<String>) -> Url {
        let mut uri = uri.clone();
        uri.query_pairs_mut().extend_pairs(self.fields(status, account));
        uri
    }

    fn fields(&self, status: Status, account: Option<String>) -> Vec<(&'static str, String)> {
        let all = [
            ("status", Some(status.as_str().to_owned())),
            ("integrated_account_id", account),
            ("state", self.state.map(str::to_owned)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Reference {
        Reference { text: "sealed.token".to_owned(), is_sealed: true }
    }

    fn id() -> Reference {
        Reference { text: "ia_1".to_owned(), is_sealed: false }
    }

    fn way(uri: Option<&Url>, origin: Option<&'static str>, popup: bool) -> Onward {
        Way { redirect_uri: uri, origin, state: None, popup }.linked(sealed())
    }

    #[test]
    fn an_id_goes_into_the_query_beside_what_is_there() {
        let uri = Url::parse("https://acme.test/back?tab=a%20b#top").unwrap();
        let way = Way { redirect_uri: Some(&uri), origin: None, state: Some("x&y=1 ü"), popup: false };
        let Step::Go(url) = way.linked(id()).step else { panic!("goes there") };
        assert_eq!(
            url.as_str(),
            "https://acme.test/back?tab=a%20b&status=linked&integrated_account_id=ia_1&state=x%26y%3D1+%C3%BC#top"
        );
        let Step::Go(url) = way.cancelled().step else { panic!("goes there") };
        assert_eq!(url.query(), Some("tab=a%20b&status=cancelled&state=x%26y%3D1+%C3%BC"));
    }

    #[test]
    fn a_sealed_account_is_never_in_an_address() {
        let uri = Url::parse("https://acme.test/back").unwrap();
        let Step::Post(to, fields) = way(Some(&uri), None, false).step else { panic!("is posted") };
        assert_eq!(to, uri);
        assert_eq!(
            fields,
            [("status", "linked".to_owned()), ("integrated_account_id", "sealed.token".to_owned())]
        );
        assert_eq!(way(None, None, false).step, Step::Copy("sealed.token".to_owned()));
    }

    #[test]
    fn only_a_pop_up_whose_opener_is_known_reports() {
        assert_eq!(way(None, Some("https://acme.test"), false).report, None);
        assert_eq!(way(None, None, true).report, None);
        let report = way(None, Some("https://acme.test"), true).report.unwrap();
        assert_eq!(
            (report.origin.as_str(), report.account.as_deref()),
            ("https://acme.test", Some("sealed.token"))
        );
    }
}
