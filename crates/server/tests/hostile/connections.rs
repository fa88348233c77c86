//! One address that takes all connections.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use admit_testkit::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

const SOON: Duration = Duration::from_secs(3);

fn server(environment: &[(&str, &str)]) -> Server {
    let starting = Server::demo(env!("CARGO_BIN_EXE_admit"));
    environment.iter().fold(starting, |starting, (name, value)| starting.env(name, value)).start()
}

/// Asks on a connection that stays open; whether there was an answer.
fn ask(connection: &mut TcpStream) -> bool {
    connection.set_read_timeout(Some(SOON)).unwrap();
    let mut answer = [0; 1024];
    connection.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").is_ok()
        && connection.read(&mut answer).is_ok_and(|length| answer[..length].starts_with(b"HTTP/1.1 200"))
}

/// The status line that somebody at another address of this machine gets.
async fn status_from(source: Ipv4Addr, target: SocketAddr) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((source, 0))).unwrap();
    let asked = tokio::time::timeout(SOON, async {
        let mut connection = socket.connect(target).await?;
        connection.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.map(|_| answer)
    });
    let answer = asked.await.expect("an answer in time").expect("an answer");
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn fifty_connections_of_one_address_keep_nobody_else_out_and_their_owner_neither() {
    let server = server(&[("ADMIT_SERVER__MAX_CONNECTIONS", "50")]);
    let mut held: Vec<TcpStream> = Vec::new();
    for _ in 0..50 {
        let mut connection = TcpStream::connect(server.address).unwrap();
        assert!(ask(&mut connection), "its newest connection is served");
        held.push(connection);
    }
    assert_eq!(status_from(Ipv4Addr::new(127, 0, 0, 2), server.address).await, "HTTP/1.1 200 OK");
    let open = held.iter_mut().rev().take(16).filter_map(|connection| ask(connection).then_some(())).count();
    assert!(open >= 15, "those that were used last stay open: {open}");
}

#[tokio::test]
async fn when_all_places_are_taken_the_connection_that_was_silent_for_longest_makes_room() {
    let places = [("ADMIT_SERVER__MAX_CONNECTIONS", "20"), ("ADMIT_SERVER__MAX_CONNECTIONS_PER_ADDRESS", "20")];
    let server = server(&places);
    let mut held: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    assert!(held.iter_mut().all(ask));
    assert_eq!(status_from(Ipv4Addr::new(127, 0, 0, 2), server.address).await, "HTTP/1.1 200 OK");
    assert_eq!(held.iter_mut().filter_map(|connection| ask(connection).then_some(())).count(), 19, "one has gone");
}

#[tokio::test]
async fn an_address_that_is_busy_on_all_its_connections_is_told_so_and_others_are_served() {
    let places = [("ADMIT_SERVER__MAX_CONNECTIONS", "40"), ("ADMIT_SERVER__MAX_CONNECTIONS_PER_ADDRESS", "4")];
    let server = server(&places);
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
                content-length: 9\r\n\r\n";
    let busy: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut connection = TcpStream::connect(server.address).unwrap();
            connection.set_read_timeout(Some(SOON)).unwrap();
            connection.write_all(head.as_bytes()).unwrap();
            let mut invited = [0; 25];
            connection.read_exact(&mut invited).unwrap();
            connection
        })
        .collect();
    let mut fifth = TcpStream::connect(server.address).unwrap();
    fifth.set_read_timeout(Some(SOON)).unwrap();
    let mut told = String::new();
    fifth.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 429 "), "{told}");
    assert_eq!(status_from(Ipv4Addr::new(127, 0, 0, 2), server.address).await, "HTTP/1.1 200 OK");
    drop(busy);
}

#[tokio::test]
async fn a_trusted_proxy_may_have_as_many_connections_as_there_are() {
    let server = server(&[
        ("ADMIT_SERVER__MAX_CONNECTIONS_PER_ADDRESS", "2"),
        ("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#),
    ]);
    let mut held: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    assert!(held.iter_mut().all(ask));
    assert!(held.iter_mut().all(ask), "all are still open");
}
