//! Servers whose certificate an authority of the team's own signed, and proxies on the way to them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keydeck::server::{ServerSettings, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::program::{Home, Ran};
use crate::server::TestServer;

/// A server with a certificate for loopback and `keys.team.example`, and a home that knows its authority's.
struct Secured {
    server: TestServer,
    home: Home,
    /// The authority's certificate.
    authority: rcgen::Certificate,
    _tls: tempfile::TempDir,
}

impl Secured {
    fn new() -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&authority_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = ["127.0.0.1".to_owned(), "keys.team.example".to_owned()];
        let issuer = Issuer::new(authority, authority_key);
        let own = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        std::fs::write(&files.certificate, own.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let server = TestServer::start_blocking(ServerSettings { tls: Some(files), ..ServerSettings::default() });
        Self { server, home: Home::new(), authority: certificate, _tls: folder }
    }

    fn port(&self) -> &str {
        self.server.base_url.rsplit(':').next().unwrap()
    }

    /// Lists with a profile for the server at `base_url`, which has further lines.
    fn list(&self, base_url: &str, lines: &str, environment: &[(&str, &str)]) -> Ran {
        self.home.configure(&format!(
            "[profiles.prod]\nbackend = \"keydeck\"\nbase_url = \"{base_url}\"\ncredential = {{ env = \"OTHER\" }}\n{lines}\n"
        ));
        let key = [("OTHER", self.server.keys.user.expose())];
        let ran = self.home.run_with(&["list"], &[&key[..], environment].concat());
        assert!(!format!("{ran:?}").contains(self.server.keys.user.expose()));
        ran
    }

