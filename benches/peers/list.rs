//! `keydeck list --json` of a large team, beside bare paging of the same list.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Bound, Failure, KEYDECK, line, milliseconds};

/// The built program's demo, without its console.
struct Server {
    child: Child,
    url: String,
    key: String,
}

impl Server {
    fn start(keys: u64) -> Result<Self, Failure> {
        let mut command = Command::new(KEYDECK);
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

/// How long the list takes, and the most memory of it in MB.
fn listed(server: &Server) -> Result<(Duration, f64), Failure> {
    let start = Instant::now();
    let mut child = Command::new(KEYDECK)
        .args(["list", "--tab", "team", "--json"])
        .envs([("KEYDECK_URL", &server.url), ("KEYDECK_API_KEY", &server.key)])
        .stdout(File::create("/dev/null")?)
        .spawn()?;
    let mut most = 0.0_f64;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        if let Some(high) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            most = most.max(high.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0);
        }
        if child.try_wait()?.is_some() {
            return Ok((start.elapsed(), most));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The same pages, thrown away.
async fn paged(server: &Server) -> Result<Duration, Failure> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let (start, mut cursor) = (Instant::now(), String::new());
    loop {
        let url = format!("{}/api-keys?scope=team&limit=1000{cursor}", server.url);
        let body = client.get(url).header("X-Api-Key", &server.key).send().await?.error_for_status()?.bytes().await?;
        let page: serde_json::Value = serde_json::from_slice(&body)?;
        match page["meta"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(start.elapsed()),
        }
    }
}

pub fn measure() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let small = { listed(&Server::start(10_000)?)?.1 };
    let server = Server::start(100_000)?;
    let bare = milliseconds(runtime.block_on(paged(&server))?);
    let (took, most) = listed(&server)?;
    let peer = Some(("the same pages as JSON values", bare));
    line("list --json of 100,000", milliseconds(took), peer, Bound::Times(1.1), "ms");
    line("its memory beside that of 10,000", most, Some(("of 10,000", small)), Bound::TimesAnd(1.0, 4.0), "MB");
    Ok(())
}
