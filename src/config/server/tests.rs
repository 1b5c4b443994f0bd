use super::*;

fn parse(text: &str) -> Result<ServerConfig, ConfigError> {
    ServerConfig::parse(text, Path::new("/etc/keydeck/server.toml"))
}

const WHOLE: &str = r#"
listen = "10.0.0.5:8443"
database = "sqlite:keys.db"
behind_proxy = "10.0.0.2"
log_requests = true
metrics = "10.0.0.5:9464"

[tls]
certificate = "tls/cert.pem"
key = "/tls/key.pem"

[rate_limit]
requests = 1000

[verifications]
limit = 100
max_age = 60

[partners.github]
public_keys = "http://127.0.0.1:1/keys"

[partners.gitlab]
secret = { command = ["pass", "show", "a \"quoted\" name"] }

[policy]
max_age_days = 180
members_access = "read"
notify_before_days = [14, 3]
"#;

#[test]
fn a_policy_is_held_to_the_bounds_of_the_api_and_names_its_file() {
    let policy = parse(WHOLE).unwrap().policy.unwrap();
    assert_eq!((policy.fixed.max_age_days, policy.file.as_str()), (Some(Some(180)), "server.toml"));
    assert_eq!(policy.fixed.expiry_days, None, "what it is silent about");
    for (text, name) in [
        ("max_age_days = 0", "policy.max_age_days"),
        ("expiry_days = 9999", "policy.expiry_days"),
        ("members_access = \"some\"", "policy.members_access"),
        ("max_age = 5", "max_age_days"),
    ] {
        let error = parse(&format!("[policy]\n{text}")).unwrap_err();
        let told = format!("{error} {}", crate::domain::failure::Failure::hint(&error));
        assert!(told.contains(name), "{text}: {told}");
    }
}

#[test]
fn a_whole_file_is_read_and_its_relative_paths_are_beside_it() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(config.listen.to_string(), "10.0.0.5:8443");
    assert_eq!(config.database, Some("sqlite:/etc/keydeck/keys.db".into()));
    let tls = config.tls.unwrap();
    assert_eq!((tls.certificate, tls.key), ("/etc/keydeck/tls/cert.pem".into(), "/tls/key.pem".into()));
    assert_eq!((config.rate_limit, config.log_requests), (1000, true));
    assert_eq!((config.verification_limit, config.verification_max_age), (100, 60));
    assert_eq!(config.behind_proxy, Some([10, 0, 0, 2].into()));
    assert_eq!(config.metrics.map(|at| at.to_string()).as_deref(), Some("10.0.0.5:9464"));
    assert_eq!(config.github.unwrap().url().as_str(), "http://127.0.0.1:1/keys");
    assert!(matches!(config.gitlab, Some(Credential::Command(_))));
    let database = |text: &str| parse(&format!("database = '{text}'")).unwrap().database.unwrap();
    for text in ["sqlite:/a.db", "sqlite:///a.db", "sqlite::memory:", "sqlite:", "mysql:x"] {
        assert_eq!(database(text), text.into(), "what is no relative path is told when it is opened");
    }
    let github = parse("[partners.github]").unwrap().github.unwrap();
    assert_eq!(github.url().as_str(), GITHUB_PUBLIC_KEYS);
}

#[test]
fn the_sample_says_what_is_so_without_a_file() {
    let sample = ServerConfig::default().to_toml();
    assert_eq!(parse(&sample).unwrap(), ServerConfig::default());
    assert_eq!(parse("").unwrap(), ServerConfig::default());
}

#[test]
fn whatever_is_configured_is_written_so_that_it_is_read_again() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(parse(&config.to_toml()).unwrap(), config);
}

