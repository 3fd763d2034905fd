//! The engine: how components are compiled, where their memory comes from, and the clock that stops them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Component;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cache::Cache;

/// How often a running guest gives way to others, and is asked whether it may go on.
const TICK: Duration = Duration::from_millis(10);

/// Memory and stack that a pooled slot keeps between two instances, so that the next one does not fault it in
/// again.
const KEEP_RESIDENT: usize = 1 << 20;

/// How an [`Engine`] is set up.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Instances alive at the same time. Each has its place reserved (address space, not memory).
    pub max_instances: u32,
    /// The most memory that any instance may be allowed by [`Limits`](crate::Limits).
    pub max_memory_bytes: usize,
    /// Reserve the places in advance, which makes instantiation fast; where the address space does not
    /// suffice, they are made on demand.
    pub pooling: bool,
    /// Where compiled components are kept; none compiles each time.
    pub cache: Option<Cache>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { max_instances: 256, max_memory_bytes: 512 << 20, pooling: true, cache: Cache::user() }
    }
}

/// A component could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The runtime does not start on this machine.
    #[error("the runtime cannot be set up: {0}")]
    Setup(String),
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no component.
    #[error("not a component that can be compiled: {0}")]
    Compile(String),
}

/// Compiles and runs components. Cheap to clone; one for a process, or for a test binary, is enough.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: wasmtime::Engine,
    cache: Option<Cache>,
    /// One for each instance that may be alive.
    places: Arc<Semaphore>,
    pooled: bool,
}

impl Engine {
    /// Sets the runtime up.
    ///
    /// # Errors
    /// When it does not work on this machine.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let pooled = options
            .pooling
            .then(|| wasmtime::Engine::new(&config(Some(pool(&options)))))
            .and_then(Result::ok);
        let (inner, pooled) = match pooled {
            Some(engine) => (engine, true),
            None => (
                wasmtime::Engine::new(&config(None))
                    .map_err(|error| EngineError::Setup(format!("{error:#}")))?,
                false,
            ),
        };
        tick(&inner)?;
        let places = Arc::new(Semaphore::new(options.max_instances as usize));
        Ok(Self { inner, cache: options.cache, places, pooled })
    }

    /// Loads a component from a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no component.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Component, EngineError> {
        let path = path.as_ref();
        let bytes =
            std::fs::read(path).map_err(|source| EngineError::Read { path: path.to_owned(), source })?;
        self.compile(&bytes)
    }

    /// Compiles a component's bytes, or finds them compiled in the cache.
    ///
    /// # Errors
    /// When they are no component.
    pub fn compile(&self, bytes: &[u8]) -> Result<Component, EngineError> {
        let compiled = match &self.cache {
            Some(cache) => cache.compiled(&self.inner, bytes),
            None => Component::new(&self.inner, bytes),
        };
        compiled.map_err(|error| EngineError::Compile(format!("{error:#}")))
    }

    /// Whether places are reserved in advance.
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// Waits until another instance may be made. The permit is to be kept for as long as it lives.
    pub(crate) async fn place(&self) -> OwnedSemaphorePermit {
        match self.places.clone().acquire_owned().await {
            Ok(permit) => permit,
            Err(_) => unreachable!("the semaphore is never closed"),
        }
    }

    /// The runtime underneath.
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }
}

fn config(pool: Option<PoolingAllocationConfig>) -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    if let Some(pool) = pool {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

fn pool(options: &EngineOptions) -> PoolingAllocationConfig {
    let instances = options.max_instances;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        // A component of wit-component is its module and a few small ones that connect it.
        .total_core_instances(instances.saturating_mul(8))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(2))
        // One is enough, unless the requests of one instance wait in synchronous calls.
        .total_stacks(instances.saturating_mul(4))
        .max_memory_size(options.max_memory_bytes)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    pool
}

/// A thread that advances the epoch for as long as the engine lives.
fn tick(engine: &wasmtime::Engine) -> Result<(), EngineError> {
    let engine = engine.weak();
    let thread = std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    });
    thread.map(drop).map_err(|error| EngineError::Setup(format!("no thread for the clock: {error}")))
}
