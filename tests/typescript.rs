//! The types of the scripts that this service hands out.

use std::fs;
use std::process::Command;

use component_tests::root;

/// The compiler that `cargo xtask test` brought.
fn compiler() -> std::path::PathBuf {
    let file = root().join("target/web/node_modules/typescript/bin/tsc");
    let how = "npm install --prefix target/web typescript@5.9.3";
    assert!(file.exists(), "{} is missing: run `cargo xtask test`, or `{how}`", file.display());
    file
}

#[test]
fn the_script_does_what_its_types_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let assets = root().join("src/service/connect/assets");
    for (from, to) in [
        (assets.join("connect.d.ts"), "connect.d.ts"),
        // By another name, as the types would hide it.
        (assets.join("connect.js"), "script.mjs"),
        (root().join("tests/web/connect.ts"), "vendor.ts"),
    ] {
        fs::copy(from, folder.path().join(to)).expect("a copy");
    }
    let output = Command::new("node")
        .arg(compiler())
        .args([
            "--noEmit",
            "--strict",
            "--target",
            "es2022",
            "--module",
            "nodenext",
            "--lib",
            "es2022,dom,dom.iterable",
        ])
        .args(["--checkJs", "--allowImportingTsExtensions", "vendor.ts", "script.mjs"])
        .current_dir(folder.path())
        .output()
        .expect("node starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