#[test]
fn what_the_sample_has_in_comments_is_understood_too() {
    let sample = ServerConfig::default().to_toml();
    let all: Vec<&str> = sample
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .collect();
    let all = parse(&all.join("\n")).unwrap();
    assert!(all.tls.is_some() && all.behind_proxy.is_some() && all.database.is_some());
    assert_eq!(all.github.unwrap().url().as_str(), GITHUB_PUBLIC_KEYS, "the example is the default");
    assert!(all.gitlab.is_some());
}

#[test]
fn errors_name_line_column_and_key_and_say_what_to_write() {
    for (text, what, hint) in [
        ("lissen = 'x'", ":1:1: unknown key lissen", "did you mean listen?"),
        ("[rate_limits]", ":1:2: unknown key rate_limits", "did you mean rate_limit?"),
        ("[rate_limit]\nrequest = 1", ":2:1: unknown key rate_limit.request", "did you mean requests?"),
        ("[partners.githab]", ":1:11: unknown key partners.githab", "did you mean github?"),
        ("[partners.gitlab]\nsecrets = 1", ":2:1: unknown key partners.gitlab.secrets", "did you mean secret?"),
        ("listen = '7878'", ":1:10: listen has the wrong form", "127.0.0.1:7878"),
        ("behind_proxy = 'proxy'", ":1:16: behind_proxy has the wrong form", "10.0.0.2"),
        ("log_requests = 1", ":1:16: log_requests has the wrong form", "true or false"),
        ("\n[rate_limit]\nrequests = 0", ":3:12: rate_limit.requests has the wrong form", "from 1"),
        ("[rate_limit]\nrequests = -3", ":2:12: rate_limit.requests has the wrong form", "from 1"),
        ("[verifications]\nlimit = 0", ":2:9: verifications.limit has the wrong form", "from 1"),
        ("[verifications]\nmax_age = 86401", ":2:11: verifications.max_age has the wrong form", "86400"),
        ("[verifications]\nmaxage = 1", ":2:1: unknown key verifications.maxage", "did you mean max_age?"),
        ("[tls]\nkey = 'a'", ":1:1: tls has no certificate", "add certificate = "),
        ("[partners.gitlab]", ":1:1: partners.gitlab has no secret", "file ="),
        ("[partners.gitlab]\nsecret = 'x'", ":2:10: partners.gitlab.secret has the wrong form", "file ="),
        ("[partners.gitlab]\nsecret = {}", ":2:10: partners.gitlab.secret names no source", "file ="),
        (
            "[partners.github]\npublic_keys = 'http://a.example/'",
            ":2:15: partners.github.public_keys is plain",
            "https",
        ),
        ("listen = 'a\n", ":1:12: this is not valid TOML", "check quotes"),
    ] {
        let error = parse(text).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(&format!("/etc/keydeck/server.toml{what}")), "{text}\n{said}");
        assert!(error.hint().contains(hint), "{text}\n{}", error.hint());
    }
}

#[test]
fn a_secret_in_the_place_of_its_source_is_never_quoted() {
    let value = format!("kdk_{}1Ir0du", "0123456789ABCDEFGHIJKLMNOPQRST");
    for text in [
        format!("{value} = 1"),
        format!("listen = '{value}'"),
        format!("[partners.gitlab]\nsecret = '{value}'"),
        format!("[partners.gitlab]\nsecret = {{ env = '{value}' }}"),
        format!("[partners.github]\npublic_keys = '{value}'"),
        format!("[partners.github]\npublic_keys = 'https://ana:{value}@a.example/'"),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(!format!("{error} {}", error.hint()).contains("0123456789"), "{text}");
    }
}

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let said = |limit, proxy: Option<&str>| ServerLayer {
        rate_limit: limit,
        behind_proxy: proxy.map(|proxy| proxy.parse().unwrap()),
        ..ServerLayer::default()
    };
    let all = said(Some(1), None).before(said(Some(2), Some("10.0.0.2"))).before(said(Some(3), Some("10.0.0.3")));
    assert_eq!(all, said(Some(1), Some("10.0.0.2")));
}
