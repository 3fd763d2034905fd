//! A wire with somebody listening: what passes through to a server, and all that it answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A running relay. Dropped, it ends.
pub struct Relay {
    port: u16,
    answers: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Relay {
    /// # Panics
    /// When there is no free port.
    pub async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let answers = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(relay(listener, to, Arc::clone(&answers)));
        Self { port, answers, task }
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every byte that the server answered, of connections that stand side by side in some order.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn answers(&self) -> Vec<u8> {
        self.answers.lock().expect("nothing panics with it").clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(listener: TcpListener, to: SocketAddr, answers: Arc<Mutex<Vec<u8>>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(to).await else { continue };
        let answers = Arc::clone(&answers);
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        connections.spawn(async move {
            let _ = copy(&mut from_client, &mut to_server).await;
            let _ = to_server.shutdown().await;
        });
        connections.spawn(async move {
            let mut bytes = vec![0; 16 << 10];
            // A browser that goes away ends its connection.
            while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
                answers.lock().expect("nothing panics with it").extend(&bytes[..length]);
                if to_client.write_all(&bytes[..length]).await.is_err() {
                    return;
                }
            }
            let _ = to_client.shutdown().await;
        });
    }
}
