//! What the server tells whoever watches it, in the text form of Prometheus, on a listener of its own.
//!
//! Labels are words of the program's own (methods, routes as the contract names them, states, reasons), so how many series
//! there are depends neither on keys nor on people nor on what is asked, and nothing in them is anybody's.

mod figures;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::proto::MetricFamily;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, Result, TEXT_FORMAT,
    TextEncoder,
};
use tower_http::catch_panic::CatchPanicLayer;

use self::figures::Figures;
use super::app::App;
use super::http::observe;
use super::lately::{Lately, Told};

/// Where they are told. Source: Prometheus' own convention.
pub const PATH: &str = "/metrics";
/// How long figures of the database hold: however often somebody asks, it is read once in so long.
const FIGURES_HOLD: Duration = Duration::from_secs(10);
/// How long an answer waits for them.
const FIGURES: Duration = Duration::from_secs(2);
/// Bounds of what is told of how long requests take, in seconds; they are answered within 30 s.
const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// What is asked that is none of the contract's.
const NO_ROUTE: &str = "none";
/// The methods that are told; all others are one.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What is counted while the server runs.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    refusals: IntCounterVec,
    figures: Lately<Option<Figures>>,
}

impl Metrics {
    /// Nothing was counted yet.
    ///
    /// # Errors
    /// When a name is none that Prometheus takes, or two are the same.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let of_requests = Opts::new("keydeck_http_requests_total", "Requests that were answered.");
        let requests = IntCounterVec::new(of_requests, &["method", "route", "status"])?;
        let of_durations = HistogramOpts::new(
            "keydeck_http_request_duration_seconds",
            "How long requests took, from their head to the head of their answer.",
        );
        let durations = HistogramVec::new(of_durations.buckets(SECONDS.to_vec()), &["method", "route"])?;
        let of_refusals = Opts::new("keydeck_http_refusals_total", "Requests that were refused, by why.");
        let refusals = IntCounterVec::new(of_refusals, &["reason"])?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(refusals.clone()))?;
        Ok(Self { registry, requests, durations, refusals, figures: Lately::default() })
    }

    /// Counts a request that was answered with `status` after `took`; `route` is the one of the contract, if it is one, and
    /// `refusal` says why it was refused, if it was.
    pub fn answered(&self, method: &str, route: Option<&str>, status: u16, took: Duration, refusal: Option<&str>) {
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or("other");
        let route = route.unwrap_or(NO_ROUTE);
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        let duration: Histogram = self.durations.with_label_values(&[method, route]);
        duration.observe(took.as_secs_f64());
        if let Some(reason) = refusal {
            self.refusals.with_label_values(&[reason]).inc();
        }
    }

    /// Everything there is to tell now.
    async fn text(&self, app: &Arc<App>) -> Result<String> {
        let mut all = self.registry.gather();
        all.extend(of_the_program(app).await?);
        let of = Arc::clone(app);
        let figures = match self.figures.ask(FIGURES_HOLD, FIGURES, || figures::found(of)).await {
            Told::Found(figures) => figures,
            // the last that were read, while it takes long to read them anew
            Told::Late(before) => before.flatten(),
        };
        if let Some(figures) = figures {
            all.extend(figures.families(app.now())?);
        }
        TextEncoder::new().encode_to_string(&all)
    }
}

/// Gauges of one moment.
struct Moment(Registry);

impl Moment {
    fn new() -> Self {
        Self(Registry::new())
    }

    fn gauge(&self, name: &str, help: &str, value: i64) -> Result<()> {
        let gauge = IntGauge::new(name, help)?;
        gauge.set(value);
        self.0.register(Box::new(gauge))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
        let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(gauges.clone()))?;
        Ok(gauges)
    }
}

/// What is known without reading the database, beside whether it can be read.
async fn of_the_program(app: &Arc<App>) -> Result<Vec<MetricFamily>> {
    let now = Moment::new();
    let version = now.gauges("keydeck_build_info", "The version that runs; always 1.", &["version"])?;
    version.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    let ready = i64::from(app.readiness.of(app).await);
    now.gauge("keydeck_ready", "Whether the database answers and takes writes, as GET /readyz tells.", ready)?;
    let what = "Connections to the database that are open, by what they are for.";
    let connections = now.gauges("keydeck_database_connections", what, &["purpose", "state"])?;
    let what = "Connections to the database that there may be.";
    let most = now.gauges("keydeck_database_connections_limit", what, &["purpose"])?;
    for usage in app.store.reads().usage() {
        connections.with_label_values(&[usage.purpose, "in_use"]).set(number(usage.in_use));
        connections.with_label_values(&[usage.purpose, "idle"]).set(number(usage.idle));
        most.with_label_values(&[usage.purpose]).set(number(usage.most));
    }
    let what = "What went wrong with the database, by the kind of failure.";
    let errors = IntCounterVec::new(Opts::new("keydeck_database_errors_total", what), &["kind"])?;
    now.0.register(Box::new(errors.clone()))?;
    for (kind, count) in app.store.reads().failures() {
        errors.with_label_values(&[kind]).inc_by(count);
    }
    Ok(now.0.gather())
}

fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// The listener's one path.
pub fn router(app: Arc<App>) -> Router {
    let elsewhere = async || (StatusCode::NOT_FOUND, format!("only GET {PATH} is answered here\n"));
    Router::new()
        .route(PATH, get(tell))
        .fallback(elsewhere)
        .layer(CatchPanicLayer::custom(observe::panicked))
        .with_state(app)
}

async fn tell(State(app): State<Arc<App>>) -> Response {
    match app.metrics.text(&app).await {
        Ok(text) => ([(CONTENT_TYPE, HeaderValue::from_static(TEXT_FORMAT))], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_series_there_are_depends_on_nothing_that_is_asked() {
        let metrics = Metrics::new().unwrap();
        let series = || {
            let text = TextEncoder::new().encode_to_string(&metrics.registry.gather()).unwrap();
            text.lines().filter(|line| !line.starts_with('#')).count()
        };
        let took = Duration::from_millis(3);
        metrics.answered("GET", Some("/api-keys/{id}"), 200, took, None);
        metrics.answered("BREW", None, 404, took, Some("requestNotFoundError"));
        let before = series();
        for made_up in 0..100 {
            metrics.answered(&format!("BREW{made_up}"), None, 404, took, Some("requestNotFoundError"));
            metrics.answered("GET", Some("/api-keys/{id}"), 200, took * made_up, None);
        }
        assert_eq!(series(), before);
    }
}
