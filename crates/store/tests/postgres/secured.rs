//! TLS to a PostgreSQL that takes nothing else.

use admit_core::session::SessionRules;
use admit_core::store::Sessions;
use admit_core::token::TokenRules;
use admit_store::{Postgres, PostgresAddress};
use admit_testkit::{Database, Postgres as Server};

use super::{at, node, sign_in, subject};

async fn refusal(url: &str) -> String {
    let address = match PostgresAddress::parse(url) {
        Ok(address) => address,
        Err(error) => return error.to_string(),
    };
    match Postgres::connect(&address, SessionRules::default(), TokenRules::default()).await {
        Ok(_) => panic!("{url} was connected to"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_reached_by_a_trusted_certificate_of_its_name_or_not_at_all() {
    let server = Server::with().password("lantern orbit".replace(' ', "-").as_str()).tls().start();
    let database = Database::new(&server.url("postgres"));
    let node = node(&format!("{}&deadline=5000", database.url)).await;
    let alice = subject(&node, "alice", &["customer"]).await;
    let held = sign_in(&node, &alice).await;
    assert!(node.check(&held.digest, at(1)).await.unwrap().is_some());

    let (plain, _) = database.url.split_once('?').unwrap();
    let ca = server.ca().display().to_string();
    let elsewhere = admit_testkit::folder();
    std::fs::write(elsewhere.path().join("empty.pem"), "").unwrap();
    let other = Server::with().tls().start();
    for (url, words) in [
        // Its certificate is of an authority that nobody here trusts.
        (format!("{plain}?sslmode=require"), "certificate"),
        (format!("{plain}?sslmode=verify-full&sslrootcert={}", other.ca().display()), "certificate"),
        // The server takes nothing in the clear, and is not asked for it.
        (plain.to_owned(), "no encryption"),
        (format!("{plain}?sslmode=disable"), "no encryption"),
        (format!("{plain}?sslmode=prefer"), "sslmode=prefer"),
        (format!("{plain}?sslmode=verify-full&sslrootcert=/nowhere/ca.pem"), "/nowhere/ca.pem"),
        (format!("{plain}?sslmode=verify-full&sslrootcert={}/empty.pem", elsewhere.path().display()), "empty.pem"),
        // By a name that the certificate does not have: 127.0.0.2 is this machine too.
        (plain.replace("127.0.0.1", "127.0.0.2") + &format!("?sslmode=verify-full&sslrootcert={ca}"), ""),
    ] {
        let said = refusal(&url).await;
        assert!(said.contains(words) && !said.contains("lantern"), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_tls_is_not_reached_by_an_address_that_asks_for_it() {
    let server = Server::start();
    let database = Database::new(&server.url("postgres"));
    let said = refusal(&format!("{}?sslmode=require", database.url)).await;
    assert!(said.to_lowercase().contains("tls"), "{said}");
}
