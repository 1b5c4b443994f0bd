//! Mail over a server that is not ours: aiosmtpd, with STARTTLS, TLS and authentication; what came is read by Python's own
//! parser.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;

use crate::program::Home;

/// Names the Python that knows aiosmtpd, where that is not the usual one.
const PYTHON: &str = "KEYDECK_TEST_MAIL_SERVER";

/// The Python that knows aiosmtpd; none, where there is none.
fn python() -> Option<PathBuf> {
    // where `.ci/run` puts it
    let beside = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("mail-server/bin/python3");
    let all = [std::env::var_os(PYTHON).map(PathBuf::from), Some(beside), Some(PathBuf::from("python3"))];
    let knows = |python: &PathBuf| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = all.into_iter().flatten().find(knows);
    if found.is_none() {
        // where nothing may be left out, as in .ci/run, this is a failure
        assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "aiosmtpd is not installed");
    }
    found
}

/// The mail server.
struct Server {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    fn start(python: &Path, args: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stand_ins/mail_server.py");
        let mut child = Command::new(python).arg(script).args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let port = first.strip_prefix("listening ").unwrap().parse().unwrap();
        Self { child, lines, port }
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with an authority, a certificate for `localhost`, and a password, each in a file.
fn home() -> Home {
    let home = Home::new();
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    std::fs::write(home.path("ca.pem"), authority.self_signed(&authority_key).unwrap().pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    std::fs::write(home.path("cert.pem"), own.pem()).unwrap();
    std::fs::write(home.path("key.pem"), key.serialize_pem()).unwrap();
    home.write_private("config/keydeck/password", "correct horse\n");
    home
}

fn configure(home: &Home, port: u16, security: &str, lines: &str) {
    let text = format!(
        "[smtp]\nhost = \"localhost\"\nport = {port}\nsecurity = \"{security}\"\nfrom = \"keydeck@acme.example\"\n{lines}\n"
    );
    std::fs::write(home.path("config/keydeck/server.toml"), text).unwrap();
}

const USER: &str = "user = \"keydeck\"\npassword = { file = \"password\" }";

#[test]
fn mail_goes_over_tls_with_a_password_and_to_nobody_who_cannot_show_who_they_are() {
    let Some(python) = python() else {
        println!("SKIPPED: aiosmtpd is not installed, so mail over a server that is not ours was not tested");
        return;
    };
    for security in ["starttls", "tls"] {
        let home = home();
        let path = |name: &str| home.path(name).display().to_string();
        let (certificate, key, password) = (path("cert.pem"), path("key.pem"), path("config/keydeck/password"));
        let mut server = Server::start(&python, &[security, &certificate, &key, "keydeck", &password]);
        let test = ["server", "test-mail", "ana@acme.example"];
        let ca = path("ca.pem");
        let trusting = [("SSL_CERT_FILE", ca.as_str())];
        configure(&home, server.port, security, USER);
        home.run_with(&test, &trusting).ended(0).says("sent to ana@acme.example: smtp");
        let mail = server.next();
        assert_eq!((&mail["tls"], &mail["user"]), (&Value::from(true), &Value::from("keydeck")), "{mail}");
        assert_eq!(
            (&mail["from"], &mail["to"][0]),
            (&Value::from("keydeck@acme.example"), &Value::from("ana@acme.example"))
        );
        assert_eq!(
            (&mail["subject"], &mail["defects"]),
            (&Value::from("keydeck can tell you"), &serde_json::json!([]))
        );
        assert!(mail["parts"]["text/plain"].as_str().unwrap().contains("notices arrive here"), "{mail}");
        assert!(mail["parts"]["text/html"].as_str().unwrap().contains("<p>"), "{mail}");
        // an authority that is not trusted, a wrong password, none
        home.run(&test).ended(1).says("smtp: localhost");
        home.write_private("config/keydeck/password", "wrong\n");
        let expected = home.path("expected");
        std::fs::write(&expected, "correct horse").unwrap();
        let mut strict = Server::start(&python, &[security, &certificate, &key, "keydeck", expected.to_str().unwrap()]);
        configure(&home, strict.port, security, USER);
        let refused = home.run_with(&test, &trusting).ended(1).says("smtp: localhost");
        assert!(!refused.err.contains("wrong"), "{refused:?}");
        configure(&home, strict.port, security, "");
        home.run_with(&test, &trusting).ended(1).says("smtp: localhost");
        home.write_private("config/keydeck/password", "correct horse\n");
        configure(&home, strict.port, security, USER);
        home.run_with(&test, &trusting).ended(0);
        assert_eq!(strict.next()["user"], "keydeck", "nothing came of the others");
    }
}

#[test]
fn mail_that_is_to_be_secret_is_never_sent_in_the_clear() {
    let Some(python) = python() else {
        println!("SKIPPED: aiosmtpd is not installed, so mail over a server that is not ours was not tested");
        return;
    };
    let home = home();
    let mut server = Server::start(&python, &["plain"]);
    let test = ["server", "test-mail", "ana@acme.example"];
    for security in ["starttls", "tls"] {
        configure(&home, server.port, security, "");
        home.run(&test).ended(1).says("smtp: localhost");
    }
    configure(&home, server.port, "none", "");
    home.run(&test).ended(0);
    assert_eq!(server.next()["tls"], false, "the one that said so is the first that came");
}
