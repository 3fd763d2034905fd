//! Linked accounts in the host's store.
//!
//! | key | value |
//! |---|---|
//! | `account/<id>` | the sealed account |
//! | `account-status/<id>` | its status, and for which change of the account it holds |
//! | `account-gone/<id>` | that an account was unlinked, for sealed texts of it that are still about |
//! | `accounts/<first digit of the id>` | the ids that begin so, sorted, each on a line |
//!
//! The store cannot list by prefix, hence the index; and it has no compare-and-swap. Within one instance what is
//! read, changed and written back takes turns; **two accounts that are linked at the same moment by two instances,
//! and whose ids begin with the same of 16 digits, can lose one of the two from the list**. The account itself
//! works; it is back in the list when it is next changed. Nothing takes `account-gone/<id>` away: it is the one
//! thing that grows, by a few bytes for each account that was unlinked.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};

use super::ID;
use super::linked::Linked;
use super::status::Status;
use crate::service::error::Error;
use crate::transport::in_flight::Permit;
use crate::transport::store::MOST_VALUE_BYTES;
use crate::transport::{Host, Instance, Store, StoreError, store};

/// First digits of ids, in the order of the list.
pub(crate) const DIGITS: &str = "0123456789abcdef";

/// Said of an account that is no more.
pub(crate) const GONE: &str = "this account was unlinked";

/// The part of the store that has accounts.
pub(crate) struct Shelf {
    store: Rc<dyn Store>,
    instance: Rc<Instance>,
}

/// An account as it lies there.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) sealed: Vec<u8>,
    status: Option<Noted>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    status: Status,
    /// The account's `updated_at` for which it holds.
    of: i64,
}

impl Record {
    /// The status that holds for the account as it is now.
    pub(crate) fn status(&self, linked: &Linked) -> Status {
        match &self.status {
            Some(noted) if noted.of == linked.updated_at => noted.status,
            _ => Status::initial(linked),
        }
    }
}

impl Shelf {
    /// None where the host has no store.
    pub(crate) fn of<H: Host>(host: &H) -> Option<Self> {
        Some(Self { store: store::of(host)?, instance: host.instance() })
    }

    /// The right to change an account: within an instance one request at a time has it.
    pub(crate) async fn turn(&self, id: &str) -> Permit {
        self.instance.lanes.enter(&account_key(id), 1).await
    }

    /// # Errors
    /// When the store fails, or has something else there.
    pub(crate) async fn get(&self, id: &str) -> Result<Option<Record>, Error> {
        let (account, status) = (account_key(id), status_key(id));
        let (sealed, noted) =
            try_join(self.store.get(&account), self.store.get(&status)).await.map_err(Error::Store)?;
        let Some(sealed) = sealed else { return Ok(None) };
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| damaged("an account"))?;
        let status = noted.and_then(|noted| serde_json::from_slice(&noted).ok());
        Ok(Some(Record { sealed, status }))
    }

    /// Whether there is something at this id, whatever it is.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn has(&self, id: &str) -> Result<bool, Error> {
        Ok(self.store.get(&account_key(id)).await.map_err(Error::Store)?.is_some())
    }

    /// Keeps an account, in the index first: what is kept can always be found, and so be unlinked.
    ///
    /// # Errors
    /// 404 for one that was unlinked meanwhile; when the store fails.
    pub(crate) async fn put(&self, id: &str, sealed: &[u8]) -> Result<(), Error> {
        if self.is_gone(id).await? {
            return Err(Error::NoAccount(GONE));
        }
        let text = STANDARD_NO_PAD.encode(sealed);
        self.index(id, true).await?;
        self.store.set(&account_key(id), text.as_bytes()).await.map_err(Error::Store)
    }

    /// Puts an id into the index, or takes it out.
    async fn index(&self, id: &str, present: bool) -> Result<(), Error> {
        let digit = digit(id);
        let _turn = self.instance.lanes.enter(&index_key(digit), 1).await;
        let mut ids = self.ids(digit).await?;
        match (ids.binary_search_by(|other| other.as_str().cmp(id)), present) {
            (Err(place), true) => ids.insert(place, id.to_owned()),
            (Ok(place), false) => {
                ids.remove(place);
            }
            (Ok(_), true) | (Err(_), false) => return Ok(()),
        }
        self.set_ids(digit, &ids).await
    }

    /// Takes an account away, and keeps in mind that it is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn remove(&self, id: &str) -> Result<(), Error> {
        self.store.set(&gone_key(id), b"1").await.map_err(Error::Store)?;
        self.store.delete(&account_key(id)).await.map_err(Error::Store)?;
        self.store.delete(&status_key(id)).await.map_err(Error::Store)?;
        self.index(id, false).await
    }

    /// Whether an account was unlinked here.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn is_gone(&self, id: &str) -> Result<bool, Error> {
        Ok(self.store.get(&gone_key(id)).await.map_err(Error::Store)?.is_some())
    }

    /// Notes a status, unless there is one for a later change of the account.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn set_status(&self, id: &str, linked: &Linked, status: Status) -> Result<(), Error> {
        let noted = Noted { status, of: linked.updated_at };
        let before = self.store.get(&status_key(id)).await.map_err(Error::Store)?;
        let before = before.and_then(|text| serde_json::from_slice::<Noted>(&text).ok());
        if before.is_some_and(|before| before.of > noted.of) {
            return Ok(());
        }
        let text = serde_json::to_vec(&noted).unwrap_or_default();
        self.store.set(&status_key(id), &text).await.map_err(Error::Store)
    }

    /// The ids that begin with a digit, sorted.
    ///
    /// # Errors
    /// When the store fails, or has something else there.
    pub(crate) async fn ids(&self, digit: char) -> Result<Vec<String>, Error> {
        let lines = self.store.get(&index_key(digit)).await.map_err(Error::Store)?.unwrap_or_default();
        let lines = String::from_utf8(lines).map_err(|_| damaged("the index of accounts"))?;
        Ok(lines.lines().map(str::to_owned).collect())
    }

    async fn set_ids(&self, digit: char, ids: &[String]) -> Result<(), Error> {
        let lines = ids.join("\n");
        if lines.len() > MOST_VALUE_BYTES {
            return Err(Error::Store(StoreError::Failed(
                "its index of accounts is full: it takes about 400,000 of them".to_owned(),
            )));
        }
        self.store.set(&index_key(digit), lines.as_bytes()).await.map_err(Error::Store)
    }
}

fn damaged(what: &str) -> Error {
    Error::Store(StoreError::Failed(format!("{what} in it cannot be read")))
}

fn digit(id: &str) -> char {
    id.trim_start_matches(ID).chars().next().unwrap_or('0')
}

fn account_key(id: &str) -> String {
    format!("account/{id}")
}

fn status_key(id: &str) -> String {
    format!("account-status/{id}")
}

fn gone_key(id: &str) -> String {
    format!("account-gone/{id}")
}

fn index_key(digit: char) -> String {
    format!("accounts/{digit}")
}
