//! An issuer that publishes whatever keys a test gives it, for the gate to load.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

pub(crate) struct FakeIssuer {
    pub(crate) url: String,
    /// How often its keys were fetched.
    pub(crate) fetched: Arc<AtomicUsize>,
}

impl FakeIssuer {
    pub(crate) fn publishing(jwks: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fetched = Arc::new(AtomicUsize::new(0));
        let (own, jwks, count) = (url.clone(), jwks.to_owned(), Arc::clone(&fetched));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, jwks, count) = (own.clone(), jwks.clone(), Arc::clone(&count));
                thread::spawn(move || answer(stream, &own, &jwks, &count));
            }
        });
        Self { url, fetched }
    }
}

/// One request a connection.
fn answer(mut stream: TcpStream, own: &str, jwks: &str, fetched: &AtomicUsize) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    // The rest of the head; of the one request with a body, the body is left unread until the answer is sent.
    let _rest: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let (media, body) = match first.split(' ').nth(1).unwrap_or_default() {
        "/.well-known/oauth-authorization-server" => ("application/json", metadata(own)),
        "/oauth/token" => ("application/json", r#"{"access_token":"x","expires_in":300}"#.to_owned()),
        "/revocations" => {
            let at = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
            let current = format!("id: 0000000000000001.0\nevent: current\ndata: {{\"t\":0,\"at\":{at}}}\n\n");
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            drop(stream.write_all(format!("{head}{current}").as_bytes()));
            // It has nothing more to tell, and stays.
            lines.for_each(drop);
            return;
        }
        _ => {
            fetched.fetch_add(1, Ordering::AcqRel);
            ("application/jwk-set+json", jwks.to_owned())
        }
    };
    let head = format!("content-type: {media}\r\ncontent-length: {}\r\nconnection: close", body.len());
    drop(stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").as_bytes()));
    drop(stream.shutdown(std::net::Shutdown::Write));
    lines.for_each(drop);
}

fn metadata(own: &str) -> String {
    json!({
        "issuer": own,
        "token_endpoint": format!("{own}/oauth/token"),
        "jwks_uri": format!("{own}/.well-known/jwks.json"),
        "admit_revocations_endpoint": format!("{own}/revocations"),
        "admit_revocations_heartbeat": 30_000,
    })
    .to_string()
}
