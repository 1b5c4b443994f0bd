//! What is said while a server is waited for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use crate::program::Home;

/// The first line that `keydeck list` says on standard error while a server answers each request with `answer`, or never.
fn said(answer: Option<&'static str>) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            if let Some(answer) = answer {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
            open.push(stream);
        }
    });
    let home = Home::new();
    let mut command = home.command(&["list"]);
    command.envs([("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", "made-up")]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stderr.take().unwrap()).read_line(&mut line).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    (line, url)
}

#[test]
fn a_server_that_says_nothing_is_named_and_until_when_it_is_waited_for() {
    let (line, url) = said(None);
    assert!(line.starts_with(&format!("waiting for {url} to answer, until ")), "{line}");
    assert!(line.ends_with(" UTC at the latest\n"), "{line}");
}

#[test]
fn a_rate_limit_that_is_waited_for_is_said_with_what_the_server_asked_for() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (line, url) = said(Some(answer));
    assert!(line.starts_with(&format!("waiting for the rate limit of {url} until ")), "{line}");
    assert!(line.ends_with(" UTC, as it asks to wait 30 s\n"), "{line}");
}
