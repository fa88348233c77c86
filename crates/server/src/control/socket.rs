//! The socket: one line of JSON in, one line of JSON out.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use admit_core::csrf::Origin;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use super::{Answer, Command, run};
use crate::operation::Operations;

/// Most bytes of a command or an answer.
const MAX_MESSAGE: u64 = 64 * 1024 * 1024;
/// Commands at once. One more waits.
const AT_ONCE: usize = 16;
/// How long a command may be on its way, and an answer.
const WITHIN: Duration = Duration::from_secs(30);
/// How long accepting rests when the system gives no connection.
const REST: Duration = Duration::from_millis(100);

/// Answers commands at a socket until the task is dropped.
///
/// # Errors
/// When the socket cannot be made. Its path may have some 100 bytes at most: a limit of the operating system.
pub fn listen(socket: &Path, operations: Arc<Operations>, public: Origin) -> io::Result<tokio::task::JoinHandle<()>> {
    // The folder is locked, so a socket that is still there belongs to nobody.
    match std::fs::remove_file(socket) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::error!(%error, "a command could not be accepted");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            };
            let (operations, public) = (Arc::clone(&operations), public.clone());
            tokio::spawn(async move {
                if let Err(error) = converse(stream, &operations, &public).await {
                    tracing::warn!(%error, "a command did not arrive whole");
                }
                drop(place);
            });
        }
    }))
}

async fn converse(stream: UnixStream, operations: &Operations, public: &Origin) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    let mut reading = BufReader::new(reading.take(MAX_MESSAGE));
    tokio::time::timeout(WITHIN, reading.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        Ok(command) => run(command, operations, public).await,
        Err(_) => {
            Answer::Failed("The running server does not know this command: it may be of another version.".to_owned())
        }
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    tokio::time::timeout(WITHIN, writing.write_all(text.as_bytes())).await?
}

/// Sends a command to the process that owns the folder.
///
/// # Errors
/// When it does not listen, or its answer cannot be read.
pub async fn send(socket: &Path, command: &Command) -> io::Result<Answer> {
    let (reading, mut writing) = UnixStream::connect(socket).await?.into_split();
    let mut text = serde_json::to_string(command)?;
    text.push('\n');
    writing.write_all(text.as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(reading.take(MAX_MESSAGE)).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}
