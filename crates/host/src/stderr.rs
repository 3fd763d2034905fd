//! A guest's standard error, line by line.
//!
//! Many instances write at once and a guest's line may come in pieces, so each instance's pieces are put
//! together here and only whole lines go on.

use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A line longer than this is passed on in pieces.
const LONGEST_LINE: usize = 64 << 10;

/// Where the lines that guests write to standard error go.
#[derive(Debug, Clone, Default)]
pub enum Stderr {
    /// Nowhere.
    #[default]
    Off,
    /// To this process's standard error.
    Inherit,
    /// Kept, for tests.
    Buffer(StderrBuffer),
}

/// Lines that guests wrote.
#[derive(Debug, Clone, Default)]
pub struct StderrBuffer(Arc<Mutex<Vec<u8>>>);

impl StderrBuffer {
    /// Everything so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Everything so far, line by line.
    pub fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

impl Stderr {
    /// A sink that keeps what it gets, and the handle to read it.
    pub fn buffer() -> (Self, StderrBuffer) {
        let buffer = StderrBuffer::default();
        (Self::Buffer(buffer.clone()), buffer)
    }

    fn write(&self, bytes: &[u8]) {
        match self {
            Self::Off => {}
            Self::Inherit => drop(std::io::stderr().lock().write_all(bytes)),
            Self::Buffer(StderrBuffer(kept)) => {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes)
            }
        }
    }

    /// The stream of one instance. What it opens as standard error, once or often, shares the line.
    pub(crate) fn stream(&self) -> InstanceStderr {
        InstanceStderr(Arc::new(Mutex::new(Lines { sink: self.clone(), line: Vec::new() })))
    }
}

struct Lines {
    sink: Stderr,
    line: Vec<u8>,
}

impl Lines {
    fn write(&mut self, bytes: &[u8]) {
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|&byte| byte == b'\n') {
            let rest = self.line.split_off(end + 1);
            self.sink.write(&std::mem::replace(&mut self.line, rest));
        }
        if self.line.len() > LONGEST_LINE {
            self.end();
        }
    }

    fn end(&mut self) {
        if !self.line.is_empty() {
            self.line.push(b'\n');
            self.sink.write(&std::mem::take(&mut self.line));
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.end();
    }
}

#[derive(Clone)]
pub(crate) struct InstanceStderr(Arc<Mutex<Lines>>);

impl InstanceStderr {
    fn write(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
    }
}

impl IsTerminal for InstanceStderr {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for InstanceStderr {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for InstanceStderr {
    async fn ready(&mut self) {}
}

impl OutputStream for InstanceStderr {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        Self::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST_LINE)
    }
}

impl AsyncWrite for InstanceStderr {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Self::write(&self, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_several_instances_do_not_mix() {
        let (sink, kept) = Stderr::buffer();
        let (one, two) = (sink.stream(), sink.stream());
        one.write(b"one ");
        two.write(b"two\nand ");
        one.write(b"more\n");
        drop((one, two));
        assert_eq!(kept.lines(), ["two", "one more", "and "]);
    }
}
