//! Points at which a test kills the program, to see what a crash there leaves behind. Only the cargo feature
//! `fault-points` makes them do anything; the ordinary program holds nothing of them.
//!
//! With it, `KEYDECK_FAULT=NAME` or `NAME#N` kills this process by SIGKILL where NAME is reached, the first or the Nth
//! time; `KEYDECK_FAULT_LOG=FILE` gets a line with the name of each point as it is reached. `KEYDECK_FAULT_MINTING=server`
//! has keydeck's own server make the values of new keys, as other backends do, and `KEYDECK_FAULT_MINTING=person` neither make
//! keys nor list or revoke them; `KEYDECK_FAULT_STRETCH=first` has the escrow
//! leave an earlier stretching of its passphrase as it is; `KEYDECK_FAULT_BATCH=N` revokes N keys in a call at most.
//! `keydeck serve --revocation-delay SECONDS` and `--revocation-never` go on accepting keys that were revoked, deleted or
//! disabled (`server::Lag`).

/// A point by its name, which may hold arguments as in `format!`. Without the feature it is nothing, and its arguments are
/// not evaluated.
macro_rules! point {
    ($($name:tt)+) => {{
        #[cfg(feature = "fault-points")]
        $crate::fault::reached(&format!($($name)+));
    }};
}

pub(crate) use point;

/// So many keys go in one call instead of as many as the backend takes, where a test asks for that.
#[cfg(not(feature = "fault-points"))]
pub(crate) fn batch() -> Option<usize> {
    None
}

#[cfg(feature = "fault-points")]
pub use on::{batch, is_by_hand, is_minting_there, keeps_first_stretching, reached};

#[cfg(feature = "fault-points")]
mod on {
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Names the point to die at.
    const FAULT: &str = "KEYDECK_FAULT";
    /// Names the file that every point is appended to.
    const LOG: &str = "KEYDECK_FAULT_LOG";

    /// Says that the backend makes the values.
    const MINTING: &str = "KEYDECK_FAULT_MINTING";

    /// Says that an earlier stretching stays.
    const STRETCH: &str = "KEYDECK_FAULT_STRETCH";

    /// Whether the escrow shall seal by an earlier stretching, as an earlier program did.
    pub fn keeps_first_stretching() -> bool {
        std::env::var_os(STRETCH).is_some_and(|value| value == "first")
    }

    /// Whether the backend shall make the values of new keys.
    pub fn is_minting_there() -> bool {
        std::env::var_os(MINTING).is_some_and(|value| value == "server")
    }

    /// Whether the backend shall neither make, list nor revoke keys.
    pub fn is_by_hand() -> bool {
        std::env::var_os(MINTING).is_some_and(|value| value == "person")
    }

    /// Says how many keys go in one call.
    const BATCH: &str = "KEYDECK_FAULT_BATCH";

    pub fn batch() -> Option<usize> {
        std::env::var(BATCH).ok()?.parse().ok().filter(|most| *most > 0)
    }

    /// How often the point to die at was reached.
    static TIMES: AtomicU64 = AtomicU64::new(0);

    /// Notes that the point `name` is reached, and dies there when that was asked for.
    pub fn reached(name: &str) {
        if let Some(path) = std::env::var_os(LOG)
            && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
        {
            // in one write, so that lines of two processes do not mix
            let _ = file.write_all(format!("{name}\n").as_bytes());
        }
        let Ok(wanted) = std::env::var(FAULT) else { return };
        let (point, time) = parse(&wanted);
        if point == name && TIMES.fetch_add(1, Ordering::SeqCst) + 1 == time {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            loop {
                std::thread::park();
            }
        }
    }

    /// The point's name and which time counts.
    fn parse(wanted: &str) -> (&str, u64) {
        match wanted.rsplit_once('#').map(|(name, time)| (name, time.parse())) {
            Some((name, Ok(time))) => (name, time),
            _ => (wanted, 1),
        }
    }

    #[cfg(test)]
    mod tests {
        use std::os::unix::process::ExitStatusExt;

        use super::*;

        #[test]
        fn a_point_is_named_with_the_time_that_counts() {
            assert_eq!(parse("journal.end.after"), ("journal.end.after", 1));
            assert_eq!(parse("journal.end.after#3"), ("journal.end.after", 3));
        }

        /// What the other test runs as a process of its own; alone it finds nothing to die at.
        #[test]
        fn child() {
            for at in 0..3 {
                crate::fault::point!("test.sink.{at}");
                crate::fault::point!("test.each");
            }
        }

        #[test]
        fn the_process_dies_there_and_the_log_tells_the_way() {
            let dir = tempfile::tempdir().unwrap();
            let log = dir.path().join("log");
            for (wanted, way) in [
                ("test.each#2", Some("test.sink.0\ntest.each\ntest.sink.1\ntest.each\n")),
                ("test.sink.1", Some("test.sink.0\ntest.each\ntest.sink.1\n")),
                ("test.each#4", None),
            ] {
                let _ = std::fs::remove_file(&log);
                let status = std::process::Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "fault::on::tests::child"])
                    .env(FAULT, wanted)
                    .env(LOG, &log)
                    .output()
                    .unwrap()
                    .status;
                assert_eq!(status.signal(), way.map(|_| 9), "{wanted}");
                if let Some(way) = way {
                    assert_eq!(std::fs::read_to_string(&log).unwrap(), way, "{wanted}");
                }
            }
        }
    }
}
