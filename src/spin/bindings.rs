//! `wasi:cli/stderr` alone, and streams of bytes.
//!
//! `wasip3` has them, too, but its streams of bytes are made through the first interface that has one, which is
//! `wasi:cli/stdin`: a component that uses them imports it. These are made through `stderr`, which the world has.

#![allow(unsafe_code, clippy::all, reason = "written by wit-bindgen")]
#![allow(missing_debug_implementations, unreachable_pub)]

spin_sdk::wit_bindgen::generate!({
    path: "wit",
    inline: "
        package marketing-automation:bindings;
        world log {
            import wasi:cli/stderr@0.3.0;
        }
    ",
    world: "marketing-automation:bindings/log",
    runtime_path: "spin_sdk::wit_bindgen::rt",
    generate_all,
});

pub(super) use self::wasi::cli0_3_0::stderr::write_via_stream;
