//! The key-value store, through its public door.

use marketing_automation_host::{KeyValue, KeyValueError};

#[tokio::test]
async fn what_is_set_is_there_until_it_is_deleted() {
    let store = KeyValue::memory().unwrap();
    assert_eq!(store.get("a").await.unwrap(), None);
    store.delete("a").await.unwrap();
    store.set("a", b"one".to_vec()).await.unwrap();
    store.set("a", b"two".to_vec()).await.unwrap();
    store.set("empty", Vec::new()).await.unwrap();
    assert_eq!(store.get("a").await.unwrap().as_deref(), Some(&b"two"[..]));
    assert_eq!(store.get("empty").await.unwrap().as_deref(), Some(&[][..]));
    assert!(store.exists("empty").await.unwrap() && !store.exists("b").await.unwrap());
    store.delete("a").await.unwrap();
    assert_eq!(store.get("a").await.unwrap(), None);
}

#[tokio::test]
async fn a_file_keeps_what_was_set_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    let store = KeyValue::open(&file).unwrap();
    store.set("key", b"value".to_vec()).await.unwrap();

    // Written by one process, and one opener, at a time.
    let second = KeyValue::open(&file).unwrap_err();
    assert!(matches!(&second, KeyValueError::Open { path, .. } if *path == file), "{second}");

    drop(store);
    let again = KeyValue::open(&file).unwrap();
    assert_eq!(again.get("key").await.unwrap().as_deref(), Some(&b"value"[..]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// What `set` promised is in the file also when nothing is closed any more: a copy taken at once has it.
#[tokio::test]
async fn what_is_set_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("store"), folder.path().join("copy"));
    let store = KeyValue::open(&file).unwrap();
    store.set("key", b"value".to_vec()).await.unwrap();
    std::fs::copy(&file, &copy).unwrap();
    let copied = KeyValue::open(&copy).unwrap();
    assert_eq!(copied.get("key").await.unwrap().as_deref(), Some(&b"value"[..]));
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter");
    std::fs::write(&file, "dear operator").unwrap();
    let error = KeyValue::open(&file).unwrap_err().to_string();
    assert!(error.contains("letter"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "dear operator");
}
