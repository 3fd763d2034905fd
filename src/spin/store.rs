//! Spin's key-value store of the label `default`.

use std::cell::RefCell;
use std::rc::Rc;

use spin_sdk::key_value;

use crate::transport::body::LocalFuture;
use crate::transport::{Store, StoreError};
use crate::wasi::errors::first_line;

/// Opened when it is first asked for something; one for each request.
#[derive(Default)]
pub(super) struct KeyValue(RefCell<Option<Rc<key_value::Store>>>);

impl KeyValue {
    async fn open(&self) -> Result<Rc<key_value::Store>, StoreError> {
        if let Some(store) = self.0.borrow().as_ref() {
            return Ok(Rc::clone(store));
        }
        let store = Rc::new(key_value::Store::open_default().await.map_err(|error| meaning(&error))?);
        self.0.replace(Some(Rc::clone(&store)));
        Ok(store)
    }
}

impl Store for KeyValue {
    fn get<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        Box::pin(async move { self.open().await?.get(key).await.map_err(|error| meaning(&error)) })
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a [u8]) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.open().await?.set(key, value).await.map_err(|error| meaning(&error)) })
    }

    fn delete<'a>(&'a self, key: &'a str) -> LocalFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.open().await?.delete(key).await.map_err(|error| meaning(&error)) })
    }
}

fn meaning(error: &key_value::Error) -> StoreError {
    match error {
        key_value::Error::NoSuchStore | key_value::Error::AccessDenied => StoreError::Denied,
        key_value::Error::StoreTableFull => StoreError::Failed("too many stores are open".to_owned()),
        key_value::Error::Other(reason) => StoreError::Failed(first_line(reason)),
    }
}
