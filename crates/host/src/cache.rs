//! Compiled components on disk.
//!
//! An entry is keyed by the component's bytes and by everything that the compiled code depends on (wasmtime's
//! version, its configuration, the processor). An entry starts with the digest of the rest: one that was cut or
//! changed is compiled anew, not run.

use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

const DIGEST_LENGTH: usize = 32;

/// A directory of compiled components.
///
/// **Its content is trusted**: whoever can write there can run code here. It is created so that only its
/// owner can.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// A cache in this directory, which is made when something is first put there.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// `$XDG_CACHE_HOME/marketing-automation/components`, or the same under `~/.cache`; none without a home.
    pub fn user() -> Option<Self> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = set("XDG_CACHE_HOME")
            .filter(|dir| dir.is_absolute())
            .or_else(|| Some(set("HOME")?.join(".cache")))?;
        Some(Self::at(base.join("marketing-automation").join("components")))
    }

    /// The compiled form of a component: from the cache if it is there and whole, else compiled and put there.
    /// A cache that cannot be written costs time, not the result.
    pub(crate) fn compiled(&self, engine: &wasmtime::Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
        let path = self.entry(engine, bytes);
        if let Some(component) = load(engine, &path) {
            return Ok(component);
        }
        let component = Component::new(engine, bytes)?;
        if let Ok(code) = component.serialize() {
            // A failure is seen by the next look-up, which compiles again.
            let _ = self.store(&path, &code);
        }
        Ok(component)
    }

    fn entry(&self, engine: &wasmtime::Engine, bytes: &[u8]) -> PathBuf {
        let mut compatibility = DigestHasher(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut compatibility);
        let mut key = compatibility.0;
        key.update(Sha256::digest(bytes));
        let name: String = key.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.dir.join(name).with_extension("cwasm")
    }

    /// Written beside and then renamed, so that no one reads half an entry.
    fn store(&self, path: &Path, code: &[u8]) -> io::Result<()> {
        create_private(&self.dir)?;
        let draft =
            path.with_extension(format!("{}-{:?}.tmp", std::process::id(), std::thread::current().id()));
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)?;
        drop(file);
        std::fs::rename(&draft, path)
    }
}

fn load(engine: &wasmtime::Engine, path: &Path) -> Option<Component> {
    let entry = std::fs::read(path).ok()?;
    let (digest, code) = entry.split_at_checked(DIGEST_LENGTH)?;
    if Sha256::digest(code).as_slice() != digest {
        return None;
    }
    // SAFETY: the code was serialized by `Cache::store` from a component that a compatible engine compiled: the
    // digest shows that it is whole, and the directory is its owner's alone (see `Cache`). An entry of another
    // wasmtime or configuration has another name, and is refused here too.
    unsafe { Component::deserialize(engine, code) }.ok()
}

#[cfg(unix)]
fn create_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn create_private(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}

/// Feeds what wasmtime hashes into a digest that does not depend on the standard library's hasher.
struct DigestHasher(Sha256);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0.clone().finalize()[..8]);
        u64::from_be_bytes(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPONENT: &str = "(component (core module (func (export \"f\"))))";

    fn entries(dir: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn a_compiled_component_is_found_again_and_a_damaged_one_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        let engine = wasmtime::Engine::default();
        let bytes = wat::parse_str(COMPONENT).unwrap();

        cache.compiled(&engine, &bytes).unwrap();
        let [path] = entries(dir.path()).try_into().unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert!(load(&engine, &path).is_some());

        for damage in [whole[..whole.len() / 2].to_vec(), Vec::new(), {
            let mut flipped = whole.clone();
            flipped[whole.len() / 2] ^= 1;
            flipped
        }] {
            std::fs::write(&path, damage).unwrap();
            assert!(load(&engine, &path).is_none());
            cache.compiled(&engine, &bytes).unwrap();
            assert!(std::fs::read(&path).unwrap() == whole, "the entry was not replaced");
        }
    }

    #[test]
    fn other_bytes_and_other_settings_have_other_entries() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path());
        let engine = wasmtime::Engine::default();
        let other = wasmtime::Engine::new(wasmtime::Config::new().epoch_interruption(true)).unwrap();
        cache.compiled(&engine, &wat::parse_str(COMPONENT).unwrap()).unwrap();
        cache.compiled(&other, &wat::parse_str(COMPONENT).unwrap()).unwrap();
        cache.compiled(&engine, &wat::parse_str("(component)").unwrap()).unwrap();
        assert_eq!(entries(dir.path()).len(), 3);
    }

    #[test]
    fn a_cache_that_cannot_be_written_still_compiles() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::at(file.path().join("below-a-file"));
        assert!(cache.compiled(&wasmtime::Engine::default(), &wat::parse_str(COMPONENT).unwrap()).is_ok());
    }
}
