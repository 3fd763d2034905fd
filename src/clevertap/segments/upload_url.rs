//! CleverTap's pre-signed upload URLs: the one place outside its own hosts that anything goes to.
//!
//! | the URL | |
//! |---|---|
//! | `https`, its host one of the account's upload hosts or below one | allowed |
//! | `http` | only where the account's own endpoint is `http`: a sandbox |
//! | a port other than the scheme's own | the same |
//! | another host | [`Error::Unsupported`], which names the host and where to allow it |
//! | a user name, no host, no URL at all | [`Error::Undecodable`] |
//!
//! Whoever has the URL may write there until it expires: no error, log line or answer repeats it.

use std::rc::Rc;

use url::{Host as UrlHost, Url};

use crate::clevertap::account::Account;
use crate::clevertap::client::{Line, Session, lost, policy, timeouts};
use crate::model::Error;
use crate::model::error::Refusal;
use crate::transport::retry::{Fault, retry_after};
use crate::transport::{Body, Headers, Host, Request, SendError};

const WHAT: &str = "PUT of the list to CleverTap's storage";

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Stored,
    /// The URL has expired, or was never good.
    Expired,
}

/// Judges an upload URL.
pub(super) fn check(text: &str, account: &Account) -> Result<Url, Error> {
    let undecodable =
        || Error::Undecodable { what: "the request for an upload URL".to_owned(), body: String::new() };
    let url = Url::parse(text).map_err(|_| undecodable())?;
    let host = match url.host() {
        Some(UrlHost::Domain(host)) => host.to_owned(),
        Some(address) => address.to_string(),
        None => return Err(undecodable()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(undecodable());
    }
    let plain_http = account.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
    let secure = url.scheme() == "https" && url.port().is_none();
    if !(secure || plain_http && matches!(url.scheme(), "http" | "https")) {
        return Err(Error::Unsupported {
            what: format!(
                "CleverTap's upload URL at {host} is not https on its usual port: nothing is sent there"
            ),
        });
    }
    if !account.upload_hosts.iter().any(|suffix| is_within(&host, suffix)) {
        return Err(Error::Unsupported {
            what: format!(
                "CleverTap wants the list uploaded to {host}, which is not among the allowed upload hosts ({}): allow \
                 it in MARKETING_AUTOMATION_UPLOAD_HOSTS, or upload-hosts of the connection",
                account.upload_hosts.join(", ")
            ),
        });
    }
    Ok(url)
}

/// Whether a host is a suffix, or below it.
fn is_within(host: &str, suffix: &str) -> bool {
    let (host, suffix) = (host.to_ascii_lowercase(), suffix.to_ascii_lowercase());
    host.strip_suffix(&suffix).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Puts a file there. The same bytes again are the same file, so it is tried again like a read. Nothing of the
/// account's goes along.
pub(super) async fn put<H: Host>(
    session: &Session<'_, H>,
    url: &Url,
    bytes: &Rc<[u8]>,
) -> Result<Put, Error> {
    let mut line = Line::start(session, "custom_lists.put");
    let outcome = attempts(session, url, bytes, &mut line).await;
    line.write_code(session, None);
    outcome
}

async fn attempts<H: Host>(
    session: &Session<'_, H>,
    url: &Url,
    bytes: &Rc<[u8]>,
    line: &mut Line,
) -> Result<Put, Error> {
    let (host, settings) = (session.host, &session.account.settings);
    let policy = policy(settings, settings.tries, true);
    let headers: Headers = vec![
        ("content-type".to_owned(), b"text/csv".to_vec()),
        ("content-length".to_owned(), bytes.len().to_string().into_bytes()),
    ];
    loop {
        line.tries = line.tries.saturating_add(1);
        let request = Request {
            method: "PUT".to_owned(),
            url: url.clone(),
            target: None,
            headers: headers.clone(),
            body: Body::Shared(Rc::clone(bytes), 0),
        };
        let send = host.send(request, timeouts(settings, session.deadline.remaining(host)));
        let sent = session.deadline.race(host, send).await.unwrap_or(Err(SendError::TimedOut));
        line.status = sent.as_ref().ok().map(|response| response.status);
        let (fault, error) = match sent {
            Ok(response) => match response.status {
                200..=299 => return Ok(Put::Stored),
                403 => return Ok(Put::Expired),
                status @ (429 | 500..=599) => {
                    (Some(Fault::Lost(retry_after(&response.headers, host.unix_ms()))), refused(status))
                }
                status => return Err(refused(status)),
            },
            Err(error) => {
                let fault = match &error {
                    SendError::NeverSent(_) => Some(Fault::NeverSent),
                    SendError::Cut(_) | SendError::TimedOut => Some(Fault::Lost(None)),
                    SendError::Denied | SendError::Unsendable(_) | SendError::SourceFailed(_) => None,
                };
                (fault, lost(true, url, WHAT.to_owned(), error))
            }
        };
        let left = session.deadline.remaining(host);
        match fault.and_then(|fault| policy.next(fault, line.tries, left, host.random())) {
            Some(wait) => host.sleep(wait).await,
            None => return Err(error),
        }
    }
}

/// Its body may repeat the URL.
fn refused(status: u16) -> Error {
    Error::Refused(Refusal {
        status,
        code: None,
        message: format!("the storage behind CleverTap's upload URL answered HTTP {status}"),
        body: serde_json::Value::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clevertap::account::Connection;
    use crate::testing::connection;

    fn allowed(url: &str, endpoint: Option<&str>) -> bool {
        let connection = Connection { endpoint: endpoint.map(str::to_owned), ..connection() };
        check(url, &Account::open(connection).unwrap()).is_ok()
    }

    #[test]
    fn only_allowed_hosts_over_https() {
        for (url, good) in [
            ("https://bucket.s3.amazonaws.com/x?sig=1", true),
            ("https://amazonaws.com/x", true),
            ("https://BUCKET.S3.AMAZONAWS.COM/x", true),
            ("https://bucket.s3.amazonaws.com:443/x", true),
            ("http://bucket.s3.amazonaws.com/x", false),
            ("https://bucket.s3.amazonaws.com:8443/x", false),
            ("https://amazonaws.com.attacker.test/x", false),
            ("https://evilamazonaws.com/x", false),
            ("https://attacker.test/amazonaws.com", false),
            ("https://attacker.test/?.amazonaws.com", false),
            ("https://attacker.test#.amazonaws.com", false),
            ("https://amazonaws.com@attacker.test/x", false),
            ("https://user@s3.amazonaws.com/x", false),
            ("https://amazonaws.com./x", false),
            ("ftp://s3.amazonaws.com/x", false),
            ("s3.amazonaws.com/x", false),
            ("", false),
        ] {
            assert_eq!(allowed(url, None), good, "{url}");
        }
        // A sandbox over plain HTTP may have its storage there, too; other hosts are no more allowed for it.
        assert!(allowed("http://s3.amazonaws.com:8080/x", Some("http://127.0.0.1:8900")));
        assert!(!allowed("http://127.0.0.1:8900/x", Some("http://127.0.0.1:8900")));
        assert!(!allowed("http://s3.amazonaws.com/x", Some("https://proxy.example.org")));
    }

    #[test]
    fn errors_name_the_host_and_never_the_url() {
        let account = Account::open(connection()).unwrap();
        let error = check("https://attacker.test/file?X-Amz-Signature=secret", &account).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("attacker.test") && text.contains("UPLOAD_HOSTS") && !text.contains("secret"),
            "{text}"
        );
    }
}
