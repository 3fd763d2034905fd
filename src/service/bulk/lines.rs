//! NDJSON as it comes in: one JSON text a line.
//!
//! | line | read as |
//! |---|---|
//! | JSON, ended by `\n`, `\r\n` or the end of the body | a record |
//! | blank | nothing, and it does not count |
//! | no JSON, or no UTF-8 | a record that failed, with the column |
//! | longer than 256 KiB | a record that failed; reading goes on with the next line |
//! | a byte order mark before the first | skipped |

use serde_json::Value;

use crate::clevertap::bulk::Records;
use crate::model::Failure;
use crate::transport::body::LocalFuture;
use crate::transport::{Body, SendError};

/// Twice what CleverTap takes for one event or profile with nested objects (128 KB, DOC S:nested).
const LONGEST: usize = 256 << 10;

/// Lines of a body.
#[derive(Debug)]
pub(in crate::service) struct Lines {
    body: Body,
    buffer: Vec<u8>,
    /// Where the next line begins, and up to where there is no end of it.
    start: usize,
    searched: usize,
    /// The current line is too long, has been told of, and is being passed over.
    passing_over: bool,
    ended: bool,
    first: bool,
}

impl Lines {
    pub(super) const fn new(body: Body) -> Self {
        Self {
            body,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            passing_over: false,
            ended: false,
            first: true,
        }
    }

    /// The next line that is there whole, without its end; the error is one that is too long.
    fn line(&mut self) -> Option<Result<&[u8], ()>> {
        loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            let found = memchr::memchr(b'\n', rest);
            let (end, next) = match found {
                Some(at) => {
                    let end = self.searched.saturating_add(at);
                    (end, end.saturating_add(1))
                }
                None if self.ended && self.start < self.buffer.len() => {
                    (self.buffer.len(), self.buffer.len())
                }
                None => {
                    self.searched = self.buffer.len();
                    if self.passing_over {
                        self.start = self.searched;
                        return None;
                    }
                    if self.searched.saturating_sub(self.start) <= LONGEST {
                        return None;
                    }
                    self.passing_over = true;
                    self.start = self.searched;
                    return Some(Err(()));
                }
            };
            let start = std::mem::replace(&mut self.start, next);
            self.searched = next;
            if std::mem::take(&mut self.passing_over) {
                continue;
            }
            if end.saturating_sub(start) > LONGEST {
                return Some(Err(()));
            }
            return Some(Ok(self.buffer.get(start..end).unwrap_or_default()));
        }
    }
}

impl Records for Lines {
    fn take(&mut self) -> Option<Result<Value, Failure>> {
        loop {
            let first = self.first;
            let line = self.line()?;
            let line = match line {
                Ok(line) if first => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
                Ok(line) => line,
                Err(()) => {
                    self.first = false;
                    let message =
                        format!("the line is longer than {LONGEST} bytes, the most that a record may have");
                    return Some(Err(Failure::new("", message)));
                }
            };
            let blank = line.iter().all(u8::is_ascii_whitespace);
            let record = if blank { Ok(Value::Null) } else { serde_json::from_slice(line) };
            self.first = false;
            if blank {
                continue;
            }
            return Some(record.map_err(|error| {
                let message = format!(
                    "the line is no JSON: something is wrong at column {}; each line is one JSON object",
                    error.column()
                );
                Failure::new("", message)
            }));
        }
    }

    fn fill(&mut self) -> LocalFuture<'_, Result<bool, SendError>> {
        Box::pin(async move {
            if self.ended {
                return Ok(false);
            }
            let piece = self.body.next().await;
            self.buffer.drain(..self.start);
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
            match piece {
                Ok(Some(piece)) if self.buffer.is_empty() => self.buffer = piece,
                Ok(Some(piece)) => self.buffer.extend_from_slice(&piece),
                Ok(None) => self.ended = true,
                Err(error) => {
                    // A line that was cut is no record.
                    self.ended = true;
                    self.buffer.clear();
                    self.searched = 0;
                    return Err(error);
                }
            }
            // At the end there may be a last line without an end of its own.
            Ok(!self.ended || !self.buffer.is_empty())
        })
    }
}

