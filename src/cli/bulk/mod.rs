//! `keydeck revoke`, `delete`, `disable` and `enable`: review, confirm, send, report.

mod paused;
pub mod report;
pub mod review;
pub mod select;
pub mod send;

use std::path::Path;

use chrono::TimeDelta;

use super::args::{ChangeTab, Delete, Disable, Enable, HandOver, How, Revoke, RevokeTab, Which};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::{confirm, foresee, named, selection, users};
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::bulk::{Confirmation, Plan};
use crate::domain::deed::Deed;
use crate::domain::filter::Query;
use crate::domain::ids::UserId;
use crate::domain::key_value::KeyKind;
use crate::domain::time::length;
use crate::domain::untrusted::visible;
use report::Report;
use select::Selection;
use send::{Sending, send};

/// How many keys a filter may select without being told a number.
const MAX_BY_FILTER: usize = 100;

/// What is wished for which keys.
#[derive(Debug)]
pub struct Wish {
    deed: Deed,
    ids: Vec<String>,
    filter: Option<String>,
    view: Option<String>,
    /// Which keys the filter and the view look at.
    scope: Option<Scope>,
    /// An empty filter means every key.
    all: bool,
    max: Option<usize>,
    include_self: bool,
    /// How long it is disabled for.
    span: Option<TimeDelta>,
    /// Whether it is waited for the end of that.
    wait: bool,
    note: Option<String>,
    how: How,
}

impl From<Revoke> for Wish {
    fn from(args: Revoke) -> Self {
        let Revoke { ids, filter, view, tab, all, except: _, dry_run, yes, max, include_self, note, json } = args;
        let scope = tab.map(|tab| match tab {
            RevokeTab::Mine => Scope::Mine,
            RevokeTab::Team => Scope::Team,
            RevokeTab::Collections => Scope::Collections,
        });
        Self {
            deed: Deed::Revoke,
            ids,
            filter,
            view,
            scope,
            all,
            max,
            include_self,
            span: None,
            wait: false,
            note,
            how: How { dry_run, yes, json },
        }
    }
}

impl From<Delete> for Wish {
    fn from(Delete { ids, include_self, note, how }: Delete) -> Self {
        Self {
            deed: Deed::Delete,
            ids,
            filter: None,
            view: None,
            scope: None,
            all: false,
            max: None,
            include_self,
            span: None,
            wait: false,
            note,
            how,
        }
    }
}

impl From<Disable> for Wish {
    fn from(Disable { which, span, wait, include_self }: Disable) -> Self {
        Self { include_self, span, wait, ..Self::reversible(Deed::Disable, which) }
    }
}

impl From<Enable> for Wish {
    fn from(Enable { which }: Enable) -> Self {
        // enabling the key in use takes nothing away
        Self { include_self: true, ..Self::reversible(Deed::Enable, which) }
    }
}

impl Wish {
    /// To hand keys over, to whom is found once a server is asked.
    pub fn hand_over(args: HandOver) -> (Self, String) {
        let HandOver { which, to, include_self } = args;
        // the deed stands in for one that names whom
        (Self { include_self, ..Self::reversible(Deed::default(), which) }, to)
    }

    fn reversible(deed: Deed, Which { ids, filter, view, tab, all, max, note, how }: Which) -> Self {
        let scope = tab.map(|tab| match tab {
            ChangeTab::Mine => Scope::Mine,
            ChangeTab::Team => Scope::Team,
        });
        Self { deed, ids, filter, view, scope, all, max, include_self: false, span: None, wait: false, note, how }
    }
}

/// Does it, after a review.
pub async fn run(
    wish: &Wish,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let query = selection::query(wish.filter.as_deref(), wish.view.as_deref(), paths, config)?;
    let ids = check(wish, query.as_ref())?;
    if let Some(address) = query.as_ref().and_then(Query::loose_address) {
        let address = visible(address);
        output.say(&format!("note: longer addresses match as well; owner:={address} is the keys of {address} alone"));
    }
    let session = connect::choose_to_change(paths, profile, config, wish.how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    on(wish, (query.as_ref(), &ids), paths, &connection, output).await
}

/// Hands keys over, after a review.
pub async fn hand_over(
    args: HandOver,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let (mut wish, to) = Wish::hand_over(args);
    let query = selection::query(wish.filter.as_deref(), wish.view.as_deref(), paths, config)?;
    let ids = check(&wish, query.as_ref())?;
    let session = connect::choose_to_change(paths, profile, config, wish.how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::HandOver, Capability::Users])?;
    let to = users::find(&connection.service.users().await?, &to)?;
    if !to.active {
        let what = format!("{} is not active: none of their keys is accepted", to.name.marked());
        return Err(Stop::failed(what, "hand the keys over to somebody who is").into());
    }
    wish.deed = Deed::HandOver(to.id);
    on(&wish, (query.as_ref(), &ids), paths, &connection, output).await
}

