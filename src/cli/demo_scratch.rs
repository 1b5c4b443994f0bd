//! What there is to try in a demo: a log into which a key leaked, an env file that holds a key to rotate, and the words for it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::domain::rotation::{Defaults, EnvRules, Saved, Sink};
use crate::server::seed::{SCRATCH, SeedPlan, Seeded};
use crate::system::file::private;
use crate::tui::Tour;

/// The variable of the env file.
const NAME: &str = "API_KEY";

/// The files, in the demo's directory; what a very small team has no key for is not there.
pub struct Scratch {
    /// A log into which a key leaked.
    pub log: Option<PathBuf>,
    /// An env file with the value of the key called [`SCRATCH`].
    pub env: Option<PathBuf>,
}

impl Scratch {
    /// Of a team that is made, or will be.
    pub fn of(dir: &Path, plan: &SeedPlan) -> Self {
        Self {
            log: plan.leaks().then(|| dir.join("leaked.log")),
            env: plan.has_scratch().then(|| dir.join(format!("{SCRATCH}.env"))),
        }
    }

    /// Writes them, readable by nobody else.
    pub fn write(&self, seeded: &Seeded) {
        let log = self.log.as_deref().zip(seeded.leaked.as_ref()).map(|(path, leaked)| {
            let (name, value) = (&leaked.name, leaked.value.expose());
            let text = format!(
                "02:41:07 deploy[311] starting {name}\n\
                 02:41:08 deploy[311] > curl -s -H 'X-Api-Key: {value}' https://keys.harbourline.example/me\n\
                 02:41:08 deploy[311] 200 OK\n"
            );
            (path, Zeroizing::new(text))
        });
        let env = self.env.as_deref().zip(seeded.scratch.as_ref()).map(|(path, value)| {
            let text = format!("API_URL=https://keys.harbourline.example\n{NAME}={}\n", value.expose());
            (path, Zeroizing::new(text))
        });
        for (path, text) in [log, env].into_iter().flatten() {
            let made = private().write(true).create_new(true).open(path);
            if let Err(error) = made.and_then(|mut file| file.write_all(text.as_bytes())) {
                tracing::warn!("what there is to try cannot be written: {}", error.kind());
            }
        }
    }

    /// Where a rotation of the key goes: into the env file.
    pub fn saved(&self) -> Defaults {
        let sink = |path: &PathBuf| Sink::EnvFile {
            path: path.display().to_string(),
            name: NAME.to_owned(),
            rules: EnvRules::default(),
        };
        let saved = |path| (SCRATCH.to_owned(), Saved { sinks: vec![sink(path)], ..Saved::default() });
        Defaults(self.env.as_ref().map(saved).into_iter().collect::<BTreeMap<_, _>>())
    }

    /// What to try, in a line.
    pub fn words(&self) -> Option<String> {
        let log = self.log.as_ref()?;
        let rotate = self.env.as_ref().map(|_| format!(" · 1, o on {SCRATCH}: a rotation that may be killed"));
        Some(format!("Try m · paste a line of {}{}", log.display(), rotate.unwrap_or_default()))
    }

    /// The tour through it.
    pub fn tour(&self) -> Option<Tour> {
        let (log, env) = self.log.as_ref().zip(self.env.as_ref())?;
        Some(Tour::new(&log.display().to_string(), SCRATCH, &env.display().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::team::Role;

    #[test]
    fn it_names_what_there_is() {
        let plan = |keys| SeedPlan { keys, seed: 1, role: Role::Admin, now: chrono::Utc::now() };
        let scratch = Scratch::of(Path::new("/d"), &plan(400));
        assert_eq!(
            scratch.words().unwrap(),
            "Try m · paste a line of /d/leaked.log · 1, o on ci-deploy: a rotation that may be killed"
        );
        let saved = scratch.saved();
        let sinks: Vec<String> = saved.for_key("ci-deploy").unwrap().sinks.iter().map(ToString::to_string).collect();
        assert_eq!(sinks, ["env-file:/d/ci-deploy.env:API_KEY"]);
        let alone = Scratch::of(Path::new("/d"), &plan(1));
        assert!(alone.words().is_none() && alone.saved() == Defaults::default() && alone.tour().is_none());
    }
}
