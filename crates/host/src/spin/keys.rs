//! The list of a store's keys, streamed page by page: it may be longer than either side wants to hold.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::{mpsc, oneshot};
use wasmtime::component::{Destination, FutureReader, StreamProducer, StreamReader, StreamResult, VecBuffer};
use wasmtime::{AsContextMut, StoreContextMut};

use super::bindings::spin::key_value::key_value::Error;
use crate::key_value::{KeyValue, PAGE};
use crate::state::State;

/// The stream, and what comes after its end: whether it was the end of the list.
pub(super) type Keys = (StreamReader<String>, FutureReader<Result<(), Error>>);

/// Each page is what the store has at its time. A key that is there all the while comes exactly once.
pub(super) fn list(mut state: impl AsContextMut<Data = State>, store: KeyValue) -> wasmtime::Result<Keys> {
    let (pages, next) = mpsc::channel(1);
    let (end, ended) = oneshot::channel();
    tokio::spawn(async move {
        // A reader that has gone wants neither pages nor the end.
        let _ = end.send(read(&store, pages).await);
    });
    let keys = StreamReader::new(&mut state, Pages(next))?;
    let result = FutureReader::new(&mut state, async move {
        wasmtime::error::Ok(
            ended.await.unwrap_or_else(|_| Err(Error::Other("the host is closing".to_owned()))),
        )
    })?;
    Ok((keys, result))
}

async fn read(store: &KeyValue, pages: mpsc::Sender<Vec<String>>) -> Result<(), Error> {
    let mut last = None;
    loop {
        let page = store.keys_after(last).await?;
        let more = page.len() == PAGE;
        last = page.last().cloned();
        if !page.is_empty() && pages.send(page).await.is_err() {
            return Ok(());
        }
        if !more {
            return Ok(());
        }
    }
}

struct Pages(mpsc::Receiver<Vec<String>>);

impl StreamProducer<State> for Pages {
    type Item = String;
    type Buffer = VecBuffer<String>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _: StoreContextMut<'a, State>,
        mut to: Destination<'a, String, VecBuffer<String>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if finish {
            // The guest takes its read back. A page stays in the channel.
            return Poll::Ready(Ok(StreamResult::Cancelled));
        }
        match ready!(self.0.poll_recv(cx)) {
            Some(page) => {
                to.set_buffer(page.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            None => Poll::Ready(Ok(StreamResult::Dropped)),
        }
    }
}