/// Does what is wished for keys that are found now.
async fn on(
    wish: &Wish,
    (query, ids): (Option<&Query>, &[String]),
    paths: &Paths,
    connection: &Connection,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let mut selection = select::select((wish, ids), query, connection, output).await?;
    selection.plan.include_own = wish.include_self;
    connection.require(needs(wish.deed, &selection.plan, connection.me.id))?;
    connection.require(wish.span.map(|_| Capability::DisableUntil))?;
    let Selection { plan, .. } = &selection;
    let max = wish.max.or_else(|| query.is_some().then_some(MAX_BY_FILTER));
    let too_many = max.filter(|max| plan.count() > *max).map(|max| {
        Stop::usage(
            format!("{} are more than {max}: nothing was sent", confirm::keys(plan.count())),
            format!("look with --dry-run, then pass --max {} if all of them are meant", plan.count()),
        )
    });
    let mut report = Report::new(wish.deed, &selection, wish.how.json);
    if wish.how.dry_run {
        let ended = report.dry_run(&selection, connection, output);
        return Ok(foresee::end(connection, too_many, ended, output));
    }
    if let Some(too_many) = too_many {
        return Err(too_many.into());
    }
    if plan.count() > 0 {
        if !wish.how.yes {
            review::show(wish.deed, plan, connection, output);
            if let Some(span) = wish.span {
                let seconds = span.num_seconds().unsigned_abs();
                output.say(&format!("For {}: then it is enabled again by itself.", length(seconds)));
            }
            confirm::ask(wish.deed.verb(), confirmation(wish.deed, plan, connection.production), output)?;
        } else if wish.deed == Deed::Enable {
            // what nobody is asked about is told all the same
            for line in review::found(plan, connection.now()) {
                output.say(&line);
            }
        }
        let permit = connection.permit()?;
        report.left_out(&selection, output);
        let sending = Sending {
            deed: wish.deed,
            plan,
            note: wish.note.as_deref(),
            span: wish.span,
            resumes: None,
            state: paths.state(),
            connection,
            permit,
        };
        let since = connection.now();
        send(&sending, &mut report, output).await?;
        if wish.deed.is_final() {
            report.late_mail(connection, output);
        }
        if let Some(span) = wish.span {
            paused::tell((wish, span, since), plan, &mut report, connection, output).await?;
        }
    } else {
        report.left_out(&selection, output);
    }
    Ok(report.end(plan.already_revoked, output))
}

/// What must be typed.
pub fn confirmation(deed: Deed, plan: &Plan, production: bool) -> Confirmation {
    if deed.is_final() { plan.confirmation() } else { plan.confirmation_of_reversible(production) }
}

/// What this needs of the backend: one's own are deleted, others' revoked.
pub fn needs(deed: Deed, plan: &Plan, me: UserId) -> impl Iterator<Item = Capability> {
    plan.keys().map(move |key| match key.kind {
        _ if deed.recipient().is_some() => Capability::HandOver,
        _ if !deed.is_final() => Capability::Disable,
        KeyKind::CollectionAccessKey => Capability::DeleteCollectionKeys,
        KeyKind::ApiKey if key.owner_id == me => Capability::DeleteKeys,
        KeyKind::ApiKey => Capability::RevokeTeamKeys,
    })
}

/// What the command line alone shows to be wrong, before anything is asked of anybody.
/// Gives the ids, which may have stood on standard input.
fn check(wish: &Wish, query: Option<&Query>) -> Result<Vec<String>, Stop> {
    if query.is_some_and(Query::is_empty) && !wish.all {
        return Err(Stop::usage(
            "an empty filter means every key: nothing was sent",
            "pass --all if every key of the tab is meant, and --max N where they are more than 100",
        ));
    }
    named::check(&wish.ids)?;
    check_note(wish.note.as_deref())?;
    if !wish.how.yes && !wish.how.dry_run {
        confirm::can_be_asked()?;
    }
    named::given(&wish.ids)
}
