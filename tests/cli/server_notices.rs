//! The ways that people are told: what `server.toml` says of them, and trying them out.

use std::path::Path;

use keydeck::config::ServerConfig;

use crate::program::Home;

fn configure(home: &Home, text: &str) {
    std::fs::write(home.path("config/keydeck/server.toml"), text).unwrap();
}

const ADDRESS: &str = "ana@acme.example";

#[test]
fn a_message_is_sent_every_way_that_the_server_file_names() {
    let home = Home::new();
    let test = ["server", "test-mail", ADDRESS];
    home.run(&test).ended(2).says("no way to send is configured").says("keydeck help server");
    home.run(&["server", "test-mail", "ana"]).ended(2).says("no e-mail address");
    configure(&home, "[notices]\nfolder = \"mail\"\n");
    home.run(&test).ended(0).says("sent to ana@acme.example: folder");
    let mails: Vec<_> = std::fs::read_dir(home.path("config/keydeck/mail")).unwrap().flatten().collect();
    let mail = std::fs::read_to_string(mails[0].path()).unwrap();
    assert!(mails.len() == 1 && mail.contains("To: ana@acme.example\r\n"), "{mail}");
    // nobody listens there
    configure(&home, "[smtp]\nhost = \"127.0.0.1\"\nport = 1\nsecurity = \"none\"\nfrom = \"keydeck@acme.example\"\n");
    home.run(&test).ended(1).says("smtp: 127.0.0.1").says("server.toml");
}

#[test]
fn what_is_printed_of_the_ways_is_read_again_as_the_same() {
    let text = "[smtp]\nhost = \"mail.acme.example\"\nfrom = \"keydeck@acme.example\"\nuser = \"keydeck\"\n\
                password = { env = \"SMTP_PASSWORD\" }\n\
                [webhook]\nurl = \"https://hooks.acme.example/keydeck\"\nform = \"slack\"\nsecret = { file = \"/secret\" }\n\
                [notices]\nfolder = \"/mail\"\n";
    let home = Home::new();
    configure(&home, text);
    let printed = home.run(&["serve", "--print-config"]).ended(0).out.clone();
    let read = |text: &str| ServerConfig::parse(text, Path::new("/server.toml")).unwrap();
    assert_eq!(read(&printed).notices, read(text).notices, "{printed}");
    assert_eq!(read(text).notices.smtp.unwrap().port, 587);
}

#[test]
fn a_way_that_would_not_do_is_refused_with_its_line() {
    let home = Home::new();
    let smtp = "[smtp]\nhost = \"mail.acme.example\"\nfrom = \"keydeck@acme.example\"\n";
    let hook = "[webhook]\nurl = \"https://hooks.acme.example/\"\n";
    for (text, said) in [
        (format!("{smtp}security = \"none\"\n"), "server.toml:4:12: smtp.security: mail would cross the network"),
        (format!("{smtp}user = \"keydeck\"\n"), "smtp has one of user and password"),
        (format!("{smtp}password = \"hunter\"\n"), "smtp.password"),
        (smtp.replace("keydeck@", "keydeck"), "smtp.from is no address"),
        (format!("{smtp}hots = 1\n"), "unknown key smtp.hots"),
        (format!("{hook}url_from = {{ env = \"HOOK\" }}\n"), "webhook names no address, or two"),
        (hook.replace("https", "http"), "webhook.url"),
        (hook.to_owned(), "webhook has no secret"),
        (hook.replace("https://hooks.acme.example/", "unix:hooks.sock"), "webhook.url"),
        (format!("{hook}form = \"discord\"\n"), "\"standard\", \"slack\" or \"teams\""),
    ] {
        configure(&home, &text);
        home.run(&["serve", "--print-config"]).ended(2).says(said);
    }
}
