//! `target/wasm-sysroot/`: a standard library for the target, built from the compiler's own source.
//!
//! Made once for each version of the compiler. Beside the library lies `config.toml`, a cargo configuration
//! that uses it, for us and for anyone:
//!
//! ```text
//! cargo check --config target/wasm-sysroot/config.toml --target wasm32-unknown-unknown --features service
//! ```

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::TARGET;
use super::debian::Compiler;
use crate::process;
use crate::workspace::Workspace;

/// Small code, as in the components' own profile: 63 kB less in a component of 960 kB than with cargo's defaults.
const OPT_LEVEL: &str = "s";
/// Small algorithms, too: the sorts that every collected map brings, and the formatting of numbers.
const FEATURES: &str = "optimize_for_size";

/// A crate that uses nothing, so that cargo builds the standard library and nothing else.
const EMPTY_CRATE: &str = "empty";

/// The configuration that uses the library, if one was made by the compiler that is installed.
pub(super) fn existing(workspace: &Workspace) -> Result<Option<PathBuf>> {
    let sysroot = Sysroot::of(workspace);
    match Compiler::find()? {
        Some(compiler) if sysroot.is_of(&compiler) => sysroot.configure(&compiler).map(Some),
        _ => Ok(None),
    }
}

/// Builds the library unless it is there.
pub(super) fn ensure(workspace: &Workspace, compiler: &Compiler) -> Result<PathBuf> {
    let sysroot = Sysroot::of(workspace);
    fs::create_dir_all(&sysroot.folder)?;
    // Two builds at once make one library, not two halves.
    let lock = File::create(sysroot.folder.join("lock"))?;
    lock.lock()?;
    if !sysroot.is_of(compiler) {
        sysroot.make(workspace, compiler)?;
    }
    sysroot.configure(compiler)
}

/// A library made with another is not this one.
fn recipe(compiler: &Compiler) -> String {
    format!("{}\nopt-level: {OPT_LEVEL}\nbuild-std-features: {FEATURES}\n", compiler.version)
}

/// Short and stable: FNV-1a, since the hash of std may change with the toolchain that builds xtask.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

struct Sysroot {
    folder: PathBuf,
}

impl Sysroot {
    fn of(workspace: &Workspace) -> Self {
        Self { folder: workspace.target().join("wasm-sysroot") }
    }

    /// Written last; holds what the library was made with.
    fn stamp(&self) -> PathBuf {
        self.folder.join("stamp")
    }

    fn is_of(&self, compiler: &Compiler) -> bool {
        let stamp = fs::read_to_string(self.stamp()).unwrap_or_default();
        stamp == recipe(compiler)
    }

    fn make(&self, workspace: &Workspace, compiler: &Compiler) -> Result<()> {
        let since = Instant::now();
        let release = compiler.version.lines().next().unwrap_or_default();
        eprintln!(
            "building the standard library for {TARGET} with {release}, once, into {} (about a minute)",
            workspace.shown(&self.folder)
        );
        // Asked for here already: the wait for nothing would be long.
        linker()?;
        remove_file(&self.stamp())?;
        let built = self.build(workspace, compiler)?;
        self.install(&built)?;
        fs::write(self.stamp(), recipe(compiler))?;
        remove_folder(&self.build_folder())?;
        eprintln!("built the standard library in {:.0} s", since.elapsed().as_secs_f64());
        Ok(())
    }

    fn build_folder(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// Cargo's own way to compile std, which the compiler lets only its own version use; the source is of its
    /// own version here, so that is what it means.
    fn build(&self, workspace: &Workspace, compiler: &Compiler) -> Result<PathBuf> {
        let folder = self.build_folder();
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        fs::write(
            folder.join("Cargo.toml"),
            format!("[package]\nname = \"{EMPTY_CRATE}\"\nedition = \"2021\"\n\n[workspace]\n"),
        )?;
        let mut cargo = workspace.cargo();
        cargo
            .current_dir(&folder)
            .args([
                "build",
                "--release",
                "-Z",
                "build-std=std,panic_abort",
                "-Z",
                &format!("build-std-features={FEATURES}"),
                "--target",
                TARGET,
                "--target-dir",
            ])
            .arg(folder.join("target"))
            .env("RUSTC", compiler.path())
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", OPT_LEVEL)
            // Without the bitcode, link-time optimisation of the components fails.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("LD_LIBRARY_PATH");
        process::run(&mut cargo)?;
        Ok(folder.join("target").join(TARGET).join("release/deps"))
    }

    /// Lays the libraries where a compiler looks for them under its `--sysroot`.
    fn install(&self, built: &Path) -> Result<()> {
        remove_folder(&self.folder.join("lib"))?;
        let folder = self.folder.join("lib/rustlib").join(TARGET).join("lib");
        fs::create_dir_all(&folder)?;
        let ours = format!("lib{EMPTY_CRATE}-");
        let mut count = 0;
        for entry in fs::read_dir(built)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".rlib") && !name.starts_with(&ours) {
                fs::copy(entry.path(), folder.join(&*name))?;
                count += 1;
            }
        }
        if count == 0 {
            bail!("cargo built no library into {}", built.display());
        }
        Ok(())
    }

    /// Writes the cargo configuration, anew each time: the toolchain that lends the linker comes and goes.
    fn configure(&self, compiler: &Compiler) -> Result<PathBuf> {
        let path = self.folder.join("config.toml");
        let text = format!(
            "# Made by `cargo xtask build`; use it with `cargo --config FILE … --target {TARGET}`.\n\
             [build]\n\
             rustc = {}\n\
             \n\
             [target.{TARGET}]\n\
             linker = {}\n\
             # The cfg means nothing to code; cargo takes a library that was made anew under the same path for the\n\
             # old one, unless a flag tells them apart.\n\
             rustflags = [\"--sysroot\", {}, \"--cfg\", \"wasm_sysroot_{}\"]\n",
            toml_text(Path::new(compiler.path()))?,
            toml_text(&linker()?)?,
            toml_text(&self.folder)?,
            fingerprint(&recipe(compiler)),
        );
        if fs::read_to_string(&path).is_ok_and(|written| written == text) {
            return Ok(path);
        }
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
        Ok(path)
    }
}

/// The linker for WebAssembly. Debian's package has none; the toolchain that runs cargo does.
fn linker() -> Result<PathBuf> {
    let rustc = || Command::new("rustc");
    let sysroot = PathBuf::from(process::output(rustc().args(["--print", "sysroot"]))?);
    let version = process::output(rustc().arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    if !linker.exists() {
        bail!(
            "there is no linker for {TARGET}: {} does not exist; run cargo from a toolchain of rustup, which has one",
            linker.display()
        );
    }
    Ok(linker)
}

/// A TOML string. Rust's escapes are TOML's for all that a path can hold but control characters.
fn toml_text(path: &Path) -> Result<String> {
    let text =
        path.to_str().with_context(|| format!("{} is not UTF-8, and cargo wants it so", path.display()))?;
    if text.chars().any(char::is_control) {
        bail!("{text:?} has control characters; move the checkout to a plain folder");
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
