//! A server that misbehaves as told, and remembers what it was asked.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// All header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Asked {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Method and path, without the query.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target.split('?').next().unwrap_or_default())
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole answer: status, further header lines, body.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// A whole answer on a connection that seems to stay open, then is closed.
    ClosedAfterwards(String),
    /// Reads the request, then resets the connection.
    Reset,
    /// Reads the request, then says nothing for ever.
    Stall,
    /// Says that the body is longer than what it sends, then closes.
    Truncated(String),
    /// A body without end, in chunks.
    Endless,
    /// 300,000 spaces, which compressed are a few hundred bytes.
    Bomb,
    /// Begins an answer and goes on byte by byte, for ever.
    Drip,
}

impl Reply {
    /// 200 with a JSON body.
    pub fn json(body: &serde_json::Value) -> Self {
        Self::status(200, body)
    }

    /// A status with a JSON body.
    pub fn status(status: u16, body: &serde_json::Value) -> Self {
        Self::Whole(status, vec![("content-type", "application/json".into())], body.to_string())
    }

    /// An error of the API's.
    pub fn error(status: u16, name: &str) -> Self {
        Self::status(status, &serde_json::json!({"error": {"name": name, "message": "as the test says"}}))
    }

    /// 200 with a page for people.
    pub fn html(status: u16) -> Self {
        let page = "<!doctype html><title>Welcome to the hotel</title>";
        Self::Whole(status, vec![("content-type", "text/html; charset=utf-8".into())], page.into())
    }

    /// The same answer with one more header.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Whole(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// 300,000 spaces through gzip, in Base64.
const BOMB: &str = "H4sIAAAAAAAC/+3BAQ0AAADCoCrvn9IeDigAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPgx3yofVOCT\
    BAA=";

/// A listener on this machine that answers by script.
pub struct Faulty {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    bytes: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Faulty {
    /// Answers each request with what `script` makes of it and of how many came before.
    pub async fn start(script: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, bytes) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (script, log, raw) = (Arc::new(script), Arc::clone(&asked), Arc::clone(&bytes));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log, raw) = (Arc::clone(&script), Arc::clone(&log), Arc::clone(&raw));
                tokio::spawn(async move {
                    // a client that gives up is what many of these tests are about
                    let _ = serve(stream, &*script, &log, &raw).await;
                });
            }
        });
        Self { address, asked, bytes, task }
    }

    /// Goes through `replies` in order; the last one stays.
    pub async fn in_order(replies: Vec<Reply>) -> Self {
        Self::start(move |n, _| replies[n.min(replies.len() - 1)].clone()).await
    }

    /// Where it listens, as a base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many requests of this method arrived.
    pub fn count(&self, method: &str) -> usize {
        self.asked().iter().filter(|asked| asked.method == method).count()
    }

    /// Every byte that arrived, requests or not.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: &(impl Fn(usize, &Asked) -> Reply + Send + Sync),
    log: &Mutex<Vec<Asked>>,
    raw: &Mutex<Vec<u8>>,
) -> io::Result<()> {
    let asked = read(&mut stream, raw).await?;
    let nth = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    match script(nth, &asked) {
        Reply::Whole(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\n");
            for (name, value) in headers {
                head.extend([name, ": ", &value, "\r\n"]);
            }
            if status != 204 {
                head.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
            }
            stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
            stream.shutdown().await
        }
        Reply::ClosedAfterwards(body) => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
            stream.shutdown().await
        }
        Reply::Reset => stream.set_zero_linger(),
        Reply::Stall => std::future::pending().await,
        Reply::Truncated(body) => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            let length = body.len() + 1000;
            stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()).await?;
            stream.shutdown().await
        }
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            loop {
                stream.write_all(chunk.as_bytes()).await?;
            }
        }
        Reply::Bomb => {
            let body = BASE64_STANDARD.decode(BOMB).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n";
            stream.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).await?;
            stream.write_all(&body).await?;
            stream.shutdown().await
        }
        Reply::Drip => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50000\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Reads one request with the body its content-length declares.
async fn read(stream: &mut TcpStream, raw: &Mutex<Vec<u8>>) -> io::Result<Asked> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let n = stream.read(&mut piece).await?;
        raw.lock().unwrap().extend_from_slice(&piece[..n]);
        bytes.extend_from_slice(&piece[..n]);
        if let Some(asked) = parse(&bytes) {
            return Ok(asked);
        }
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Asked> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let asked =
        Asked { method: first.next()?.to_owned(), target: first.next()?.to_owned(), headers, body: body.to_owned() };
    let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
    (asked.body.len() >= length).then_some(asked)
}
