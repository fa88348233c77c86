//! What becomes of jobs in one batch.

use super::*;
use std::sync::mpsc as std_mpsc;

fn writer() -> Writer {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE parent (a INTEGER PRIMARY KEY);
             CREATE TABLE note (a INTEGER UNIQUE REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
    connection.execute_batch("INSERT INTO parent VALUES (1), (2), (3)").unwrap();
    Writer::start(connection, Live::new(crate::feed::Feed::default()).1, Arc::default(), None).unwrap()
}

fn note(writer: &Writer, number: u32) -> Reply<()> {
    writer.queue().submit(move |connection, _| {
        connection.execute("INSERT INTO note VALUES (?1)", [number])?;
        Ok(Done::plain(()))
    })
}

fn notes(writer: &Writer) -> Reply<u32> {
    writer.queue().submit(|connection, _| {
        connection.query_row("SELECT count(*) FROM note", [], |row| row.get(0)).map(Done::plain)
    })
}

/// Holds the writer until the returned sender is dropped, so that what is queued meanwhile becomes one batch.
fn hold(writer: &Writer) -> (Reply<()>, std_mpsc::Sender<()>) {
    let (release, held) = std_mpsc::channel::<()>();
    let (started, running) = std_mpsc::channel::<()>();
    let reply = writer.queue().submit(move |_, _| {
        drop(started);
        assert!(held.recv().is_err(), "nothing is sent: the sender is dropped");
        Ok(Done::plain(()))
    });
    assert!(running.recv().is_err(), "nothing is sent: the job has begun");
    (reply, release)
}

#[tokio::test]
async fn a_job_that_fails_does_not_harm_its_neighbours_in_the_batch() {
    let writer = writer();
    let (held, release) = hold(&writer);
    let first = note(&writer, 1);
    let twice: Reply<()> = writer.queue().submit(|connection, _| {
        connection.execute("INSERT INTO note VALUES (3)", [])?;
        connection.execute("INSERT INTO note VALUES (1)", [])?;
        Ok(Done::plain(()))
    });
    let second = note(&writer, 2);
    drop(release);
    held.await.unwrap();
    assert!(first.await.is_ok() && twice.await.is_err() && second.await.is_ok());
    assert_eq!(notes(&writer).await.unwrap(), 2);
}

#[tokio::test]
async fn when_the_commit_fails_every_job_of_the_batch_is_told_so_and_the_next_batch_works() {
    let writer = writer();
    let (held, release) = hold(&writer);
    let (good, orphan) = (note(&writer, 1), note(&writer, 99));
    drop(release);
    held.await.unwrap();
    assert!(good.await.is_err() && orphan.await.is_err());
    assert_eq!(notes(&writer).await.unwrap(), 0);
    note(&writer, 1).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let writer = writer();
    let (held, release) = hold(&writer);
    let mut waiting: Vec<Reply<u32>> = (0..QUEUE).map(|_| notes(&writer)).collect();
    assert!(matches!(notes(&writer), Reply::Ready(Err(_))));
    assert!(!writer.queue().has_room());
    drop(release);
    held.await.unwrap();
    assert!(waiting.pop().unwrap().await.is_ok());
}

#[tokio::test]
async fn a_writer_that_panicked_says_so_and_takes_nothing_any_more() {
    let writer = writer();
    let ended = writer.ended();
    let struck: Reply<()> = writer.queue().submit(|_, _| panic!("a bug in a job"));
    assert!(struck.await.is_err());
    let cause = tokio::time::timeout(std::time::Duration::from_secs(5), ended).await.unwrap();
    assert!(cause.to_string().contains("a bug in a job"), "{cause}");
    assert!(note(&writer, 1).await.is_err());
    let orderly = self::writer();
    let ended = orderly.ended();
    drop(orderly);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), ended).await.is_err());
}

#[tokio::test]
async fn dropping_the_writer_finishes_what_is_queued() {
    let writer = writer();
    let (_held, release) = hold(&writer);
    let last = note(&writer, 3);
    let queue = writer.queue().clone();
    drop(release);
    drop(writer);
    assert!(last.await.is_ok());
    assert!(queue.submit(|_, _| Ok(Done::plain(()))).await.is_err());
    assert!(queue.is_alive().is_err());
}

#[tokio::test]
async fn a_writer_that_has_panicked_is_known_to_be_gone() {
    let writer = writer();
    assert!(writer.queue().is_alive().is_ok());
    let died: Reply<()> = writer.queue().submit(|_, _| panic!("on purpose"));
    assert!(died.await.is_err());
    while writer.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
        tokio::task::yield_now().await;
    }
    assert!(writer.queue().is_alive().is_err());
}
