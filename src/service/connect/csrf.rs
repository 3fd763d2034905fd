//! That a form that comes back is one that this service gave out, to the same browser, for the same link.
//!
//! | | holds | who can read it |
//! |---|---|---|
//! | the cookie `__Host-connect` | a nonce | no script, no other site, not over plain HTTP |
//! | the hidden field | a MAC over the nonce and the link's id, under the operator's key | the page only |
//!
//! `SameSite=Lax`, not `Strict`: both keep the cookie from being sent along with other sites' forms, but with
//! `Strict` the browser would hide it when a vendor's page leads here, and a second tab would get a second nonce and
//! make the first one's form worthless. The nonce is no secret of the link: one browser has one, for all links.
//!
//! `Sec-Fetch-Site` and `Origin` are believed where they are sent. Our own pages ask for no referrer, with which
//! browsers send `Origin: null`; a named origin is another site's, or one that must be this service.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clevertap::credentials::Secret;
use crate::transport::{Headers, Host, header};

/// Browsers take `__Host-` only with `Secure`, without `Domain`, and with `Path=/`.
const COOKIE: &str = "__Host-connect";
/// 32 bytes, in base64.
const NONCE_LENGTH: usize = 43;

/// What a browser is known by while it fills in forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nonce(String);

impl Nonce {
    /// The one that the browser has already, or a new one.
    pub(crate) fn of<H: Host>(host: &H, headers: &Headers) -> Self {
        cookies(headers).next().unwrap_or_else(|| Self::new(host))
    }

    fn new<H: Host>(host: &H) -> Self {
        let bytes: Vec<u8> = (0..4).flat_map(|_| host.random().to_le_bytes()).collect();
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn read(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (text.len() == NONCE_LENGTH && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The value of `set-cookie`. It ends with the browser's session.
    pub(crate) fn cookie(&self) -> String {
        format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", self.0)
    }

    /// The value of the hidden field.
    pub(crate) fn seal(&self, link_id: &str, mac: &dyn Fn(&[&[u8]]) -> [u8; 32]) -> String {
        URL_SAFE_NO_PAD.encode(mac(&[self.0.as_bytes(), link_id.as_bytes()]))
    }
}

/// All that are well-formed: several can be there only if something went wrong, and then any may be the right one.
fn cookies(headers: &Headers) -> impl Iterator<Item = Nonce> {
    headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
        .filter_map(|(_, value)| std::str::from_utf8(value).ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(name, value)| if name == COOKIE { Nonce::read(value) } else { None })
}

/// Whether a posted form is ours. `authority` is what the browser calls this service.
pub(crate) fn is_ours(
    headers: &Headers,
    authority: Option<&str>,
    seal: &str,
    link_id: &str,
    mac: &dyn Fn(&[&[u8]]) -> [u8; 32],
) -> bool {
    let given = Secret::new(seal);
    same_site(headers, authority)
        && cookies(headers).any(|nonce| Secret::new(nonce.seal(link_id, mac)) == given)
}

fn same_site(headers: &Headers, authority: Option<&str>) -> bool {
    if let Some(site) = header(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    match header(headers, "origin") {
        None | Some("null") => true,
        Some(origin) => origin
            .split_once("://")
            .is_some_and(|(_, host)| authority.is_some_and(|ours| ours.eq_ignore_ascii_case(host))),
    }
}
