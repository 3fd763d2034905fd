//! The command: serves, calls and examines components, and checks what is assumed about CleverTap.

mod cli;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let result = match cli::Command::parse() {
        cli::Command::Serve(serve) => serve.run().await,
        cli::Command::Call(call) => call.run().await,
        cli::Command::Imports(imports) => imports.run(),
        cli::Command::Doctor(doctor) => doctor.run().await,
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}
