//! An issuer that says what a test wants it to say, however wrong. It signs nothing: these tests are about following.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The four things that a verifier asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Metadata,
    Token,
    Keys,
    Feed,
}

/// A request.
pub(crate) struct Asked {
    pub(crate) what: What,
    /// The first of its kind has 1.
    pub(crate) number: usize,
    pub(crate) head: String,
    /// The issuer's name.
    pub(crate) issuer: String,
}

/// What is answered.
pub(crate) enum Answer {
    /// All of it.
    Whole(u16, &'static str, String),
    /// A status and the promise of a body, and then nothing.
    Promise(u16),
    /// Events, each after a pause, and then nothing more; `true` for an answer that ends.
    Events(Vec<(Duration, String)>, bool),
}

/// The issuer. Its threads end with the test's process.
pub(crate) struct Issuer {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Issuer {
    pub(crate) fn start(say: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (say, asked) = (Arc::new(say), Arc::new(Mutex::new(Vec::new())));
        let all = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (say, all) = (Arc::clone(&say), Arc::clone(&all));
                std::thread::spawn(move || serve(stream, address, &*say, &all));
            }
        });
        Self { url: format!("http://{address}"), asked }
    }

    /// How often it was asked for this.
    pub(crate) fn count(&self, what: What) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.what == what).count()
    }

    /// The `Last-Event-ID` of each request for the feed.
    pub(crate) fn places(&self) -> Vec<Option<String>> {
        let asked = self.asked.lock().unwrap();
        let feeds = asked.iter().filter(|asked| asked.what == What::Feed);
        feeds
            .map(|asked| asked.head.lines().find_map(|line| line.strip_prefix("last-event-id: ").map(str::to_owned)))
            .collect()
    }
}

/// As a good issuer answers; its feed is at 5 and says so every tenth of a second.
pub(crate) fn good(asked: &Asked) -> Answer {
    match asked.what {
        What::Metadata => metadata(asked, 100),
        What::Token => json(&format!("{{\"access_token\":\"t{}\",\"expires_in\":300}}", asked.number)),
        // The public key of RFC 8037 appendix A.2.
        What::Keys => json(
            "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
        ),
        What::Feed => Answer::Events(beats(5, Duration::from_millis(100), 600), false),
    }
}

pub(crate) fn metadata(asked: &Asked, heartbeat: u32) -> Answer {
    let issuer = &asked.issuer;
    json(&format!(
        "{{\"issuer\":\"{issuer}\",\"token_endpoint\":\"{issuer}/token\",\"jwks_uri\":\"{issuer}/keys\",\
         \"admit_revocations_endpoint\":\"{issuer}/feed\",\"admit_revocations_heartbeat\":{heartbeat}}}"
    ))
}

fn json(text: &str) -> Answer {
    Answer::Whole(200, "application/json", text.to_owned())
}

/// `current` at this place, and so many heartbeats.
pub(crate) fn beats(place: u64, every: Duration, count: u32) -> Vec<(Duration, String)> {
    let beat = |number: u32| {
        let name = if number == 0 { "current" } else { "heartbeat" };
        (if number == 0 { Duration::ZERO } else { every }, pulse(name, place, every * number))
    };
    (0..=count).map(beat).collect()
}

pub(crate) fn pulse(name: &str, place: u64, t: Duration) -> String {
    let at = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    format!("id: 000000000000000a.{place}\nevent: {name}\ndata: {{\"t\":{},\"at\":{at}}}\n\n", t.as_millis())
}

fn serve(mut stream: TcpStream, address: SocketAddr, say: &dyn Fn(&Asked) -> Answer, all: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|count| count > 2) {}
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    drop(reader.read_exact(&mut vec![0; length]));
    let paths = BTreeMap::from([("/token", What::Token), ("/keys", What::Keys), ("/feed", What::Feed)]);
    let what = head.split(' ').nth(1).and_then(|path| paths.get(path).copied()).unwrap_or(What::Metadata);
    let number = 1 + all.lock().unwrap().iter().filter(|asked| asked.what == what).count();
    let answer = {
        let asked = Asked { what, number, head, issuer: format!("http://{address}") };
        let answer = say(&asked);
        all.lock().unwrap().push(asked);
        answer
    };
    let mut write = |text: &str| stream.write_all(text.as_bytes());
    let head = |status, media, rest: &str| format!("HTTP/1.1 {status} x\r\ncontent-type: {media}\r\n{rest}\r\n");
    match answer {
        Answer::Whole(status, media, body) => {
            drop(write(&format!("{}{body}", head(status, media, &format!("content-length: {}\r\n", body.len())))));
        }
        Answer::Promise(status) => {
            drop(write(&head(status, "text/plain", "content-length: 100\r\n")));
            std::thread::sleep(Duration::from_secs(60));
        }
        Answer::Events(events, ends) => {
            drop(write(&head(200, "text/event-stream", "transfer-encoding: chunked\r\n")));
            for (pause, event) in events {
                std::thread::sleep(pause);
                if write(&format!("{:x}\r\n{event}\r\n", event.len())).is_err() {
                    return;
                }
            }
            if ends {
                drop(write("0\r\n\r\n"));
            } else {
                std::thread::sleep(Duration::from_secs(60));
            }
        }
    }
}
