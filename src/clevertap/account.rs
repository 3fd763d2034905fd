//! An account: credentials, region, zone and limits, checked once and then trusted.
//!
//! | field | accepted |
//! |---|---|
//! | `id` | 1 to 200 characters, none of them a control character |
//! | `project_id`, `passcode` | 1 to 256 visible ASCII characters: they become header values |
//! | `region` | see [`region`](super::region) |
//! | `timezone` | an IANA name of the zone table |
//! | `endpoint` | an `http` or `https` origin: no path, query, fragment or user name |
//! | `upload_hosts` | host suffixes of two or more labels; `amazonaws.com` unless told |
//! | `limits` | the ranges of [`Limits`] |

use std::cell::Cell;
use std::time::Duration;

use url::Url;

use super::credentials::{Credentials, Secret};
use super::region::RegionChoice;
use super::time::Zone;
use crate::model::{Error, Failure};

/// What is needed to act for an account, unchecked.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The caller's own name for it.
    pub id: String,
    pub project_id: String,
    pub passcode: Secret,
    pub region: String,
    pub timezone: Option<String>,
    pub endpoint: Option<String>,
    /// Host suffixes of CleverTap's pre-signed uploads; absent: `amazonaws.com`.
    pub upload_hosts: Option<Vec<String>>,
    pub limits: Limits,
}

/// Limits of one call, as the caller wishes them; each absent one has its default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// 1000 to 600,000.
    pub deadline_ms: Option<u32>,
    /// 1 to 10.
    pub tries: Option<u8>,
    /// 1 to 100.
    pub uploads_in_flight: Option<u8>,
    /// 1 to 100.
    pub requests_in_flight: Option<u8>,
    /// 0 to 3650.
    pub lookback_days: Option<u16>,
}

/// Limits that hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// One call with all its tries.
    pub deadline: Duration,
    /// Of one upstream request.
    pub tries: u8,
    pub uploads_in_flight: usize,
    /// To each endpoint other than uploads.
    pub requests_in_flight: usize,
    /// How long before a period a campaign may have started and still have rows in it.
    pub lookback_days: u16,
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    pub connect_timeout: Duration,
    /// An answer that is read into memory may not be longer.
    pub max_answer_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(25),
            tries: 3,
            uploads_in_flight: 15,
            requests_in_flight: 3,
            lookback_days: 730,
            backoff_base: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(8),
            connect_timeout: Duration::from_secs(5),
            max_answer_bytes: 32 << 20,
        }
    }
}

/// What CleverTap made of an account's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Accepted,
    Refused,
}

/// An account whose form has been checked.
#[derive(Debug)]
pub struct Account {
    pub id: String,
    pub credentials: Credentials,
    /// Verifying replaces `auto` by the region that accepts.
    pub region: Cell<RegionChoice>,
    pub zone: Option<Zone>,
    /// Goes in place of the region's host.
    pub endpoint: Option<Url>,
    /// Host suffixes that lists may be uploaded to.
    pub upload_hosts: Vec<String>,
    pub settings: Settings,
    /// What the last call showed, if there was one that did.
    pub standing: Cell<Option<Standing>>,
}

