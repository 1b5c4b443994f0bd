//! GitHub's secret scanning alerts.

use super::*;

#[tokio::test]
async fn what_github_found_is_recorded_and_it_is_told_what_is_a_key() {
    let github = GitHub::new().await;
    let server = &github.server;
    let (id, value) = server.make_key(&server.keys.user, "ci").await;
    let (other, noise) = (nobodys(), "AKIAIOSFODNN7EXAMPLE");
    let body = json!([alert(value.expose(), LINK), alert(noise, ""), alert(other.expose(), LINK)]).to_string();
    let told = github.sends(&body).await.expect(200);
    let verdict = |value: &str, label: &str| json!({ "token_hash": key_value::fingerprint(value), "token_type": "keydeck_api_key", "label": label });
    let labels = [(value.expose(), "true_positive"), (noise, "false_positive"), (other.expose(), "false_positive")];
    assert_eq!(told, Value::from(labels.map(|(value, label)| verdict(value, label)).to_vec()));
    let found = findings(server).await;
    assert_eq!(found.len(), 1, "only what is a key's");
    let one = &found[0];
    assert_eq!(
        (&one["apiKeyId"], &one["source"], &one["workspaceId"]),
        (&json!(id), &json!("github"), &json!("github"))
    );
    assert_eq!(
        (&one["url"], &one["secretType"], &one["occurrences"]),
        (&json!(LINK), &json!("keydeck API Key"), &json!(1))
    );
    assert_eq!(key(server, &id).await["status"], "enabled", "the setting does not say so");
    let logs = server.get(&server.keys.admin, "/audit/logs?action=detected_secret.report").await.expect(200);
    assert_eq!(logs["trails"][0]["data"]["actor"]["name"], "GitHub secret scanning");
    assert_eq!(logs["trails"][0]["ip"], "127.0.0.1");
    assert!(!holds(server, &value) && !holds(server, &other));
}

#[tokio::test]
async fn it_is_revoked_where_the_setting_says_so_and_a_superadmins_too_since_the_value_is_in_hand() {
    let github = GitHub::new().await;
    let server = &github.server;
    revoke_exposed(server).await;
    let (user, of_user) = server.make_key(&server.keys.user, "ci").await;
    let (root, of_root) = server.make_key(&server.keys.superadmin, "root's second").await;
    let (shared, of_shared) = collection_key(server).await;
    let body = json!([alert(of_user.expose(), LINK), alert(of_root.expose(), LINK), alert(of_shared.expose(), LINK)]);
    github.sends(&body.to_string()).await.expect(200);
    for id in [&user, &root] {
        let key = key(server, id).await;
        assert_eq!((&key["status"], &key["revocation"]), (&json!("revoked"), &json!("exposed")));
    }
    let found = findings(server).await;
    let of_kind = |kind: &str| found.iter().filter(|found| found["secretType"] == kind).collect::<Vec<_>>();
    assert!(of_kind("keydeck API Key").iter().all(|found| found["resolution"] == "REVOKED"));
    assert_eq!(of_kind("keydeck Collection Access Key")[0]["resolution"], "ACTIVE", "{shared}");
    let logs = server.get(&server.keys.admin, "/audit/logs?action=api_key.revoke").await.expect(200);
    assert_eq!(logs["trails"][0]["data"]["variables"]["reportedBy"]["name"], "GitHub secret scanning");
    // the last one that a superadmin has is spared, and the finding stands there for somebody to see
    let last = server.id_of(&server.keys.superadmin).await;
    github.sends(&json!([alert(server.keys.superadmin.expose(), LINK)]).to_string()).await.expect(200);
    assert_eq!(key(server, &last).await["status"], "enabled");
    assert!(
        findings(server).await.iter().any(|found| found["apiKeyId"] == json!(last) && found["resolution"] == "ACTIVE")
    );
}

#[tokio::test]
async fn what_github_did_not_sign_is_refused_and_does_nothing() {
    let github = GitHub::new().await;
    let server = &github.server;
    revoke_exposed(server).await;
    let (id, value) = server.make_key(&server.keys.user, "ci").await;
    let before = entries(server).await;
    let body = json!([alert(value.expose(), LINK)]).to_string();
    let (sign, other) = (
        |pair: &KeyPair, body: &str| STANDARD.encode(pair.sign(body.as_bytes()).unwrap()),
        KeyPair::generate().unwrap(),
    );
    let good = sign(&github.pair, &body);
    let (name, signature) = ("Github-Public-Key-Identifier", "Github-Public-Key-Signature");
    for headers in [
        vec![],
        vec![(name, "first")],
        vec![(signature, good.as_str())],
        vec![(name, "unknown"), (signature, good.as_str())],
        vec![(name, ""), (signature, good.as_str())],
        vec![(name, "first"), (signature, "")],
        vec![(name, "first"), (signature, "AAAA")],
        vec![(name, "first"), (signature, &sign(&other, &body))],
        vec![(name, "first"), (signature, &sign(&github.pair, "[]"))],
        vec![(name, "first"), (signature, good.as_str()), (signature, good.as_str())],
        vec![(name, "first"), (signature, good.as_str()), (name, "first")],
    ] {
        github.raw(&body, &headers).await.refused(401, "AuthenticationError", None);
    }
    // the bytes that were signed are what counts, not what they mean
    let spaced = body.replace(',', ", ");
    github.raw(&spaced, &[(name, "first"), (signature, &good)]).await.refused(401, "AuthenticationError", None);
    assert_eq!((entries(server).await, findings(server).await.len()), (before, 0));
    assert_eq!(key(server, &id).await["status"], "enabled");
    github.raw(&body, &[(name, "first"), (signature, &good)]).await.expect(200);
    assert_eq!(key(server, &id).await["status"], "revoked");
    for _ in 0..120 {
        let refused = client().post(format!("{}{GITHUB}", server.base_url)).send().await.unwrap().status();
        if refused == 429 {
            return;
        }
        assert_eq!(refused, 401);
    }
    panic!("an address may try as often as it likes");
}

