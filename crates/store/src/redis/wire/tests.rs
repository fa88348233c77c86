//! A wire against a server that is this test.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::{JoinHandle, yield_now};

use super::*;

const PATIENCE: Duration = Duration::from_millis(200);

/// A wire, and the server's end of it.
fn wire() -> (Wire, DuplexStream) {
    let (near, far) = duplex(1 << 20);
    (Wire::over(Box::new(near), PATIENCE), far)
}

fn asked(wire: &Wire, what: &str) -> JoinHandle<Result<Answer, String>> {
    let (wire, command) = (wire.clone(), Command::new(what));
    tokio::spawn(async move { wire.ask(&command).await.map_err(|broken| broken.to_string()) })
}

/// What has come to the server by now.
async fn came(server: &mut DuplexStream) -> String {
    for _ in 0..32 {
        yield_now().await;
    }
    let mut bytes = Vec::new();
    while let Poll::Ready(read) = futures_poll(pin!(server.read_buf(&mut bytes))) {
        read.unwrap();
    }
    String::from_utf8(bytes).unwrap()
}

fn futures_poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn sent(what: &[&str]) -> String {
    what.iter().map(|what| format!("*1\r\n${}\r\n{what}\r\n", what.len())).collect()
}

#[tokio::test(start_paused = true)]
async fn one_question_goes_out_at_once_and_those_asked_meanwhile_together_when_an_answer_comes() {
    let (wire, mut server) = wire();
    let first = asked(&wire, "A");
    assert_eq!(came(&mut server).await, sent(&["A"]));
    let others: Vec<_> = ["B", "C", "D"].map(|what| asked(&wire, what)).into();
    assert_eq!(came(&mut server).await, "", "an answer is on its way");
    server.write_all(b":1\r\n").await.unwrap();
    assert_eq!(first.await.unwrap(), Ok(Answer::Number(1)));
    assert_eq!(came(&mut server).await, sent(&["B", "C", "D"]));
    let again = asked(&wire, "E");
    assert_eq!(came(&mut server).await, "");
    server.write_all(b":2\r\n:3\r\n").await.unwrap();
    assert_eq!(came(&mut server).await, sent(&["E"]), "D is not answered yet, others are");
    server.write_all(b":4\r\n:5\r\n").await.unwrap();
    for (number, answer) in (2..).zip(others) {
        assert_eq!(answer.await.unwrap(), Ok(Answer::Number(number)));
    }
    assert_eq!(again.await.unwrap(), Ok(Answer::Number(5)));
}

#[tokio::test(start_paused = true)]
async fn what_fills_a_packet_waits_for_no_answer() {
    let (wire, mut server) = wire();
    let first = asked(&wire, "A");
    assert_eq!(came(&mut server).await, sent(&["A"]));
    let long = "B".repeat(ENOUGH);
    let second = asked(&wire, &long);
    assert_eq!(came(&mut server).await, sent(&[&long]));
    server.write_all(b":1\r\n:2\r\n").await.unwrap();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(Answer::Number(1)), Ok(Answer::Number(2))));
}

