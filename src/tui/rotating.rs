//! Carries rotations out for the wizard, one task a wizard: it owns what they stand on, holds them open, and takes the
//! person's decisions between two steps. A step that is under way always ends.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::Utc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use ulid::Ulid;

use super::app::event::{Happened, Ticket};
use super::runtime::survives;
use crate::client::{KeyService, WritePermit};
use crate::config::EscrowSettings;
use crate::domain::rotation::{Course, Decision, Next, OldKey, Plan, Rotation, RotationId, Sink};
use crate::domain::secret::Secret;
use crate::local::escrow::Escrow;
use crate::local::journal::{Hold, Journal, Listing};
use crate::local::program::Tools;
use crate::local::sinks::{Sinks, settled};
use crate::ops::rotate::{Ground, Hand, RotateError};

/// Where rotations are kept.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The profile's name, as rotations remember it.
    pub profile: String,
    /// The directory of the journal and of the summaries.
    pub state: PathBuf,
    /// Where the values under way are.
    pub escrow: EscrowSettings,
}

/// The tasks of the wizards.
pub struct Rotating {
    keeping: Keeping,
    service: Arc<dyn KeyService>,
    permit: Option<Arc<WritePermit>>,
    events: UnboundedSender<Happened>,
    desks: HashMap<Ticket, Desk>,
}

/// The way to one task.
struct Desk {
    /// None once the wizard was left.
    orders: Option<UnboundedSender<Order>>,
    hand: ToTerminal,
}

/// What a task begins with.
enum Begin {
    Plans(Vec<(Plan, OldKey)>),
    TakeUp(RotationId),
}

/// What a person says meanwhile.
pub enum Order {
    /// Carry on.
    GoOn,
    /// Take this decision.
    Decide(RotationId, Decision),
    /// Take this plan.
    Replan(RotationId, Plan),
}

impl Rotating {
    /// No wizard yet.
    pub fn new(
        keeping: Keeping,
        service: Arc<dyn KeyService>,
        permit: Option<Arc<WritePermit>>,
        events: UnboundedSender<Happened>,
    ) -> Self {
        Self { keeping, service, permit, events, desks: HashMap::new() }
    }

    /// Tells which rotations are open. A journal that was never begun is not begun for that.
    pub fn list(&self, tasks: &TaskTracker) {
        let (state, events) = (self.keeping.state.clone(), self.events.clone());
        tasks.spawn(async move {
            let listed = async {
                if !Journal::is_there(&state) {
                    return Ok((Vec::new(), Vec::new()));
                }
                let journal = Journal::open(&state).await?;
                let listing = journal.open_rotations().await;
                journal.close().await;
                let Listing { rotations, unreadable } = listing?;
                Ok((rotations, unreadable.iter().map(|one| format!("{one}. {}", one.hint())).collect()))
            };
            let listed = listed.await.map_err(|error: RotateError| told(&error));
            let _ = events.send(Happened::RotationsListed(listed));
        });
    }

    /// Begins rotations.
    pub fn start(&mut self, ticket: Ticket, plans: Vec<(Plan, OldKey)>, tasks: &TaskTracker) {
        self.open(ticket, Begin::Plans(plans), tasks);
    }

    /// Takes one up again.
    pub fn take_up(&mut self, ticket: Ticket, id: RotationId, tasks: &TaskTracker) {
        self.open(ticket, Begin::TakeUp(id), tasks);
    }

    fn open(&mut self, ticket: Ticket, begin: Begin, tasks: &TaskTracker) {
        let (orders, given) = unbounded_channel();
        let hand = ToTerminal { ticket, events: self.events.clone(), waiting: Arc::default() };
        let worker = Worker {
            ticket,
            keeping: self.keeping.clone(),
            service: Arc::clone(&self.service),
            permit: self.permit.clone(),
            hand: hand.clone(),
            orders: given,
        };
        self.desks.insert(ticket, Desk { orders: Some(orders), hand });
        tasks.spawn(worker.run(begin));
    }

    /// Passes on what a person says.
    pub fn order(&self, ticket: Ticket, order: Order) {
        if let Some(orders) = self.desks.get(&ticket).and_then(|desk| desk.orders.as_ref()) {
            let _ = orders.send(order);
        }
    }

    /// Lets a wizard's rotations go, once the step under way has ended.
    pub fn leave(&mut self, ticket: Ticket) {
        match self.desks.get_mut(&ticket).and_then(|desk| desk.orders.take()) {
            // the task ends when it finds that nobody gives orders any more, and says so
            Some(orders) if !orders.is_closed() => drop(orders),
            _ => {
                let _ = self.events.send(Happened::RotationsLeft(ticket));
            }
        }
    }

    /// Whom to tell how handing a value over went.
    pub fn hand(&self, ticket: Ticket) -> Option<ToTerminal> {
        self.desks.get(&ticket).map(|desk| desk.hand.clone())
    }
}

