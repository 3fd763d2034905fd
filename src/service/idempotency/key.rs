//! The header `Idempotency-Key`, and what makes two requests the same.
//!
//! | | of |
//! |---|---|
//! | scope: where a key is one key | account, method, path, query, key |
//! | fingerprint: what must be the same within it | body, byte for byte, and `Content-Type` |
//!
//! Cursors and the account's name are left out of the query: the first are where a list goes on, and the second may
//! change for the same account. All else in it counts as it came, in its order.

use crate::clevertap::account::Account;
use crate::service::context::{ACCOUNT, Context};
use crate::service::digest::{digest, key};
use crate::service::error::Error;
use crate::service::query::is_pair_of;
use crate::transport::{Headers, Host, header};

const NAME: &str = "idempotency-key";
const LONGEST: usize = 255;
/// Parameters that do not belong to a key's scope.
const BESIDE: &[&str] = &[ACCOUNT, "cursor", "next_cursor"];

/// A key as the caller gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// The key of a request, if it has one.
    ///
    /// # Errors
    /// 400 for one that cannot be a key, and for several.
    pub(crate) fn of(headers: &Headers) -> Result<Option<Self>, Error> {
        let mut given = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(NAME));
        let (first, second) = (given.next(), given.next());
        let Some((_, value)) = first else { return Ok(None) };
        let text = std::str::from_utf8(value).ok().filter(|text| {
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        });
        match (text, second) {
            (Some(text), None) => Ok(Some(Self(text.to_owned()))),
            _ => Err(Error::invalid(
                "Idempotency-Key",
                format!("must be one header of 1 to {LONGEST} visible ASCII characters, without spaces"),
            )),
        }
    }

    /// Where the store has what is known of it.
    pub(super) fn place<H: Host>(&self, context: &Context<'_, H>, account: &Account) -> String {
        let pairs: Vec<&str> = context
            .target
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !BESIDE.iter().any(|name| is_pair_of(pair, name)))
            .collect();
        let query = pairs.join("&");
        let parts = [&account.id, context.method, context.target.path, &query, &self.0].map(str::as_bytes);
        key("idempotency", &parts)
    }
}

/// What is the same for the same request.
pub(super) fn fingerprint(headers: &Headers, body: &[u8]) -> [u8; 32] {
    let content = header(headers, "content-type").unwrap_or_default().trim().to_ascii_lowercase();
    digest(&[content.as_bytes(), body])
}
