//! What a plan allows in a month, and how much of it is used.

use super::untrusted::Untrusted;

/// One thing that a plan allows so much of. Source: Postman's `GET /me`, `operations`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The backend's word for it: `api_usage` are calls of the API.
    pub name: Untrusted,
    /// How much the plan allows; none: as much as anybody likes.
    pub limit: Option<u64>,
    /// How much is used.
    pub usage: u64,
    /// How much of that is beyond the limit.
    pub overage: u64,
}

/// The backend's word for calls of its API.
const CALLS: &str = "api_usage";

impl Allowance {
    /// Whether it is of the API's own calls, of which keydeck uses some.
    pub fn is_of_calls(&self) -> bool {
        self.name.as_received() == CALLS
    }

    /// How much of it is used, in percent, rounded down; none where there is no limit. Nothing of nothing is all.
    pub fn percent(&self) -> Option<u64> {
        let limit = self.limit?;
        Some(self.usage.saturating_mul(100).checked_div(limit).unwrap_or(100))
    }

    /// What it is, in words.
    pub fn title(&self) -> String {
        if self.is_of_calls() { "API calls".to_owned() } else { self.name.to_string().replace('_', " ") }
    }

    /// How much is used, in words: `412 of 10000, 4 %`.
    pub fn words(&self) -> String {
        let beyond = if self.overage > 0 { format!(", {} beyond the limit", self.overage) } else { String::new() };
        match (self.limit, self.percent()) {
            (Some(limit), Some(percent)) => format!("{} of {limit}, {percent} %{beyond}", self.usage),
            _ => format!("{}, unlimited{beyond}", self.usage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(limit: Option<u64>, usage: u64) -> Allowance {
        Allowance { name: "api_usage".into(), limit, usage, overage: 0 }
    }

    #[test]
    fn what_is_used_is_told_in_percent_where_there_is_a_limit() {
        for (allowance, percent, words) in [
            (of(Some(1000), 799), Some(79), "799 of 1000, 79 %"),
            (of(Some(1000), 1200), Some(120), "1200 of 1000, 120 %"),
            (of(Some(0), 0), Some(100), "0 of 0, 100 %"),
            (of(Some(1), u64::MAX), Some(u64::MAX), "18446744073709551615 of 1, 18446744073709551615 %"),
            (of(None, 7), None, "7, unlimited"),
        ] {
            assert_eq!((allowance.percent(), allowance.words().as_str()), (percent, words));
        }
        let over = Allowance { name: "flow_runs".into(), overage: 3, ..of(Some(10), 13) };
        assert_eq!(
            (over.title().as_str(), over.words().as_str()),
            ("flow runs", "13 of 10, 130 %, 3 beyond the limit")
        );
        assert_eq!(of(None, 0).title(), "API calls");
    }
}
