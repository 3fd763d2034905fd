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
use url::Url;

use crate::service::keys::Keyring;
use crate::transport::{Headers, Host, header};

/// Browsers take `__Host-` only with `Secure`, without `Domain`, and with `Path=/`.
const COOKIE: &str = "__Host-connect";
/// What the MAC is for.
const PURPOSE: &str = "connect-form";
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
    pub(crate) fn seal(&self, link_id: &str, keys: &Keyring) -> String {
        URL_SAFE_NO_PAD.encode(keys.sign(PURPOSE, &[self.0.as_bytes(), link_id.as_bytes()]))
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

/// Whether a posted form is ours. `service` is what browsers call this service: its address, or its host and port.
pub(crate) fn is_ours(
    headers: &Headers,
    service: Option<&str>,
    seal: &str,
    link_id: &str,
    keys: &Keyring,
) -> bool {
    let Ok(seal) = URL_SAFE_NO_PAD.decode(seal) else { return false };
    let sealed = |nonce: Nonce| keys.verify(PURPOSE, &[nonce.0.as_bytes(), link_id.as_bytes()], &seal);
    same_site(headers, service) && cookies(headers).any(sealed)
}

fn same_site(headers: &Headers, service: Option<&str>) -> bool {
    if let Some(site) = header(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    match header(headers, "origin") {
        None | Some("null") => true,
        Some(origin) => service.is_some_and(|service| is_of(origin, service)),
    }
}

/// Whether an origin is that of an address, or has that host and port.
fn is_of(origin: &str, service: &str) -> bool {
    match Url::parse(service) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization() == origin,
        _ => origin.split_once("://").is_some_and(|(_, host)| host.eq_ignore_ascii_case(service)),
    }
}
