//! Programs that serve, and what they cost: processor time and memory, as the system counts them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Failure;
use crate::wire::{Connection, request};

/// How Linux counts processor time for everybody to read, in a second. Source: proc(5), `stat`.
const TICKS: u64 = 100;

/// A program that serves, until it is dropped.
pub struct Served {
    child: Child,
    /// Where, as `127.0.0.1:PORT`.
    pub address: String,
}

impl Served {
    /// The built `keydeck serve` over `database`, which refuses nobody for asking often; or another build of it, to compare.
    pub fn keydeck(database: &str) -> Result<Self, Failure> {
        let other = std::env::var_os("KEYDECK_BENCH_PROGRAM");
        let mut command = Command::new(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_keydeck").into()));
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", database]);
        command.args(["--rate-limit", "1000000000", "--verification-limit", "1000000000"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no standard error")?).lines();
        let address = loop {
            let line = lines.next().ok_or("the server ended before it served")??;
            let word = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
            if let Some(address) = word {
                break address.trim_end_matches(';').to_owned();
            }
        };
        // read on, so that it is never held up by what it says
        std::thread::spawn(move || lines.for_each(drop));
        let served = Self { child, address };
        // one that finds much to catch up with at its start listens for some seconds before it answers
        Connection::open(&served.address)?.ask(&request("GET", "/healthz", "none", None))?.expect(200)?;
        Ok(served)
    }

    /// nginx with one file in `folder`, if it is installed.
    pub fn nginx(folder: &Path, file: &[u8]) -> Result<Option<Self>, Failure> {
        let folder = folder.to_str().ok_or("the folder is not UTF-8")?;
        let address = {
            let free = std::net::TcpListener::bind("127.0.0.1:0")?;
            free.local_addr()?.to_string()
        };
        std::fs::write(format!("{folder}/me.json"), file)?;
        let configuration = format!(
            "daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log;\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; sendfile on; tcp_nodelay on; open_file_cache max=10; keepalive_requests 1000000000;\n\
             client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};\n\
             uwsgi_temp_path {folder}; scgi_temp_path {folder};\n\
             server {{ listen {address}; root {folder}; default_type application/json; }} }}\n"
        );
        let path = format!("{folder}/nginx.conf");
        std::fs::write(&path, configuration)?;
        let mut command = Command::new("nginx");
        command.args(["-p", folder, "-c", &path, "-e", &format!("{folder}/error.log")]);
        let Ok(child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else { return Ok(None) };
        let served = Self { child, address };
        let end = Instant::now() + Duration::from_secs(10);
        while Connection::open(&served.address).is_err() {
            if Instant::now() > end {
                return Err("nginx does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(served))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The processor time that it and its children have taken so far.
    pub fn processor_time(&self) -> Result<Duration, Failure> {
        let own = self.id();
        let mut ticks = 0;
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            // it may have ended meanwhile
            let Ok(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
            // the name, in brackets, may hold anything
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
            if id == own || number(1) == u64::from(own) {
                ticks += number(11) + number(12);
            }
        }
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// How much memory it holds, and the most it ever held, in bytes.
    pub fn memory(&self) -> Result<(u64, u64), Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse::<u64>().map(|kilobytes| kilobytes * 1024)
        };
        Ok((of("VmRSS:")?, of("VmHWM:")?))
    }

    /// Ends it at once, as a crash would.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// The processor time that all programs of this name have taken so far.
pub fn processor_time_of(name: &str) -> Result<Duration, Failure> {
    let mut ticks = 0;
    for entry in std::fs::read_dir("/proc")? {
        let Ok(stat) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        let Some((head, fields)) = stat.rsplit_once(')') else { continue };
        if head.split_once('(').is_some_and(|(_, called)| called == name) {
            let fields: Vec<&str> = fields.split_whitespace().collect();
            let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
            // with those of its children that ended
            ticks += number(11) + number(12) + number(13) + number(14);
        }
    }
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        if let Some(id) = i32::try_from(self.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::TERM);
        }
        drop(self.child.wait());
    }
}
