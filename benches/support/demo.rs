//! The server that several benchmarks ask.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The built program's demo, without its console.
pub struct Server {
    child: Child,
    pub url: String,
    pub key: String,
}

impl Server {
    /// Starts it with so many keys, and waits until it serves.
    pub fn start(keys: u64) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
        command.args(["demo", "--print-url", "--keys", &keys.to_string()]).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut said = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut said)?;
        }
        let access: serde_json::Value = serde_json::from_str(&said)?;
        let field = |name: &str| access[name].as_str().unwrap_or_default().to_owned();
        Ok(Self { child, url: field("url"), key: field("apiKey") })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // it removes its files
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}
