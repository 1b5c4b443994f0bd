//! Ready ways to other programs' stores. The value goes in by standard input and never stands among the arguments or in the
//! environment.
//!
//! | Store | Written by | Read by | Nothing there before: undone by |
//! | --- | --- | --- | --- |
//! | 1Password | `op item edit` with the item's JSON | `op item get`, `op read` | deleting the field |
//! | Vault | `vault kv patch … FIELD=-`, `vault kv put` where there is no secret yet | `vault kv get` | `vault kv put` without the field |
//! | GitHub | `gh secret set` | never; `gh secret list` tells whether the name is there | `gh secret delete` |
//! | GitLab | `glab variable update`, or `set` | `glab variable get` | `glab variable delete` |
//! | Kubernetes | `kubectl patch secret` | `kubectl get secret` | patching the key away |
//! | AWS | `aws secretsmanager put-secret-value` | `get-secret-value` | putting the JSON without the key |
//! | systemd | a file with what `systemd-creds encrypt` prints | `systemd-creds decrypt` | removing the file |

mod aws;
mod gh;
mod glab;
mod kubectl;
mod op;
mod systemd;
mod vault;

use zeroize::Zeroizing;

use super::Found;
use super::error::SinkError;
use crate::domain::rotation::{Hook, Recipe};
use crate::domain::secret::Secret;
use crate::local::program::{Ran, Tools, shown};

/// How long one call may take, in seconds.
const LIMIT: u64 = 60;

/// A place in another program's store.
#[derive(Clone, Copy)]
pub struct Remote<'a> {
    /// How the program is found.
    pub tools: &'a Tools,
    /// Which program.
    pub recipe: Recipe,
    /// The vault and item, the path, the repository, the project, the namespace and secret.
    pub target: &'a str,
    /// The field, name or key in it; empty where there is none.
    pub field: &'a str,
}

/// A JSON object that may hold secrets. Its parts are not wiped, the text it is read from and written to is.
type Object = serde_json::Map<String, serde_json::Value>;

impl Remote<'_> {
    /// What a person should know before it is written, apart from what it holds.
    pub async fn check(&self) -> Result<Vec<String>, SinkError> {
        match self.recipe {
            Recipe::Systemd => systemd::check(self).await,
            _ => Ok(Vec::new()),
        }
    }

    /// What is made where it holds nothing.
    pub fn made(&self) -> String {
        match self.recipe {
            Recipe::Systemd => "the file is made, readable by you only".to_owned(),
            _ if self.field.is_empty() => "it gets its first value".to_owned(),
            _ => format!("{} will be made", shown(self.field)),
        }
    }

    pub async fn held(&self) -> Result<Found, SinkError> {
        match self.recipe {
            Recipe::OnePassword => op::held(self).await,
            Recipe::Vault => vault::held(self).await,
            Recipe::GitHub => gh::held(self).await,
            Recipe::GitLab => glab::held(self).await,
            Recipe::Kubernetes => kubectl::held(self).await,
            Recipe::Aws => aws::held(self).await,
            Recipe::Systemd => systemd::held(self).await,
        }
    }

    pub async fn write(&self, value: &Secret) -> Result<(), SinkError> {
        match self.recipe {
            Recipe::OnePassword => op::write(self, value).await,
            Recipe::Vault => vault::write(self, value).await,
            Recipe::GitHub => gh::write(self, value).await,
            Recipe::GitLab => glab::write(self, value).await,
            Recipe::Kubernetes => kubectl::write(self, value).await,
            Recipe::Aws => aws::write(self, value).await,
            Recipe::Systemd => systemd::write(self, value).await,
        }
    }

    /// Removes what was added where there was nothing.
    pub async fn remove(&self, new: &Secret) -> Result<(), SinkError> {
        match self.recipe {
            Recipe::OnePassword => op::remove(self).await,
            Recipe::Vault => vault::remove(self, new).await,
            Recipe::GitHub => gh::remove(self).await,
            Recipe::GitLab => glab::remove(self).await,
            Recipe::Kubernetes => kubectl::remove(self).await,
            Recipe::Aws => aws::remove(self, new).await,
            Recipe::Systemd => systemd::remove(self).await,
        }
    }

    /// Both halves of a target such as `VAULT/ITEM`; the first half ends at the first slash.
    fn halves(&self) -> (&str, &str) {
        self.target.split_once('/').unwrap_or((self.target, ""))
    }

    /// Runs the program. What it prints is a value or may hold some, and is never told.
    async fn ask(&self, arguments: &[&str], input: Option<&str>, secrets: &[&Secret]) -> Result<Ran, SinkError> {
        let argv = std::iter::once(self.recipe.word()).chain(arguments.iter().copied()).map(str::to_owned).collect();
        let hook = Hook { argv, seconds: LIMIT };
        Ok(self.tools.ask(&hook, input.map(str::as_bytes), secrets).await?)
    }

    /// Runs the program, which must end well.
    async fn get(&self, arguments: &[&str]) -> Result<Ran, SinkError> {
        let ran = self.ask(arguments, None, &[]).await?;
        if ran.is_ok() { Ok(ran) } else { Err(self.failed(&ran)) }
    }

    /// Runs the program to change something, with the input that does it. It may have been done although it failed.
    async fn put(&self, arguments: &[&str], input: Option<&str>, secrets: &[&Secret]) -> Result<(), SinkError> {
        let ran = self.ask(arguments, input, secrets).await?;
        if ran.is_ok() { Ok(()) } else { Err(self.failed(&ran).maybe(true)) }
    }

    fn failed(&self, ran: &Ran) -> SinkError {
        let hint = format!("see that {} lets you in, and that the place is there", self.recipe.word());
        SinkError::new(format!("{} {}", self.recipe.word(), ran.how()), hint)
    }

    fn unclear(&self) -> SinkError {
        SinkError::new(
            format!("{} printed something that this version does not understand", self.recipe.word()),
            "see that it is a version of the last years",
        )
    }

    fn text(&self, ran: &Ran) -> Result<Zeroizing<String>, SinkError> {
        ran.text().ok_or_else(|| self.unclear())
    }

    fn object(&self, ran: &Ran) -> Result<Object, SinkError> {
        ran.output().and_then(|output| serde_json::from_slice(output).ok()).ok_or_else(|| self.unclear())
    }
}

fn to_json(value: &impl serde::Serialize) -> Zeroizing<String> {
    // maps with text for keys always can be
    Zeroizing::new(serde_json::to_string(value).unwrap_or_default())
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}
