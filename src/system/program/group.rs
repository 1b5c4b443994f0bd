//! A program and all that it starts, as one thing to end.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// The process group of a program that leads its own. What is left of it is killed when this is dropped.
pub struct Group(Option<Pid>);

impl Group {
    /// The group that `child` leads.
    pub fn of(child: &Child) -> Self {
        Self::led_by(child.id())
    }

    /// The group that the process with this number leads.
    pub fn led_by(id: Option<u32>) -> Self {
        Self(id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    pub fn ask_to_end(&self) {
        self.send(Signal::TERM);
        // one that is stopped, say because it asked for a terminal, hears nothing before
        self.send(Signal::CONT);
    }

    /// Ends every one in it.
    pub fn kill(&mut self) {
        self.send(Signal::KILL);
        self.leave();
    }

    /// Leaves those alone who are still in it.
    pub fn leave(&mut self) {
        self.0 = None;
    }

    fn send(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // none left is as good
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.send(Signal::KILL);
    }
}
