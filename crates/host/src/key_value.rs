//! The store behind `spin:key-value`: one file, or memory for tests.

use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::InMemoryBackend;
use redb::{Builder, Database, ReadableDatabase, TableDefinition};

/// All there is: Spin's stores are flat.
const TABLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("key-value");

/// Pages kept in memory. redb's own default is a gigabyte.
const CACHE_BYTES: usize = 16 << 20;

/// Keys that one look at the store brings.
pub(crate) const PAGE: usize = 256;

/// A key-value store. Cheap to clone; clones are the same store.
///
/// A value is on the disk when [`set`](Self::set) returns. One process at a time opens a file.
#[derive(Clone)]
pub struct KeyValue(Arc<Database>);

/// A store could not be opened, or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyValueError {
    /// The file cannot be opened, or made.
    #[error("cannot open the key-value store {}: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file cannot be read or written any more.
    #[error("the key-value store failed: {0}")]
    Storage(#[from] redb::Error),
    /// This process is ending.
    #[error("the key-value store is closing")]
    Closing,
}

impl KeyValue {
    /// Opens a file, or makes it, for its owner only.
    ///
    /// # Errors
    /// When it cannot be opened, is no such store, or another process has it open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, KeyValueError> {
        let path = path.as_ref();
        let refused = |reason: String| KeyValueError::Open { path: path.to_owned(), reason };
        make_private(path).map_err(|error| refused(error.to_string()))?;
        let opened = Builder::new().set_cache_size(CACHE_BYTES).create(path);
        let store = Self(Arc::new(opened.map_err(|error| refused(error.to_string()))?));
        store.make_table().map_err(|error| refused(error.to_string()))?;
        Ok(store)
    }

    /// A store that is gone with its last clone.
    ///
    /// # Errors
    /// None that is known of: memory does not fail.
    pub fn memory() -> Result<Self, KeyValueError> {
        let opened = Builder::new().set_cache_size(CACHE_BYTES).create_with_backend(InMemoryBackend::new());
        let store = Self(Arc::new(opened.map_err(redb::Error::from)?));
        store.make_table()?;
        Ok(store)
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let key = key.to_owned();
        self.blocking(move |db| {
            let table = db.begin_read()?.open_table(TABLE)?;
            Ok(table.get(key.as_str())?.map(|value| value.value().to_vec()))
        })
        .await
    }

    /// Whether there is such a key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn exists(&self, key: &str) -> Result<bool, KeyValueError> {
        let key = key.to_owned();
        self.blocking(move |db| Ok(db.begin_read()?.open_table(TABLE)?.get(key.as_str())?.is_some())).await
    }

    /// Sets a key's value, whatever it was.
    ///
    /// # Errors
    /// When the store fails; the old value is in place then.
    pub async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), KeyValueError> {
        let key = key.to_owned();
        self.blocking(move |db| {
            let write = db.begin_write()?;
            write.open_table(TABLE)?.insert(key.as_str(), value.as_slice())?;
            // With redb's default durability: the file is synced before this returns.
            Ok(write.commit()?)
        })
        .await
    }

    /// Removes a key, if there is one.
    ///
    /// # Errors
    /// When the store fails; the key is in place then.
    pub async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        let key = key.to_owned();
        self.blocking(move |db| {
            let write = db.begin_write()?;
            write.open_table(TABLE)?.remove(key.as_str())?;
            Ok(write.commit()?)
        })
        .await
    }

    /// The next keys after this one, in order, [`PAGE`] at most; from the first, if there is none.
    pub(crate) async fn keys_after(&self, key: Option<String>) -> Result<Vec<String>, KeyValueError> {
        self.blocking(move |db| {
            let table = db.begin_read()?.open_table(TABLE)?;
            let from = key.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let keys = table.range::<&str>((from, Bound::Unbounded))?.take(PAGE);
            keys.map(|entry| Ok(entry?.0.value().to_owned())).collect()
        })
        .await
    }

    /// So that reading finds a table.
    fn make_table(&self) -> Result<(), redb::Error> {
        let write = self.0.begin_write()?;
        write.open_table(TABLE)?;
        Ok(write.commit()?)
    }

    /// Every access may wait for the disk, and a write for other writes.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, KeyValueError> {
        let db = self.0.clone();
        let done = tokio::task::spawn_blocking(move || work(&db)).await;
        Ok(done.map_err(|_| KeyValueError::Closing)??)
    }
}

impl std::fmt::Debug for KeyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyValue").finish_non_exhaustive()
    }
}

/// A new file belongs to its owner alone from its first moment. One that is there keeps its mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_come_in_order_and_page_by_page() {
        let store = KeyValue::memory().unwrap();
        assert!(store.keys_after(None).await.unwrap().is_empty());
        let keys: Vec<String> = (0..=PAGE).map(|n| format!("{n:04}")).collect();
        for key in keys.iter().rev() {
            store.set(key, Vec::new()).await.unwrap();
        }
        let first = store.keys_after(None).await.unwrap();
        assert_eq!(first, keys[..PAGE]);
        assert_eq!(store.keys_after(first.last().cloned()).await.unwrap(), keys[PAGE..]);
        assert!(store.keys_after(keys.last().cloned()).await.unwrap().is_empty());
    }
}
