//! A connection's bytes: tells of what comes and goes, and closes so that the last answer arrives.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::connection::Connection;

/// How much is read and thrown away of what a client still sends after its last answer, in bytes. To close with something
/// unread resets the connection, and with it goes an answer that the client has not read yet.
const LINGERED: usize = 1024 * 1024;
/// How long that goes on.
const LINGERING: Duration = Duration::from_secs(2);

/// A stream that a [`Connection`] is told of.
pub struct Watched<S> {
    stream: S,
    connection: Arc<Connection>,
    /// While it is being closed: until when, and how much was thrown away.
    closing: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Watched<S> {
    pub fn new(stream: S, connection: Arc<Connection>) -> Self {
        Self { stream, connection, closing: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.connection.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.connection.wrote(written.is_ready());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.connection.wrote(written.is_ready());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.closing.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        let (until, thrown) = this.closing.get_or_insert_with(|| (Box::pin(tokio::time::sleep(LINGERING)), 0));
        let mut space = [0; 4096];
        while *thrown < LINGERED {
            let mut buf = ReadBuf::new(&mut space);
            match Pin::new(&mut this.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => *thrown += buf.filled().len(),
                // the client closed as well, or is gone
                Poll::Ready(Ok(()) | Err(_)) => break,
                Poll::Pending => {
                    ready!(until.as_mut().poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    fn watched(size: usize) -> (tokio::io::DuplexStream, Watched<tokio::io::DuplexStream>) {
        let (client, server) = duplex(size);
        (client, Watched::new(server, Arc::new(Connection::new())))
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_client_still_sends_is_read_before_the_connection_is_closed() {
        let (mut client, mut server) = watched(64);
        let sent = tokio::spawn(async move {
            let sent = client.write_all(&[7; 10_000]).await;
            drop(client.shutdown().await);
            (sent.is_ok(), client.read(&mut [0; 1]).await.unwrap())
        });
        server.shutdown().await.unwrap();
        drop(server);
        assert_eq!(sent.await.unwrap(), (true, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_goes_on_is_not_waited_for_long() {
        let (client, mut server) = watched(64);
        let begun = tokio::time::Instant::now();
        server.shutdown().await.unwrap();
        assert_eq!(begun.elapsed(), LINGERING);
        let (mut reader, mut writer) = tokio::io::split(client);
        drop(reader.read(&mut [0; 1]).await);
        drop(server);
        assert!(writer.write_all(b"more").await.is_err());
    }
}
