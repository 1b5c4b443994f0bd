//! The backend is held to the rules of every other, as far as it declares to keep them.

use async_trait::async_trait;
use keydeck::client::KeyService;
use keydeck::client::postman_gov_sg::GovSgService;

use crate::gov_sg::GovSg;
use crate::suite::{Fixture, conforms};

struct OfGovSg(GovSgService);

#[async_trait]
impl Fixture for OfGovSg {
    fn service(&self) -> &dyn KeyService {
        &self.0
    }
}

#[tokio::test]
async fn it_does_what_it_declares_with_ids_of_either_kind() {
    for numbers in [false, true] {
        let server = GovSg::start();
        server.service().numbers = numbers;
        conforms(&OfGovSg(server.client())).await;
        let asked = server.asked();
        let known = [
            "content-type",
            "cookie",
            "authorization",
            "accept",
            "accept-encoding",
            "user-agent",
            "host",
            "content-length",
            "if-none-match",
        ];
        for request in &asked {
            let strange = request.headers.iter().find(|(name, _)| !known.contains(&name.as_str()));
            assert_eq!(strange, None, "{}", request.line());
            assert!(request.header("cookie").is_none() || request.header("authorization").is_none(), "{request:?}");
        }
    }
}
