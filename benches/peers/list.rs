//! `keydeck list --json` of a large team, beside bare paging of the same list.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use super::demo::Server;
use super::{Bound, Failure, KEYDECK, line, milliseconds};

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