impl Account {
    /// Checks the form of a connection; contacts nobody.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a failure for each field that cannot be used.
    pub fn open(connection: Connection) -> Result<Self, Error> {
        let mut failures = Vec::new();
        if connection.id.is_empty()
            || connection.id.chars().count() > 200
            || connection.id.contains(char::is_control)
        {
            failures
                .push(Failure::new("id", "must be 1 to 200 characters, none of them a control character"));
        }
        for (field, text) in
            [("project_id", connection.project_id.as_str()), ("passcode", connection.passcode.expose())]
        {
            if text.is_empty() || text.len() > 256 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                failures
                    .push(Failure::new(field, "must be 1 to 256 visible ASCII characters without spaces"));
            }
        }
        let region = RegionChoice::parse(&connection.region)
            .map_err(|message| failures.push(Failure::new("region", message)));
        let zone = match connection.timezone.as_deref() {
            None => None,
            Some(name) => {
                let zone = Zone::named(name);
                if zone.is_none() {
                    failures.push(Failure::new(
                        "timezone",
                        format!("not a known time zone; accepted is {}", Zone::accepted_hint()),
                    ));
                }
                zone
            }
        };
        let endpoint = connection.endpoint.as_deref().and_then(|text| {
            origin(text).map_err(|message| failures.push(Failure::new("endpoint", message))).ok()
        });
        let upload_hosts = connection.upload_hosts.unwrap_or_else(|| vec!["amazonaws.com".to_owned()]);
        if let Some(place) = upload_hosts.iter().position(|suffix| !is_host_suffix(suffix)) {
            failures.push(Failure::new(format!("upload_hosts[{place}]"), HOST_SUFFIX));
        }
        let settings = connection.limits.settings(&mut failures);
        match region {
            Ok(region) if failures.is_empty() => Ok(Self {
                id: connection.id,
                credentials: Credentials { project_id: connection.project_id, passcode: connection.passcode },
                region: Cell::new(region),
                zone,
                endpoint,
                upload_hosts,
                settings,
                standing: Cell::new(None),
            }),
            _ => Err(Error::Invalid(failures)),
        }
    }

    /// Who is bound by CleverTap's limits: the project at the host that counts its requests. No host has a space in
    /// its name, so no two owners have one text.
    #[must_use]
    pub fn owner(&self) -> String {
        let host = match self.base_url() {
            Ok(url) => url.origin().ascii_serialization(),
            Err(_) => "auto".to_owned(),
        };
        format!("{host} {}", self.credentials.project_id)
    }

    /// Where requests go: the endpoint, else the region's host.
    ///
    /// # Errors
    /// [`Error::Invalid`] while the region is `auto`.
    pub fn base_url(&self) -> Result<Url, Error> {
        if let Some(endpoint) = &self.endpoint {
            return Ok(endpoint.clone());
        }
        let RegionChoice::One(region) = self.region.get() else {
            return Err(Error::invalid(
                "region",
                "auto is not resolved yet: verify the account, and use the region that it answers",
            ));
        };
        Url::parse(&format!("https://{}/", region.api_host()))
            .map_err(|error| Error::invalid("region", format!("has no usable host: {error}")))
    }
}

impl Limits {
    fn settings(self, failures: &mut Vec<Failure>) -> Settings {
        let mut check = |field: &str, value: Option<u32>, least: u32, most: u32| match value {
            Some(value) if !(least..=most).contains(&value) => {
                failures.push(Failure::new(format!("limits.{field}"), format!("must be {least} to {most}")));
                None
            }
            value => value,
        };
        let deadline = check("deadline_ms", self.deadline_ms, 1000, 600_000);
        let tries = check("tries", self.tries.map(u32::from), 1, 10);
        let uploads = check("uploads_in_flight", self.uploads_in_flight.map(u32::from), 1, 100);
        let requests = check("requests_in_flight", self.requests_in_flight.map(u32::from), 1, 100);
        let lookback = check("lookback_days", self.lookback_days.map(u32::from), 0, 3650);
        let default = Settings::default();
        let size = |value: Option<u32>, default: usize| {
            value.and_then(|value| usize::try_from(value).ok()).unwrap_or(default)
        };
        Settings {
            deadline: deadline.map_or(default.deadline, |ms| Duration::from_millis(ms.into())),
            tries: tries.and_then(|tries| u8::try_from(tries).ok()).unwrap_or(default.tries),
            uploads_in_flight: size(uploads, default.uploads_in_flight),
            requests_in_flight: size(requests, default.requests_in_flight),
            lookback_days: lookback
                .and_then(|days| u16::try_from(days).ok())
                .unwrap_or(default.lookback_days),
            ..default
        }
    }
}

/// What [`is_host_suffix`] wants.
pub const HOST_SUFFIX: &str = "must be a host suffix of two or more labels, such as amazonaws.com";

