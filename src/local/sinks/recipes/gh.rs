//! GitHub's secrets for actions. Source: `gh secret set|list|delete --help`.

use super::Remote;
use crate::domain::secret::Secret;
use crate::local::sinks::Found;
use crate::local::sinks::error::SinkError;

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    let ran = remote.get(&["secret", "list", "--repo", remote.target]).await?;
    let list = remote.text(&ran)?;
    let is_there = list.lines().filter_map(|line| line.split('\t').next()).any(|name| {
        // GitHub keeps them in capitals
        name.trim().eq_ignore_ascii_case(remote.field)
    });
    Ok(if is_there { Found::Untold("GitHub never shows a secret".to_owned()) } else { Found::Nothing })
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    let arguments = ["secret", "set", remote.field, "--repo", remote.target];
    remote.put(&arguments, Some(value.expose()), &[value]).await
}

pub async fn remove(remote: &Remote<'_>) -> Result<(), SinkError> {
    remote.put(&["secret", "delete", remote.field, "--repo", remote.target], None, &[]).await
}
