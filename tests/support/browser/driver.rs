//! `chromedriver`, which starts and ends Chromium.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const DRIVER: &str = "chromedriver";
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

const HOW: &str = "the browser tests need Chromium and its driver, of one version: `apt-get install \
                   --no-install-recommends chromium chromium-driver` on Debian. To leave these tests out: \
                   `MARKETING_AUTOMATION_BROWSER=skip cargo xtask test`, or `cargo test -- --skip browser::`";

/// How long the driver may take to end its browser.
const FAREWELL: Duration = Duration::from_secs(5);

/// A driver on a free port. Dropped, it ends, and its browser with it.
pub(super) struct Driver {
    child: Child,
    port: u16,
    browser: PathBuf,
    // Closed, what the driver writes to it would end the driver.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    pub(super) fn start() -> Self {
        let browser = BROWSERS.into_iter().find_map(program).expect(HOW);
        let driver = program(DRIVER).expect(HOW);
        let mut child = Command::new(driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let port = port(&mut output).expect("chromedriver says its port");
        Self { child, port, browser, _output: output }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn browser(&self) -> &Path {
        &self.browser
    }

    /// Asks it to end its browser and itself.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(FAREWELL))?;
        stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A test that failed gets here, too: what goes wrong now would hide why.
        let _ = self.shut_down();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From `ChromeDriver was started successfully on port 41379.`
fn port(output: &mut impl BufRead) -> Option<u16> {
    output.lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })
}

/// Where a program is.
fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| file.is_file())
}