/// Whether a text can be the end of a host name, or an IPv4 address.
#[must_use]
pub fn is_host_suffix(text: &str) -> bool {
    let plain = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.contains('.') && text.split('.').all(plain)
}

/// Reads an address that has nothing but scheme, host and port.
fn origin(text: &str) -> Result<Url, &'static str> {
    const ACCEPTED: &str =
        "must be an http or https address with nothing after the port, such as http://127.0.0.1:8081";
    let url = Url::parse(text.trim()).map_err(|_| ACCEPTED)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if plain { Ok(url) } else { Err(ACCEPTED) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PASSCODE, connection};

    fn failing(connection: Connection) -> Vec<String> {
        match Account::open(connection) {
            Err(Error::Invalid(failures)) => failures.into_iter().map(|failure| failure.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_field_that_cannot_be_used_is_listed() {
        let connection = Connection {
            id: String::new(),
            project_id: "a b".to_owned(),
            passcode: Secret::new("x\r\nhost: y"),
            region: "nowhere".to_owned(),
            timezone: Some("Mars/Olympus".to_owned()),
            endpoint: Some("ftp://example.org".to_owned()),
            upload_hosts: Some(vec!["amazonaws.com".to_owned(), "com".to_owned()]),
            limits: Limits {
                deadline_ms: Some(999),
                tries: Some(0),
                uploads_in_flight: Some(101),
                requests_in_flight: Some(0),
                lookback_days: Some(3651),
            },
        };
        let expected = [
            "id",
            "project_id",
            "passcode",
            "region",
            "timezone",
            "endpoint",
            "upload_hosts[1]",
            "limits.deadline_ms",
            "limits.tries",
            "limits.uploads_in_flight",
            "limits.requests_in_flight",
            "limits.lookback_days",
        ];
        assert_eq!(failing(connection), expected);
    }

    #[test]
    fn errors_do_not_repeat_what_may_be_secret() {
        let misplaced =
            Connection { region: PASSCODE.to_owned(), timezone: Some(PASSCODE.to_owned()), ..connection() };
        let error = Account::open(misplaced).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(PASSCODE));
    }

    #[test]
    fn limits_have_defaults_and_ranges() {
        assert_eq!(Account::open(connection()).unwrap().settings, Settings::default());
        let limits = Limits {
            deadline_ms: Some(600_000),
            tries: Some(10),
            lookback_days: Some(0),
            ..Limits::default()
        };
        let settings = Account::open(Connection { limits, ..connection() }).unwrap().settings;
        assert_eq!(
            (settings.deadline, settings.tries, settings.lookback_days),
            (Duration::from_secs(600), 10, 0)
        );
    }

    #[test]
    fn requests_go_to_the_region_or_the_endpoint() {
        let base = |region: &str, endpoint: Option<&str>| {
            let endpoint = endpoint.map(str::to_owned);
            Account::open(Connection { region: region.to_owned(), endpoint, ..connection() })
                .unwrap()
                .base_url()
        };
        assert_eq!(base("Europe", None).unwrap().as_str(), "https://api.clevertap.com/");
        assert_eq!(base("sk1", None).unwrap().as_str(), "https://sk1.api.clevertap.com/");
        assert_eq!(base("auto", Some("http://127.0.0.1:8081")).unwrap().as_str(), "http://127.0.0.1:8081/");
        match base("auto", None) {
            Err(Error::Invalid(failures)) => assert!(failures[0].message.contains("verify")),
            other => panic!("{other:?}"),
        }
        for endpoint in [
            "",
            "127.0.0.1:8081",
            "http://",
            "http://u@x",
            "http://x/y",
            "http://x?y",
            "http://x#y",
            "file:///x",
        ] {
            assert_eq!(
                failing(Connection { endpoint: Some(endpoint.to_owned()), ..connection() }),
                ["endpoint"],
                "{endpoint}"
            );
        }
    }
}
