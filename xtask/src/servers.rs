//! Servers of ours as child processes: started on loopback, waited for, ended with us.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a server may take to end what it is doing.
const GRACE: Duration = Duration::from_secs(10);

/// A running server. Dropped, it is told to end, and made to when it does not.
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `command`, which is to listen on `address`.
    pub(crate) fn start(name: &'static str, address: SocketAddr, command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        tie_to_us(command);
        let child = command.spawn().with_context(|| format!("could not start the {name}"))?;
        Ok(Self { name, child, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until `GET path` is answered with 200, or, without a path, until connections are accepted.
    pub(crate) fn wait_until_ready(&mut self, path: Option<&str>, patience: Duration) -> Result<()> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.exited()? {
                bail!("the {} ended before it was ready ({status}); its own words are above", self.name);
            }
            let ready = match path {
                Some(path) => answers(self.address, path),
                None => TcpStream::connect(self.address).is_ok(),
            };
            if ready {
                return Ok(());
            }
            if since.elapsed() > patience {
                let what = path.unwrap_or("connections");
                bail!(
                    "the {} on {} did not answer {what} within {} s",
                    self.name,
                    self.address,
                    patience.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// How it ended, if it has.
    pub(crate) fn exited(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("lost sight of the {}", self.name))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    fn stop(&mut self) -> Result<()> {
        if self.exited()?.is_some() {
            return Ok(());
        }
        ask_to_end(&mut self.child)?;
        let since = Instant::now();
        while since.elapsed() < GRACE {
            if self.exited()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("the {} may still run: {error:#}", self.name);
        }
    }
}

/// An address on loopback that nobody listens on: this port if it is free, else any.
pub(crate) fn loopback(preferred: u16) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, preferred))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .context("there is no free port on loopback")?;
    Ok(listener.local_addr()?)
}

/// Whether `GET path` is answered with 200. By hand: a client crate for one request is not worth its build.
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        match stream.read_exact(&mut head) {
            Ok(()) => Ok(head.starts_with(b"HTTP/1.") && head.ends_with(b" 200")),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    };
    ask().unwrap_or(false)
}

/// Ctrl-C reaches us alone, and we end the children one by one; should we die unheard, the kernel ends them.
#[cfg(unix)]
fn tie_to_us(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    command.process_group(0);
    #[cfg(target_os = "linux")]
    // SAFETY: between fork and exec only one system call is made; nothing is allocated and no lock is taken.
    unsafe {
        command.pre_exec(|| {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
            Ok(())
        });
    }
}

#[cfg(not(unix))]
fn tie_to_us(_: &mut Command) {}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};

    kill_process(Pid::from_child(child), Signal::TERM)?;
    Ok(())
}

#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) -> Result<()> {
    Ok(child.kill()?)
}