/// Lines of a body that is there in these pieces.
#[cfg(any(test, feature = "fuzz"))]
pub(super) fn read_all(pieces: Vec<Vec<u8>>) -> Vec<Result<Value, Failure>> {
    use std::task::{Context, Poll, Waker};

    struct Pieces(std::vec::IntoIter<Vec<u8>>);

    impl crate::transport::Source for Pieces {
        fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
            Box::pin(std::future::ready(Ok(self.0.next())))
        }
    }

    let mut lines = Lines::new(Body::Stream(Box::new(Pieces(pieces.into_iter())), None));
    let mut all = Vec::new();
    loop {
        // Nothing of it ever waits.
        let filled = lines.fill().as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if !matches!(filled, Poll::Ready(Ok(true))) {
            break;
        }
        while let Some(record) = lines.take() {
            all.push(record);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::testing::FakeHost;
    use crate::transport::Source;

    struct Pieces(VecDeque<Vec<u8>>);

    impl Source for Pieces {
        fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, SendError>> {
            Box::pin(async move { Ok(self.0.pop_front()) })
        }
    }

    fn read(text: &[u8], piece: usize) -> Vec<Result<Value, Failure>> {
        read_all(text.chunks(piece.max(1)).map(<[u8]>::to_vec).collect())
    }

    #[test]
    fn each_form_of_line() {
        for piece in [1, 3, 1000] {
            let records = read(b"\xef\xbb\xbf{\"a\":1}\r\n\n  \r\n{\"a\":2}\nnot json\n\xff\n[3]", piece);
            assert_eq!(records.len(), 5, "{records:?}");
            assert_eq!(records[0], Ok(json!({"a": 1})));
            assert_eq!(records[1], Ok(json!({"a": 2})));
            assert!(records[2].as_ref().unwrap_err().message.contains("column 2"), "{records:?}");
            assert!(records[3].is_err());
            assert_eq!(records[4], Ok(json!([3])));
        }
        assert!(read(b"", 1).is_empty());
        assert!(read(b"\n\n", 1).is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_fails_alone() {
        let long = format!("\"{}\"", "x".repeat(LONGEST));
        let fits = format!("\"{}\"", "x".repeat(LONGEST - 2));
        for text in [format!("1\n{long}\n2\n{fits}\n3"), format!("1\n{long}{long}\n2\n{fits}\n3\n")] {
            for piece in [1000, 65_536, text.len()] {
                let records = read(text.as_bytes(), piece);
                let good: Vec<_> = records.iter().map(Result::is_ok).collect();
                assert_eq!(good, [true, false, true, true, true], "pieces of {piece}");
            }
        }
        // Also as the last one.
        let records = read(format!("1\n{long}").as_bytes(), 1000);
        assert_eq!(records.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_long_line_takes_no_memory_for_what_is_passed_over() {
        let mut lines =
            Lines::new(Body::Stream(Box::new(Pieces(vec![vec![b'x'; 60_000]; 1000].into())), None));
        let host = FakeHost::scripted([]);
        let mut told = 0;
        while host.run(lines.fill()).unwrap() {
            while lines.take().is_some() {
                told += 1;
            }
            assert!(lines.buffer.len() <= LONGEST + 120_000, "{}", lines.buffer.len());
        }
        assert_eq!(told, 1);
    }

    proptest! {
        /// However the bytes are cut, the lines are those of the text.
        #[test]
        fn pieces_do_not_matter(lines in prop::collection::vec("[ -~]{0,20}", 0..20), cuts in prop::collection::vec(1usize..40, 1..20)) {
            let text = lines.join("\n");
            let whole = read(text.as_bytes(), text.len());
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, tail) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece.to_vec());
                rest = tail;
            }
            prop_assert_eq!(read_all(pieces), whole.clone());
            let expected = lines.iter().filter(|line| !line.trim().is_empty()).count();
            prop_assert_eq!(whole.len(), expected);
        }
    }
}