/// Who waits to hear how handing a value over went.
type Waiting = oneshot::Sender<Result<(), String>>;

/// Hands values to the terminal's clipboard, by way of the loop that owns the terminal.
#[derive(Clone)]
pub struct ToTerminal {
    ticket: Ticket,
    events: UnboundedSender<Happened>,
    waiting: Arc<Mutex<Option<Waiting>>>,
}

impl ToTerminal {
    /// Tells how it went.
    pub fn went(&self, how: Result<(), String>) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waiting) = waiting {
            let _ = waiting.send(how);
        }
    }
}

#[async_trait]
impl Hand for ToTerminal {
    async fn give(&self, sink: &Sink, value: &Secret) -> Result<(), String> {
        if *sink != Sink::Clipboard {
            return Err("the console prints no value: roll back, and choose another place".to_owned());
        }
        let closing = || "the console is closing".to_owned();
        let (waiting, went) = oneshot::channel();
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
        self.events.send(Happened::HandOver(self.ticket, value.duplicate())).map_err(|_| closing())?;
        went.await.unwrap_or_else(|_| Err(closing()))
    }
}

/// One wizard's task.
struct Worker {
    ticket: Ticket,
    keeping: Keeping,
    service: Arc<dyn KeyService>,
    permit: Option<Arc<WritePermit>>,
    hand: ToTerminal,
    orders: UnboundedReceiver<Order>,
}

/// A rotation of a wizard.
struct Open {
    rotation: Rotation,
    /// Held open from its beginning on.
    hold: Option<Hold>,
    /// Whether it waits for somebody to say that it is to be tried again.
    stuck: bool,
    /// Whether its end was told.
    told: bool,
}

/// `plan` with the paths of its places from the root: it may be taken up from another folder.
fn placed(mut plan: Plan) -> Result<Plan, String> {
    let sinks = plan.sinks.into_iter().map(settled).collect::<Result<_, _>>();
    plan.sinks = sinks.map_err(|error| format!("{error}; {}", error.hint()))?;
    Ok(plan)
}

/// The rotation with this id, if it is begun.
fn held<'a>(open: &'a mut [Open], id: &RotationId) -> Option<&'a mut Open> {
    open.iter_mut().find(|one| one.rotation.id == *id && one.hold.is_some())
}

/// Whether a task goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    Out,
}

fn told(error: &RotateError) -> String {
    format!("{error}; {}", error.hint())
}

impl Worker {
    async fn run(mut self, begin: Begin) {
        let done = survives(self.work(begin)).await;
        let mistake = || Err("keydeck made a mistake here: its log says where; O lists what is on disk".to_owned());
        if let Err(why) = done.unwrap_or_else(mistake) {
            self.say(Happened::RotationRefused(self.ticket, None, why));
        }
        self.say(Happened::RotationsLeft(self.ticket));
    }

    fn say(&self, happened: Happened) {
        let _ = self.hand.events.send(happened);
    }

    async fn work(&mut self, begin: Begin) -> Result<(), String> {
        let permit = self.permit.clone().ok_or("this profile is read-only")?;
        let state = &self.keeping.state;
        let open = async {
            let journal = Journal::open(state).await?;
            Ok((journal, Escrow::open(state, &self.keeping.escrow)?))
        };
        let (journal, escrow) = open.await.map_err(|error: RotateError| told(&error))?;
        let hand = self.hand.clone();
        let ground = Ground {
            service: Arc::clone(&self.service),
            permit,
            journal,
            escrow,
            sinks: Sinks::of(&Tools::default()),
            tools: Tools::default(),
            hand: &hand,
            clock: Utc::now,
        };
        let done = self.carry(&ground, begin).await;
        ground.journal.close().await;
        done
    }

    async fn carry(&mut self, ground: &Ground<'_>, begin: Begin) -> Result<(), String> {
        let mut waits = matches!(begin, Begin::TakeUp(_));
        let mut open = match begin {
            Begin::Plans(plans) => self.planned(plans)?,
            Begin::TakeUp(id) => {
                let (rotation, hold) = ground.resume(&id.0).await.map_err(|error| told(&error))?;
                self.say(Happened::Rotating(self.ticket, Box::new(rotation.clone()), None));
                vec![Open { rotation, hold: Some(hold), stuck: false, told: false }]
            }
        };
        loop {
            if !waits && self.go(ground, &mut open).await == Goes::Out {
                return Ok(());
            }
            let Some(order) = self.orders.recv().await else { return Ok(()) };
            self.take(ground, &mut open, order).await;
            waits = false;
        }
    }

