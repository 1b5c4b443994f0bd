//! The backend is held to the rules of every other, as far as it declares to keep them.

use async_trait::async_trait;
use keydeck::client::KeyService;
use keydeck::client::postman::PostmanService;
use keydeck::domain::secret::Secret;

use crate::api::{Postman, api_key, me};
use crate::client;
use crate::suite::{Fixture, conforms};

struct OfPostman(Postman, PostmanService);

#[async_trait]
impl Fixture for OfPostman {
    fn service(&self) -> &dyn KeyService {
        &self.1
    }

    async fn value_made_elsewhere(&self) -> Secret {
        let value = api_key(50);
        self.0.team().accepted.push((value.clone(), me(7, "Ada")));
        Secret::new(value)
    }

    async fn end_elsewhere(&self) {
        self.0.team().accepted.pop();
    }
}

#[tokio::test]
async fn postman_does_what_it_declares() {
    let server = Postman::start();
    let client = client(&server);
    conforms(&OfPostman(server, client)).await;
}