#[tokio::test(start_paused = true)]
async fn an_answer_whose_asker_has_gone_is_nobody_elses() {
    let (wire, mut server) = wire();
    let gone = asked(&wire, "A");
    assert_eq!(came(&mut server).await, sent(&["A"]));
    gone.abort();
    let second = asked(&wire, "B");
    server.write_all(b"$4\r\nhers\r\n").await.unwrap();
    assert_eq!(came(&mut server).await, sent(&["B"]));
    server.write_all(b"$3\r\nhis\r\n").await.unwrap();
    assert_eq!(second.await.unwrap(), Ok(Answer::Bytes(b"his".to_vec())));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_waits_too_long_ends_the_connection_and_one_that_is_asked_later_waits_no_longer() {
    let (wire, mut server) = wire();
    // Answered questions, over a long time, leave nothing behind.
    for _ in 0..4 {
        let question = asked(&wire, "A");
        tokio::time::sleep(PATIENCE - Duration::from_millis(1)).await;
        server.write_all(b":1\r\n").await.unwrap();
        assert_eq!(question.await.unwrap(), Ok(Answer::Number(1)));
    }
    let started = Instant::now();
    let first = asked(&wire, "A");
    tokio::time::sleep(PATIENCE / 2).await;
    let second = asked(&wire, "B");
    assert!(first.await.unwrap().unwrap_err().contains("did not answer in time"));
    assert!(second.await.unwrap().unwrap_err().contains("did not answer in time"));
    assert_eq!(started.elapsed().as_millis(), PATIENCE.as_millis());
    assert!(asked(&wire, "C").await.unwrap().is_err(), "an ended connection takes no questions");
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_a_question_is_held_back_is_a_part_of_its_time() {
    let (wire, mut server) = wire();
    let started = Instant::now();
    let first = asked(&wire, "A");
    assert_eq!(came(&mut server).await, sent(&["A"]));
    let second = asked(&wire, "B");
    tokio::time::sleep(PATIENCE - Duration::from_millis(5)).await;
    server.write_all(b":1\r\n").await.unwrap();
    assert_eq!(first.await.unwrap(), Ok(Answer::Number(1)));
    assert!(second.await.unwrap().unwrap_err().contains("did not answer in time"));
    assert!(started.elapsed() <= PATIENCE + Duration::from_millis(2), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_is_told_why_the_connection_ended() {
    for (last, words) in [
        ("", "it closed the connection"),
        ("-ERR max number of clients reached\r\n", "max number of clients"),
        (":1\r\n:2\r\n", "what was not asked"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "no answer of a Redis"),
    ] {
        let (wire, mut server) = wire();
        let question = if last.starts_with('-') { None } else { Some(asked(&wire, "A")) };
        came(&mut server).await;
        server.write_all(last.as_bytes()).await.unwrap();
        drop(server);
        if let Some(question) = question.filter(|_| !last.starts_with(':')) {
            let told = question.await.unwrap().unwrap_err();
            assert!(told.contains(words), "{told}");
        }
        for _ in 0..32 {
            yield_now().await;
        }
        let told = asked(&wire, "B").await.unwrap().unwrap_err();
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_nothing_is_late_and_what_waits_for_it_has_a_bound() {
    let (near, _far) = duplex(64);
    let wire = Wire::over(Box::new(near), PATIENCE);
    let first = asked(&wire, &"A".repeat(1000));
    yield_now().await;
    let rest: Vec<_> = (0..18).map(|_| asked(&wire, &"B".repeat(1 << 20))).collect();
    let mut refused = 0;
    for question in rest {
        refused += usize::from(question.await.unwrap().unwrap_err().contains("does not take what is sent"));
    }
    assert!((1..=2).contains(&refused), "{refused}");
    assert!(first.await.unwrap().unwrap_err().contains("did not answer in time"));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_task_that_has_ended_by_something_else_than_the_connection() {
    let (wire, mut server) = wire();
    let first = asked(&wire, "A");
    assert_eq!(came(&mut server).await, sent(&["A"]));
    let held = asked(&wire, "B");
    yield_now().await;
    wire._task.0.abort();
    for question in [first, held, asked(&wire, "C")] {
        let told = tokio::time::timeout(PATIENCE * 10, question).await.expect("an end").unwrap().unwrap_err();
        assert!(told.contains("the connection was closed"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wire_that_nobody_has_any_more_is_closed() {
    let (wire, mut server) = wire();
    let question = asked(&wire, "A");
    assert_eq!(came(&mut server).await, sent(&["A"]));
    drop(wire);
    question.abort();
    let mut rest = Vec::new();
    assert_eq!(server.read_to_end(&mut rest).await.unwrap(), 0);
}
