//! Requests as bytes on connections that stay open: as little of a client as there can be, so that what is measured is
//! the server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Failure;

/// Connections that ask at the same time, each in a thread of its own.
const CONNECTIONS: usize = 4;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A request as it goes over the wire.
pub fn request(method: &str, path: &str, key: &str, body: Option<&str>) -> Vec<u8> {
    let body = body.unwrap_or_default();
    let length = body.len();
    let kind = if length > 0 { "Content-Type: application/json\r\n" } else { "" };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The answer, if it has this status.
    pub fn expect(self, status: u16) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        Err(format!("answered {} and not {status}: {}", self.status, String::from_utf8_lossy(&self.body)).into())
    }
}

impl Connection {
    /// To `address`, as `127.0.0.1:PORT`.
    pub fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends a request and reads its answer to the end.
    pub fn ask(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let mut bytes = vec![0; 65536];
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let read = self.stream.read(&mut bytes)?;
            if read == 0 {
                return Err("the connection ended before the answer".into());
            }
            self.buffer.extend_from_slice(&bytes[..read]);
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status: u16 = text.split(' ').nth(1).unwrap_or_default().parse()?;
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let length = length.unwrap_or_default();
        while self.buffer.len() < head + length {
            let read = self.stream.read(&mut bytes)?;
            if read == 0 {
                return Err("the connection ended in the middle of the answer".into());
            }
            self.buffer.extend_from_slice(&bytes[..read]);
        }
        Ok(Answer { status, body: self.buffer[head..head + length].to_vec() })
    }
}

/// How long answers took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    pub requests: usize,
    pub longest: Duration,
}

/// Sends requests over several connections for so long, at most `most` of them, and counts the answers, each of which has
/// to have this status. `make` makes the request of a number, each number once.
pub fn ask_for(
    address: &str,
    length: Duration,
    most: usize,
    status: u16,
    make: &(dyn Fn(usize) -> Vec<u8> + Sync),
) -> Result<Taken, Failure> {
    let (next, end) = (AtomicUsize::new(0), Instant::now() + length);
    let one = || -> Result<Taken, Failure> {
        let (mut connection, mut taken) = (Connection::open(address)?, Taken::default());
        while Instant::now() < end {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= most {
                break;
            }
            let (request, begun) = (make(number), Instant::now());
            connection.ask(&request)?.expect(status)?;
            taken.requests += 1;
            taken.longest = taken.longest.max(begun.elapsed());
        }
        Ok(taken)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(one)).collect();
        let mut all = Taken::default();
        for thread in threads {
            let taken = thread.join().map_err(|_panic| "a connection's thread panicked")??;
            all.requests += taken.requests;
            all.longest = all.longest.max(taken.longest);
        }
        Ok(all)
    })
}