    /// The rotations of these plans, each with its id; nothing of them is on disk.
    fn planned(&self, plans: Vec<(Plan, OldKey)>) -> Result<Vec<Open>, String> {
        let now = Utc::now();
        let batch = (plans.len() > 1).then(|| Ulid::new().to_string());
        let address = self.service.address();
        let rotation = |(plan, old): (Plan, OldKey)| {
            let plan = placed(plan)?;
            let id = RotationId(Ulid::new().to_string());
            let mut rotation = Rotation::new(id, &self.keeping.profile, &address, plan, old, now);
            rotation.batch.clone_from(&batch);
            // a rotation of which nothing has happened yet is always asked for its plan
            let _ = rotation.decide(Decision::Agree, now);
            Ok(rotation)
        };
        let rotations: Vec<Rotation> = plans.into_iter().map(rotation).collect::<Result<_, String>>()?;
        self.say(Happened::RotationsPlanned(self.ticket, rotations.clone()));
        Ok(rotations.into_iter().map(|rotation| Open { rotation, hold: None, stuck: false, told: false }).collect())
    }

    /// Carries on with everything that can be carried on. One is begun when those before it came through.
    async fn go(&mut self, ground: &Ground<'_>, open: &mut [Open]) -> Goes {
        let mut again = true;
        while std::mem::take(&mut again) {
            let mut may_begin = true;
            for at in 0..open.len() {
                if open[at].hold.is_none() {
                    if !may_begin {
                        continue;
                    }
                    match ground.start(&open[at].rotation).await {
                        Ok(hold) => open[at].hold = Some(hold),
                        Err(error) => {
                            self.refuse(&mut open[at], &error);
                            may_begin = false;
                            continue;
                        }
                    }
                }
                loop {
                    match self.orders.try_recv() {
                        Ok(order) => {
                            self.take(ground, open, order).await;
                            again = true;
                        }
                        Err(TryRecvError::Disconnected) => return Goes::Out,
                        Err(TryRecvError::Empty) if self.step(ground, &mut open[at]).await => {}
                        Err(TryRecvError::Empty) => break,
                    }
                }
                let one = &open[at];
                let came_through =
                    one.rotation.course == Course::Closed || matches!(one.rotation.next(Utc::now()), Next::Wait(_));
                may_begin &= came_through && !one.stuck;
            }
        }
        Goes::On
    }

    /// Does the next thing, if there is one to do; false when there is not.
    async fn step(&self, ground: &Ground<'_>, open: &mut Open) -> bool {
        if open.stuck {
            return false;
        }
        let Next::Do(effect) = open.rotation.next(Utc::now()) else {
            self.say(Happened::Rotating(self.ticket, Box::new(open.rotation.clone()), None));
            self.tell_the_end(ground, open).await;
            return false;
        };
        let mut begun = open.rotation.clone();
        begun.begin(effect);
        self.say(Happened::Rotating(self.ticket, Box::new(begun), Some(effect)));
        // one thing at a time, so that decisions are taken between two
        let stop = CancellationToken::new();
        let only_one = stop.clone();
        match ground.go_on(&mut open.rotation, &stop, &mut |_| only_one.cancel()).await {
            Ok(_) => true,
            Err(error) => {
                self.refuse(open, &error);
                false
            }
        }
    }

    async fn tell_the_end(&self, ground: &Ground<'_>, open: &mut Open) {
        if !open.rotation.course.is_over() || std::mem::replace(&mut open.told, true) {
            return;
        }
        let summary = ground.summarise(&open.rotation, &self.keeping.state).await;
        let summary = summary.map(|path| path.display().to_string()).map_err(|error| told(&error));
        self.say(Happened::RotationSummarised(self.ticket, open.rotation.id.clone(), summary));
    }

    fn refuse(&self, open: &mut Open, error: &RotateError) {
        open.stuck = true;
        self.say(Happened::RotationRefused(self.ticket, Some(open.rotation.id.clone()), told(error)));
    }

    async fn take(&self, ground: &Ground<'_>, open: &mut [Open], order: Order) {
        match order {
            Order::GoOn => open.iter_mut().for_each(|one| one.stuck = false),
            Order::Decide(id, decision) => {
                let Some(one) = held(open, &id) else { return };
                one.stuck = false;
                if let Err(error) = ground.decide(&mut one.rotation, decision).await {
                    self.refuse(one, &error);
                }
            }
            Order::Replan(id, plan) => {
                let Some(one) = held(open, &id) else { return };
                one.stuck = false;
                let plan = match placed(plan) {
                    Ok(plan) => plan,
                    Err(why) => {
                        one.stuck = true;
                        return self.say(Happened::RotationRefused(self.ticket, Some(id), why));
                    }
                };
                let mut changed = one.rotation.clone();
                let planned = changed.replan(plan).and_then(|()| changed.decide(Decision::Agree, Utc::now()));
                let kept = match planned {
                    Ok(()) => ground.journal.save(&changed).await.map_err(RotateError::from),
                    Err(refused) => Err(refused.into()),
                };
                match kept {
                    Ok(()) => one.rotation = changed,
                    Err(error) => self.refuse(one, &error),
                }
            }
        }
    }
}
