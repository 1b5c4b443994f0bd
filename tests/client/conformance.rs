//! Each backend is held to what it declares: keydeck's own server over the real client, and the fake that stands for it in
//! other tests. That the suite notices a backend which is not as it says is shown on fakes that lie.

use async_trait::async_trait;
use keydeck::client::KeyService;
use keydeck::client::capabilities::{Capabilities, Capability, Minting};
use keydeck::client::error::ErrorKind;
use keydeck::client::fake::FakeService;
use keydeck::domain::key::Key;
use keydeck::domain::key_value::digest;
use keydeck::domain::secret::Secret;
use rstest::rstest;

use super::*;
use crate::suite::{Fixture, conforms};

struct Of<S>(S);

#[async_trait]
impl<S: KeyService> Fixture for Of<S> {
    fn service(&self) -> &dyn KeyService {
        &self.0
    }
}

fn fake() -> FakeService {
    let keys = ["a", "b", "c", "d", "e"].map(|id| Key { owner_id: UserId(1), ..Key::sample(id) });
    FakeService::new(keys.to_vec())
}

#[tokio::test]
async fn keydecks_own_server_does_what_it_declares() {
    let server = TestServer::start().await;
    conforms(&Of(client(&server, &server.keys.admin))).await;
}

#[tokio::test]
async fn over_a_socket_it_does_the_same() {
    let server = TestServer::start_on_socket().await;
    conforms(&Of(client(&server, &server.keys.admin))).await;
}

#[tokio::test]
async fn the_fake_does_what_it_declares() {
    conforms(&Of(fake())).await;
}

#[tokio::test]
async fn a_backend_that_mints_does_what_it_declares() {
    conforms(&Of(fake().with_capabilities(Capabilities::all().minted_by(Minting::Server)))).await;
}

#[tokio::test]
async fn a_backend_without_any_one_capability_does_what_it_declares() {
    for capability in Capability::ALL {
        if !matches!(capability, Capability::CreateKeys | Capability::DeleteKeys) {
            let capabilities = Capabilities::all().without(*capability, "it is done on the team's page");
            conforms(&Of(fake().with_capabilities(capabilities))).await;
        }
    }
}

/// A backend whose keys are made and deleted on a page for people.
struct OnAPage(FakeService);

const VALUE: &str = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";

#[async_trait]
impl Fixture for OnAPage {
    fn service(&self) -> &dyn KeyService {
        &self.0
    }

    async fn value_made_elsewhere(&self) -> Secret {
        let key = Key { digest: Some(digest(VALUE)), owner_id: UserId(1), ..Key::sample("page") };
        self.0.state().keys.push(key);
        Secret::new(VALUE.to_owned())
    }

    async fn end_elsewhere(&self) {
        self.0.state().keys.retain(|key| key.id.as_str() != "page");
    }
}

#[tokio::test]
async fn a_backend_whose_keys_are_made_on_a_page_does_what_it_declares() {
    let capabilities = [Capability::CreateKeys, Capability::DeleteKeys, Capability::RevokeMany]
        .into_iter()
        .fold(Capabilities::all(), |all, missing| all.without(missing, "it is done on the team's page"));
    conforms(&OnAPage(fake().with_capabilities(capabilities))).await;
}

#[tokio::test]
#[should_panic(expected = "a made-up value")]
async fn a_backend_that_accepts_everything_is_noticed() {
    let service = fake();
    service.state().accepts_everything = true;
    let capabilities = Capabilities::all().without(Capability::Regenerate, "it is done on the team's page");
    conforms(&Of(service.with_capabilities(capabilities))).await;
}

#[tokio::test]
#[should_panic(expected = "a value whose key is gone")]
async fn a_backend_that_goes_on_accepting_what_it_deleted_is_noticed() {
    let service = fake();
    service.state().accepts_revoked = true;
    conforms(&Of(service)).await;
}

#[rstest]
#[case("users", Capability::Users)]
#[case("change_api_key", Capability::Rename)]
#[case("create_api_key", Capability::CreateKeys)]
#[case("revoke_api_keys", Capability::RevokeMany)]
#[tokio::test]
async fn a_backend_that_declares_what_it_cannot_do_is_noticed(
    #[case] method: &'static str,
    #[case] capability: Capability,
) {
    let service = fake();
    service.fail(method, ErrorKind::Unsupported);
    let held = tokio::spawn(async move { conforms(&Of(service)).await }).await.unwrap_err().into_panic();
    let said = held.downcast_ref::<String>().unwrap();
    assert!(said.contains(&format!("{capability:?} is declared")), "{said}");
}

#[tokio::test]
#[should_panic(expected = "no reason")]
async fn a_backend_that_gives_no_reason_is_noticed() {
    conforms(&Of(fake().with_capabilities(Capabilities::all().without(Capability::Users, "no")))).await;
}
