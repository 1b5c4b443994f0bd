//! The front door: takes connections within bounds, gives each what it may take of time, and closes them all when the
//! server stops.
//!
//! A client that says nothing, or says it slowly, costs one connection for a bounded time. Where there are too many, the
//! one that has waited longest for its client goes, so that silent ones cannot keep out those that ask something.

mod connection;
mod crowd;
mod stream;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use self::connection::{Answering, Connection};
pub use self::crowd::Crowd;
use self::crowd::Place;
use self::stream::Watched;
use super::app::App;
use super::http::peer::Peer;
use super::listen::Listener;
use super::source::Source;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long nothing is accepted after the system could not, as when there are no more files to be had.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 32 * 1024;

/// The certificate that is served, where there is TLS; another one after the configuration was read again.
pub type Certificate = watch::Receiver<Arc<ServerConfig>>;

/// Serves until `stop`, then until what is under way is answered, within the bounds of `crowd`.
pub async fn serve(
    app: Arc<App>,
    listener: Listener,
    tls: Option<Certificate>,
    router: Router,
    stop: CancellationToken,
    crowd: Arc<Crowd>,
) -> io::Result<()> {
    let door = Arc::new(Door { app, router, tls, crowd, stop, open: TaskTracker::new() });
    match listener {
        Listener::Network(listener) => door.accept_network(listener).await,
        Listener::Socket(listener) => door.accept_socket(listener).await,
    }
    door.open.close();
    door.open.wait().await;
    Ok(())
}

struct Door {
    app: Arc<App>,
    router: Router,
    tls: Option<Certificate>,
    crowd: Arc<Crowd>,
    stop: CancellationToken,
    open: TaskTracker,
}

impl Door {
    async fn accept_network(self: &Arc<Self>, listener: TcpListener) {
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            let Some((stream, from)) = taken(accepted, &self.stop).await else { continue };
            // an answer is small and whole: to wait for more of it only makes it late
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection is gone already");
                continue;
            }
            let door = Arc::clone(self);
            let Some(place) = self.place(Some(from)) else { continue };
            match &self.tls {
                None => drop(self.open.spawn(door.hold(stream, Peer::Address(from), place))),
                Some(tls) => {
                    let acceptor = TlsAcceptor::from(Arc::clone(&tls.borrow()));
                    self.open.spawn(async move {
                        let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream));
                        match door.stop.run_until_cancelled(place.put_out().run_until_cancelled(shaken)).await.flatten()
                        {
                            Some(Ok(Ok(stream))) => door.hold(stream, Peer::Address(from), place).await,
                            Some(Ok(Err(error))) => tracing::debug!(%error, "a TLS handshake failed"),
                            Some(Err(_too_slow)) => tracing::debug!("a TLS handshake took too long"),
                            None => {}
                        }
                    });
                }
            }
        }
    }

    async fn accept_socket(self: &Arc<Self>, listener: UnixListener) {
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            let Some((stream, _)) = taken(accepted, &self.stop).await else { continue };
            let Some(place) = self.place(None) else { continue };
            self.open.spawn(Arc::clone(self).hold(stream, Peer::Socket, place));
        }
    }

    /// A place for a new connection. The proxy's connections are those of many clients, and a socket's those of the
    /// server's own user: they are bounded in all only.
    fn place(&self, from: Option<SocketAddr>) -> Option<Place> {
        let proxy = self.app.configured().behind_proxy;
        let counted = from.map(|from| from.ip().to_canonical());
        let counted = counted.filter(|from| proxy.is_none_or(|proxy| proxy.to_canonical() != *from));
        let place = self.crowd.enter(counted.map(|from| Source::Address(from).neighbourhood()));
        if place.is_none() {
            tracing::debug!("a connection was turned away: too many are answered now");
        }
        place
    }

    /// Answers what comes over a connection, for as long as it keeps to its deadlines.
    async fn hold<S: AsyncRead + AsyncWrite + Unpin>(self: Arc<Self>, stream: S, peer: Peer, place: Place) {
        let connection = place.connection();
        let answer = service_fn(|mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answering = Connection::answer(connection);
            let of = Arc::clone(connection);
            let answered = self.router.clone().oneshot(request.map(|body| Body::new(Arriving::of(body, of))));
            async move {
                answered.await.map(|response| response.map(|body| Body::new(Told { body, _answering: answering })))
            }
        });
        let watched = TokioIo::new(Watched::new(stream, Arc::clone(connection)));
        let held = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(watched, answer);
        tokio::pin!(held);
        let mut stopping = false;
        loop {
            tokio::select! {
                ended = held.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    return;
                }
                why = connection.overdue() => return tracing::debug!(why, "a connection was closed"),
                () = place.put_out().cancelled() => return tracing::debug!("a connection was closed: others wait"),
                () = self.stop.cancelled(), if !stopping => {
                    stopping = true;
                    connection.stop();
                    held.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// The connection, or none and a pause where the system has none to give.
async fn taken<T>(accepted: io::Result<T>, stop: &CancellationToken) -> Option<T> {
    match accepted {
        Ok(taken) => Some(taken),
        // its client went before it was taken
        Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => None,
        Err(error) => {
            tracing::error!(%error, "no connection can be accepted");
            stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            None
        }
    }
}

/// A request's body on its way.
struct Arriving {
    body: Incoming,
    connection: Arc<Connection>,
}

impl Arriving {
    fn of(body: Incoming, connection: Arc<Connection>) -> Self {
        connection.arrives(!body.is_end_stream());
        Self { body, connection }
    }
}

impl HttpBody for Arriving {
    type Data = <Incoming as HttpBody>::Data;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, hyper::Error>>> {
        std::pin::Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.connection.arrives(false);
    }
}

/// An answer's body; once it is told or given up, the connection waits for its client again.
struct Told {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Told {
    type Data = <Body as HttpBody>::Data;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::pin::Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn where_the_system_has_none_to_give_no_connection_is_asked_for_a_moment() {
        let (stop, begun) = (CancellationToken::new(), tokio::time::Instant::now());
        let none_left = || Err::<(), _>(io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error()));
        assert!(taken(none_left(), &stop).await.is_none());
        assert_eq!(begun.elapsed(), PAUSE);
        let gone = Err::<(), _>(ErrorKind::ConnectionAborted.into());
        assert!(taken(gone, &stop).await.is_none());
        assert!(taken(Ok(()), &stop).await.is_some());
        assert_eq!(begun.elapsed(), PAUSE, "a client that went is no reason to wait");
        stop.cancel();
        assert!(taken(none_left(), &stop).await.is_none());
        assert_eq!(begun.elapsed(), PAUSE, "nor does a server that stops");
    }
}
