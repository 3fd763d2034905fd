//! What the components weigh on the way to whoever runs them.
//!
//! The program `gzip` tells; where there is none, the rows are missing. A crate that packs would change the
//! features of what wasmtime shares with it, and all of wasmtime would be compiled anew for tests and bench.

use std::path::Path;
use std::process::Command;

use crate::row::Row;
use crate::world::Build;

pub(crate) fn measure(components: &Path) -> Vec<Row> {
    let builds = Build::ALL.map(Build::name);
    ["provider"].into_iter().chain(builds).filter_map(|name| row(components, name)).collect()
}

fn row(components: &Path, name: &str) -> Option<Row> {
    let path = components.join(name).with_extension("wasm");
    let packed = Command::new("gzip").args(["-9", "-n", "-c"]).arg(path).output().ok()?;
    let bytes = packed.status.success().then_some(packed.stdout.len())?;
    Some(Row::new(format!("{name}.wasm, gzip -9"), bytes as f64, "bytes"))
}