    fn beside_config(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.home.path("config/keydeck").join(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        path
    }
}

fn mode(path: &Path, bits: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_the_profile_names_it() {
    let team = Secured::new();
    let url = format!("https://127.0.0.1:{}", team.port());
    team.list(&url, "", &[]).ended(4).says("signed by nobody that this machine trusts").says("ca_file in the profile");
    let pem = team.authority.pem();
    let with_bom = [&b"\xef\xbb\xbf"[..], pem.replace('\n', "\r\n").as_bytes()].concat();
    team.beside_config("ca.pem", pem.as_bytes());
    team.beside_config("bom.pem", &with_bom);
    let der = team.beside_config("ca.der", team.authority.der());
    for name in ["ca.pem", "bom.pem", "ca.der", der.to_str().unwrap()] {
        team.list(&url, &format!("ca_file = \"{name}\""), &[]).ended(0);
    }
    let whole = team.home.path("config/keydeck/ca.pem");
    team.list(&url, "", &[("SSL_CERT_FILE", whole.to_str().unwrap())]).ended(0);
}

#[test]
fn a_ca_file_that_cannot_be_used_is_told_with_file_line_and_profile() {
    let team = Secured::new();
    let url = format!("https://127.0.0.1:{}", team.port());
    let pem = team.authority.pem();
    let lines = pem.lines().count();
    team.beside_config("key.pem", KeyPair::generate().unwrap().serialize_pem().as_bytes());
    team.beside_config("cut.pem", format!("{pem}{}", &pem[..pem.len() / 2]).as_bytes());
    team.beside_config("empty.pem", b"");
    mode(&team.beside_config("open.pem", pem.as_bytes()), 0o666);
    std::fs::create_dir(team.home.path("config/keydeck/folder")).unwrap();
    for (name, says) in [
        ("gone.pem", "gone.pem: there is no such file"),
        ("folder", "folder: it is a folder"),
        ("empty.pem", "empty.pem: it is empty"),
        ("key.pem", "key.pem: it holds a key, and no certificate"),
        ("cut.pem", &format!("cut.pem: line {}: what begins here has no end", lines + 1)),
    ] {
        let ran = team.list(&url, &format!("ca_file = \"{name}\""), &[]).ended(2);
        ran.says("config.toml:5:11: profiles.prod.ca_file: ").says(says).says("the authority that signed the server's");
    }
    team.list(&url, "ca_file = \"open.pem\"", &[]).ended(2).says("anybody may change").says("what servers are trusted");
}

/// A proxy that answers a request for a tunnel with `answer`, and then is one to `server`. Gives its address.
fn proxy(answer: &'static str, server: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut client, server) = (stream.unwrap(), server.clone());
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read > 0) {
                    head.push(byte[0]);
                }
                let asked = String::from_utf8_lossy(&head).to_ascii_lowercase();
                let right = asked.starts_with("connect keys.team.example:443 ")
                    && (answer != NEEDS_USER || asked.contains("proxy-authorization: basic yw5homh1bnrlcji="));
                let answer = match answer {
                    NEEDS_USER if right => "HTTP/1.1 200 OK\r\n\r\n",
                    NEEDS_USER => "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                    answer => answer,
                };
                let _ = client.write_all(answer.as_bytes());
                if !right || !answer.contains("200") {
                    return;
                }
                let mut server = TcpStream::connect(server).unwrap();
                let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
                let _ = std::io::copy(&mut client, &mut server);
                let _ = server.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    address
}

const NEEDS_USER: &str = "407 or 200";

#[test]
fn a_proxy_of_the_environment_is_gone_through_and_told_when_it_will_not() {
    let team = Secured::new();
    team.beside_config("ca.pem", team.authority.pem().as_bytes());
    let server = format!("127.0.0.1:{}", team.port());
    let list =
        |environment: &[(&str, &str)]| team.list("https://keys.team.example", "ca_file = \"ca.pem\"", environment);
    let open = proxy("HTTP/1.1 200 OK\r\n\r\n", server.clone());
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        list(&[(variable, &open)]).ended(0);
    }
    list(&[("HTTPS_PROXY", open.strip_prefix("http://").unwrap())]).ended(0);
    let careful = proxy(NEEDS_USER, server.clone());
    list(&[("HTTPS_PROXY", &careful.replace("http://", "http://ana:hunter2@"))]).ended(0);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let denies = proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", server.clone());
    let hangs_up = proxy("", server);
    for (proxy, says) in [
        (&careful, "it asks for a user and a password, or refuses them"),
        (&denies, "it refuses to connect to the server"),
        (&hangs_up, "it hung up"),
        (&gone, "Connection refused"),
    ] {
        let with_password = proxy.replace("http://", "http://ana:wrong-hunter2@");
        let ran = list(&[("ALL_PROXY", &with_password)]).ended(4);
        let ran = ran.says(&format!("no connection through the proxy {proxy} of ALL_PROXY: {says}"));
        let ran = ran.says("hint: check ALL_PROXY").says("NO_PROXY");
        assert!(!ran.err.contains("hunter2") && !team.home.log().contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn a_proxy_that_is_none_is_an_error_and_no_proxy_is_honoured() {
    let team = Secured::new();
    for (value, says) in [
        ("http://ana:hunter2", "HTTPS_PROXY: it is no address of a proxy"),
        ("socks5://ana:hunter2@proxy.example", "HTTPS_PROXY: a SOCKS proxy cannot be used"),
    ] {
        let ran = team.list("https://keys.team.example", "", &[("HTTPS_PROXY", value)]);
        let ran = ran.ended(2).says(says).says("hint: correct HTTPS_PROXY");
        assert!(!ran.err.contains("hunter2") && !team.home.log().contains("hunter2"), "{ran:?}");
    }
    // nothing listens there, and it is no loopback address
    let nowhere = "https://0.0.0.0:1";
    let proxied = team.list(nowhere, "", &[("HTTPS_PROXY", "http://127.0.0.1:1")]).ended(4);
    assert!(proxied.err.contains("through the proxy"), "{proxied:?}");
    for value in ["http://127.0.0.1:1", "no address"] {
        let direct = team.list(nowhere, "", &[("HTTPS_PROXY", value), ("NO_PROXY", "*")]).ended(4);
        assert!(direct.err.contains("no connection: ") && !direct.err.contains("proxy"), "{direct:?}");
    }
    // this machine itself is asked without any
    let url = format!("https://127.0.0.1:{}", team.port());
    team.beside_config("ca.pem", team.authority.pem().as_bytes());
    team.list(&url, "ca_file = \"ca.pem\"", &[("HTTPS_PROXY", "no address")]).ended(0);
}
