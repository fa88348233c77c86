//! The way between a node and a store.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use admit_torture::proxy::{Proxy, Way};

/// Sends back whatever it gets.
fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let (mut from, mut to) = (&stream, &stream);
                drop(std::io::copy(&mut from, &mut to));
            });
        }
    });
    address
}

fn comes_back(stream: &mut TcpStream) -> Result<u8, ErrorKind> {
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(1) => Ok(byte[0]),
        Ok(_) => Err(ErrorKind::UnexpectedEof),
        Err(error) => Err(error.kind()),
    }
}

#[test]
fn what_a_stalled_way_holds_up_arrives_when_it_is_open_and_a_cut_way_breaks() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let proxy = runtime.block_on(Proxy::start(echo())).expect("a proxy");
    let connect = || {
        let stream = TcpStream::connect(proxy.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        stream
    };
    let patient = |stream: &TcpStream| stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let mut early = connect();
    patient(&early);
    early.write_all(b"a").expect("sent");
    assert_eq!(comes_back(&mut early), Ok(b'a'));

    proxy.set(Way::Stalled);
    let mut late = connect();
    for stream in [&mut early, &mut late] {
        stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        stream.write_all(b"b").expect("sent");
        assert!(matches!(comes_back(stream), Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)));
    }
    proxy.set(Way::Open);
    for stream in [&mut early, &mut late] {
        patient(stream);
        assert_eq!(comes_back(stream), Ok(b'b'));
    }

    proxy.set(Way::Cut);
    let mut refused = connect();
    for stream in [&mut early, &mut late, &mut refused] {
        patient(stream);
        assert!(matches!(comes_back(stream), Err(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)));
    }
    proxy.set(Way::Open);
    let mut again = connect();
    patient(&again);
    again.write_all(b"c").expect("sent");
    assert_eq!(comes_back(&mut again), Ok(b'c'));
}
