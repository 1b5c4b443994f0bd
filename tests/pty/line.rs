//! A server that stops answering, and goes on.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::Server;

impl Server {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

#[test]
fn a_server_that_hangs_is_said_to_be_silent_and_the_console_comes_back_by_itself() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.wait_for("online");
    server.signal(Signal::STOP);
    console.keys("<ctrl-r>");
    console.wait_for("no answer for 2 s");
    console.wait_for("s old");
    console.keys("@");
    console.wait_for("without an answer yet");
    server.signal(Signal::CONT);
    console.keys("q");
    console.wait_for("online");
    // a healthy console that nobody touches writes nothing
    console.settle(Duration::from_millis(2500));
    console.look(|screen| assert!(screen.contents().contains("online"), "{}", screen.contents()));
}

#[test]
fn a_server_that_is_gone_is_looked_for_by_itself() {
    let server = Server::start();
    let mut console = server.console(&[]);
    server.signal(Signal::KILL);
    console.keys("<ctrl-r>");
    console.wait_for("OFFLINE");
    console.wait_for("s old");
}
