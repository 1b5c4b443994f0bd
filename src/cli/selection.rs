//! What a command is about: a filter, a view, or both.

use std::path::Path;

use super::exit::Stop;
use super::rows;
use crate::config::{Config, Paths};
use crate::domain::filter::Query;
use crate::domain::nearest::nearest;
use crate::domain::untrusted::visible;
use crate::domain::values::secret_spans;
use crate::domain::views::Views;
use crate::local::views::ViewsFile;

/// The filter and the view that were named, both of which must hold; none when neither was.
pub fn query(
    filter: Option<&str>,
    view: Option<&str>,
    paths: &Paths,
    config: Option<&Path>,
) -> anyhow::Result<Option<Query>> {
    let filter = filter.map(rows::query).transpose()?;
    let Some(name) = view else { return Ok(filter) };
    let view = named(name, paths, config)?;
    Ok(Some(match filter {
        Some(filter) => view.and(filter),
        None => view,
    }))
}

fn named(name: &str, paths: &Paths, config: Option<&Path>) -> anyhow::Result<Query> {
    let config = Config::load(config, &paths.config_file())?;
    let saved = ViewsFile::of(paths.state()).read();
    let broken = saved.as_ref().err().map(|error| Stop::usage(error.to_string(), error.hint()));
    let views = Views::new(config.views, saved.unwrap_or_default());
    let Some(view) = views.find(name) else {
        // it may be among those that cannot be read
        if let Some(broken) = broken {
            return Err(broken.into());
        }
        let names: Vec<&str> = views.all().iter().map(|view| view.name.as_str()).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {}?", visible(near)),
            None => format!("there are: {}", visible(&names.join(", "))),
        };
        let shown = if secret_spans(name).is_empty() { visible(name).into_owned() } else { "…".to_owned() };
        return Err(Stop::usage(format!("there is no view {shown}"), hint).into());
    };
    let (name, place) = (visible(&view.name), view.origin.in_words());
    view.query().map_err(|error| {
        let what = format!("the view {name} ({place}) is no filter: {error}");
        Stop::usage(what, "save it anew in the console: ' there lists the views").into()
    })
}
