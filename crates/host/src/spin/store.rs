//! `spin:key-value`: the handles that a guest opens to its store.

use wasmtime::component::{Accessor, HasSelf, Resource};

use super::bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore};
use super::keys::{self, Keys};
use crate::key_value::{KeyValue, KeyValueError};
use crate::state::State;

/// The one label there is; Spin's name for a component's own store.
const LABEL: &str = "default";

/// Handles that an instance may have open, as in Spin.
const MOST_OPEN: usize = 256;

/// A guest's handle.
#[expect(unreachable_pub, reason = "the generated bindings export it again")]
pub struct Opened(KeyValue);

type Store = Resource<Opened>;
type Guest = Accessor<State, HasSelf<State>>;

fn store_of(guest: &Guest, store: &Store) -> wasmtime::Result<KeyValue> {
    guest.with(|mut state| Ok(state.get().table().get(store)?.0.clone()))
}

impl From<KeyValueError> for Error {
    fn from(error: KeyValueError) -> Self {
        Self::Other(error.to_string())
    }
}

impl Host for State {}
impl HostStore for State {}

impl HostStoreWithStore<State> for HasSelf<State> {
    async fn open(guest: &Guest, label: String) -> wasmtime::Result<Result<Store, Error>> {
        guest.with(|mut state| {
            let state = state.get();
            // Without a store this is a component whose manifest grants none.
            let Some(store) = state.key_value.clone() else { return Ok(Err(Error::AccessDenied)) };
            if label != LABEL {
                return Ok(Err(Error::NoSuchStore));
            }
            if state.open_stores >= MOST_OPEN {
                return Ok(Err(Error::StoreTableFull));
            }
            let opened = state.table().push(Opened(store))?;
            state.open_stores += 1;
            Ok(Ok(opened))
        })
    }

    async fn get(
        guest: &Guest,
        store: Store,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(store_of(guest, &store)?.get(&key).await.map_err(Error::from))
    }

    async fn set(
        guest: &Guest,
        store: Store,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(store_of(guest, &store)?.set(&key, value).await.map_err(Error::from))
    }

    async fn delete(guest: &Guest, store: Store, key: String) -> wasmtime::Result<Result<(), Error>> {
        Ok(store_of(guest, &store)?.delete(&key).await.map_err(Error::from))
    }

    async fn exists(guest: &Guest, store: Store, key: String) -> wasmtime::Result<Result<bool, Error>> {
        Ok(store_of(guest, &store)?.exists(&key).await.map_err(Error::from))
    }

    async fn get_keys(guest: &Guest, store: Store) -> wasmtime::Result<Keys> {
        let store = store_of(guest, &store)?;
        guest.with(|state| keys::list(state, store))
    }

    async fn drop(guest: &Guest, store: Store) -> wasmtime::Result<()> {
        guest.with(|mut state| {
            let state = state.get();
            state.table().delete(store)?;
            state.open_stores -= 1;
            Ok(())
        })
    }
}