#[tokio::test]
async fn what_is_sent_again_changes_nothing() {
    let github = GitHub::new().await;
    let server = &github.server;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let body = json!([alert(value.expose(), LINK), alert(value.expose(), LINK)]).to_string();
    let first = github.sends(&body).await.expect(200);
    let (before, found) = (entries(server).await, findings(server).await);
    assert_eq!(found[0]["occurrences"], 1);
    assert_eq!(github.sends(&body).await.expect(200), first);
    assert_eq!((entries(server).await, findings(server).await), (before, found));
    let elsewhere = json!([alert(value.expose(), "https://github.example/other")]).to_string();
    github.sends(&elsewhere).await.expect(200);
    assert_eq!(findings(server).await[0]["occurrences"], 2);
    // what was resolved stays so, and what is to be revoked by now is
    let one = findings(server).await[0]["secretId"].as_str().unwrap().to_owned();
    let resolved = json!({ "resolution": "FALSE_POSITIVE", "workspaceId": "github" });
    server
        .send(server.request(Method::PUT, &server.keys.admin, &format!("/detected-secrets/{one}")).json(&resolved))
        .await
        .expect(200);
    github.sends(&body).await.expect(200);
    assert_eq!(findings(server).await[0]["resolution"], "FALSE_POSITIVE");
}

#[tokio::test]
async fn the_keys_are_fetched_once_and_again_for_a_name_that_is_new() {
    let github = GitHub::new().await;
    assert_eq!(github.list.asked(), 0, "before anything is sent nobody is asked");
    for _ in 0..3 {
        github.sends("[]").await.expect(200);
    }
    assert_eq!(github.list.asked(), 1);
    let second = KeyPair::generate().unwrap();
    github.list.now(&[("first", &github.pair), ("second", &second)]);
    github.signed("[]", "second", &second).await.expect(200);
    github.sends("[]").await.expect(200);
    assert_eq!(github.list.asked(), 2);
    // a key that is not published any more is trusted no longer once that is known
    github.list.now(&[("second", &second)]);
    github.signed("[]", "third", &second).await.refused(401, "AuthenticationError", None);
    github.sends("[]").await.refused(401, "AuthenticationError", None);
    // names that are made up make no flood
    for at in 0..40 {
        github.signed("[]", &format!("made up {at}"), &second).await.refused(401, "AuthenticationError", None);
    }
    assert!(github.list.asked() <= 6, "{}", github.list.asked());
    github.signed("[]", "second", &second).await.expect(200);
}

#[tokio::test]
async fn while_the_keys_cannot_be_had_nothing_is_decided() {
    let github = GitHub::new().await;
    let server = &github.server;
    let (_, value) = server.make_key(&server.keys.user, "ci").await;
    let body = json!([alert(value.expose(), LINK)]).to_string();
    let list = github.list.keys.lock().unwrap().clone();
    // a redirect is followed nowhere
    for (status, told) in
        [(500, list.clone()), (302, list.clone()), (200, json!({})), (200, json!({ "public_keys": [] }))]
    {
        github.list.status.store(status, Ordering::SeqCst);
        *github.list.keys.lock().unwrap() = told;
        let answer = github.sends(&body).await;
        assert_eq!(answer.headers["retry-after"], "60");
        answer.refused(503, "serviceUnavailableError", None);
    }
    assert_eq!((findings(server).await.len(), github.list.asked()), (0, 4));
    github.list.status.store(200, Ordering::SeqCst);
    github.list.now(&[("first", &github.pair)]);
    github.sends(&body).await.expect(200);
    // what is known goes on being good, and of a new name nobody knows
    github.list.status.store(500, Ordering::SeqCst);
    github.sends(&body).await.expect(200);
    github.signed("[]", "second", &github.pair).await.refused(503, "serviceUnavailableError", None);
}

#[tokio::test]
async fn a_body_is_bounded_and_what_is_wrong_with_it_is_told_without_it() {
    let github = GitHub::new().await;
    let value = nobodys();
    for body in
        ["", "{}", "[{}]", "[1]", &format!("[{{\"token\":\"{}\"", value.expose()), "[{\"token\":1,\"type\":\"a\"}]"]
    {
        let refused = github.sends(body).await.refused(400, "malformedRequestError", Some("body"));
        assert!(!refused.to_string().contains(value.expose()));
    }
    github.sends(&" ".repeat(1024 * 1024 + 1)).await.refused(413, "requestTooLargeError", Some("body"));
    let many = |count: usize| Value::from(vec![json!({ "token": "x", "type": "t" }); count]).to_string();
    github.sends(&many(10_001)).await.refused(400, "malformedRequestError", Some("body"));
    assert_eq!(github.sends(&many(10_000)).await.expect(200).as_array().unwrap().len(), 10_000);
}
