//! What the components weigh on the way to whoever runs them.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::row::Row;

pub(crate) fn measure(components: &Path) -> Result<Vec<Row>> {
    ["provider", "service"].iter().map(|name| row(components, name)).collect()
}

fn row(components: &Path, name: &str) -> Result<Row> {
    let path = components.join(name).with_extension("wasm");
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok(Row::new(format!("{name}.wasm, gzip -9"), encoder.finish()?.len() as f64, "bytes"))
}
