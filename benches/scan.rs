//! Looking for keys: a tree of files beside ripgrep with the same patterns, and a history of 10,000 commits beside git
//! reading it. `cargo bench --bench scan`, or with a size of the tree in megabytes: `cargo bench --bench scan -- 1000`.
//!
//! What is made to be looked through is the same in every run. Each time stands beside the other's in the same run, the two
//! by turns; the figures are for reading side by side, and nothing asserts them.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are for whoever runs it")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keydeck::domain::key_value::{KeyKind, mint};

type Failure = Box<dyn Error + Send + Sync>;

const MEGABYTES: usize = 200;
const COMMITS: usize = 10_000;
const RUNS: usize = 5;
/// The formats that keydeck knows, as anybody would write them down.
const PATTERNS: [&str; 5] = [
    "kdk_[0-9A-Za-z]{36}",
    "kdc_[0-9A-Za-z]{36}",
    "PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "PMAT-[0-9A-Z]{26}",
    "[0-9A-Za-z]+_v1_[0-9A-Za-z+/]{44}",
];

fn main() -> Result<(), Failure> {
    let megabytes = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(MEGABYTES);
    let folder = tempfile::tempdir()?;
    tree(&folder.path().join("tree"), megabytes)?;
    history(&folder.path().join("history"))
}

fn tree(tree: &Path, megabytes: usize) -> Result<(), Failure> {
    let mut random = Random(1);
    let (mut written, mut files) = (0, 0);
    while written < megabytes * 1_000_000 {
        let folder = tree.join(format!("{}/{}", files % 40, files % 7));
        std::fs::create_dir_all(&folder)?;
        // as in a tree of sources: many small ones, some large, a few of one line
        let length = [2_000, 8_000, 20_000, 60_000, 400_000][random.below(5)];
        let text = source(&mut random, length, files % 50 != 0)?;
        written += text.len();
        std::fs::write(folder.join(format!("{files}.rs")), text)?;
        files += 1;
    }
    println!("a tree of {files} files, {megabytes} MB, median of {RUNS}");
    let keydeck = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
        command.args(["scan", "--offline", "--no-ignore", "--json"]).arg(tree);
        command
    };
    let ripgrep = || {
        let mut command = Command::new("rg");
        command.args(["--hidden", "--no-ignore", "--count-matches"]);
        for pattern in PATTERNS {
            command.args(["-e", pattern]);
        }
        command.arg(tree);
        command
    };
    if Command::new("rg").arg("--version").output().is_err() {
        println!("  ripgrep is not installed");
        println!("  keydeck               {:>8.2} s", median(RUNS, || time(keydeck()))?.as_secs_f64());
        return Ok(());
    }
    let (ours, theirs) = by_turns(|| time(keydeck()), || time(ripgrep()))?;
    println!("  keydeck               {:>8.2} s", ours.as_secs_f64());
    println!("  ripgrep               {:>8.2} s", theirs.as_secs_f64());
    println!("  ratio                 {:>8.2}", ours.as_secs_f64() / theirs.as_secs_f64());
    Ok(())
}

fn history(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(arguments);
        command
    };
    git(&["init", "-q", "--bare", "."]).status()?;
    let mut import = git(&["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
    let mut stream = std::io::BufWriter::new(import.stdin.take().ok_or("no standard input")?);
    let mut random = Random(2);
    let mut contents: Vec<String> = Vec::new();
    for commit in 0..COMMITS {
        let file = random.below(300).min(contents.len());
        if file == contents.len() {
            contents.push(source(&mut random, 10_000, true)?);
        }
        let more = source(&mut random, 200, commit % 500 != 0)?;
        contents[file].push_str(&more);
        let (when, text) = (1_700_000_000 + commit * 600, &contents[file]);
        write!(stream, "commit refs/heads/main\ncommitter Ana <ana@acme.example> {when} +0000\ndata 6\nchange\n")?;
        write!(stream, "M 644 inline src/{}/{file}.rs\ndata {}\n{text}\n", file % 20, text.len())?;
    }
    drop(stream);
    import.wait()?;
    git(&["repack", "-adq"]).status()?;
    let list = git(&["rev-list", "--objects", "--all"]).output()?.stdout;
    let names: String = String::from_utf8_lossy(&list).lines().fold(String::new(), |mut names, line| {
        let _ = writeln!(names, "{}", line.split(' ').next().unwrap_or_default());
        names
    });
    let asked = folder.join("names");
    std::fs::write(&asked, names)?;
    let keydeck = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
        command.args(["scan", "--offline", "--json", "--git"]).arg(folder);
        command
    };
    let reading = || {
        let start = Instant::now();
        let input = std::fs::File::open(&asked)?;
        git(&["cat-file", "--batch"]).stdin(input).stdout(Stdio::null()).status()?;
        Ok(start.elapsed())
    };
    let listing = || time(git(&["rev-list", "--objects", "--all"]));
    println!("a history of {COMMITS} commits, median of {RUNS}");
    let (ours, theirs) = by_turns(|| time(keydeck()), reading)?;
    println!("  keydeck               {:>8.2} s", ours.as_secs_f64());
    println!("  git cat-file --batch  {:>8.2} s", theirs.as_secs_f64());
    println!("  ratio                 {:>8.2}", ours.as_secs_f64() / theirs.as_secs_f64());
    println!("  git rev-list          {:>8.2} s", median(RUNS, listing)?.as_secs_f64());
    Ok(())
}

/// Text like a program's, in lines or on one; a key stands in it once in a while.
fn source(random: &mut Random, length: usize, lines: bool) -> Result<String, Failure> {
    const WORDS: [&str; 16] = [
        "let",
        "count",
        "rows",
        "self.state",
        "fn look(",
        "api_v1_users",
        "if",
        "==",
        "return",
        "\"text\"",
        "=>",
        "// why it is so",
        "is_open()",
        "&mut",
        "Some(value)",
        "x-request-id",
    ];
    let mut text = String::with_capacity(length + 64);
    while text.len() < length {
        text.push_str(WORDS[random.below(WORDS.len())]);
        text.push(if lines && random.below(9) == 0 { '\n' } else { ' ' });
    }
    if random.below(200) == 0 {
        let value = mint(KeyKind::ApiKey, getrandom::fill)?;
        text.push_str(value.expose());
    }
    text.push('\n');
    Ok(text)
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}

fn time(mut command: Command) -> Result<Duration, Failure> {
    let start = Instant::now();
    command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(start.elapsed())
}

fn median(runs: usize, mut run: impl FnMut() -> Result<Duration, Failure>) -> Result<Duration, Failure> {
    let mut times = (0..runs).map(|_| run()).collect::<Result<Vec<Duration>, Failure>>()?;
    times.sort();
    Ok(times[runs / 2])
}

/// The medians of two that run by turns, after one turn that is not counted.
fn by_turns(
    mut ours: impl FnMut() -> Result<Duration, Failure>,
    mut theirs: impl FnMut() -> Result<Duration, Failure>,
) -> Result<(Duration, Duration), Failure> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for turn in 0..=RUNS {
        let (one, other) = (ours()?, theirs()?);
        if turn > 0 {
            a.push(one);
            b.push(other);
        }
    }
    a.sort();
    b.sort();
    Ok((a[RUNS / 2], b[RUNS / 2]))
}
