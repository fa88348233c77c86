//! Names as an earlier release stored them.

use admit_core::audit::EventKind;
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::random::OsRandom;
use admit_core::store::{Accounts, Created, Imported, ImportedSubject, NewSubject, Renamed};
use admit_core::subject::{Status, Username};

use super::{at, event, node, subject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_stored_in_an_earlier_canonical_form_is_found_and_has_no_second_account() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let earlier = subject(&node, "İlker", &[]).await;
    let (hand, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let stored = "UPDATE admit.subject SET username_canonical = U&'i\\0307lker'";
    hand.batch_execute(stored).await.unwrap();
    let new = |phc: &str| NewSubject {
        id: SubjectId::new(at(0), &OsRandom).unwrap(),
        username: Username::parse("İlker").unwrap(),
        password: PasswordHash::from_phc(phc.to_owned()),
        roles: Vec::new(),
        created_at: at(0),
    };
    let again = node.create(new("x"), event(EventKind::SubjectCreated)).await.unwrap();
    assert!(matches!(again, Created::UsernameTaken), "{again:?}");
    let import =
        ImportedSubject { subject: new("another"), status: Status::Active, event: event(EventKind::SubjectImported) };
    assert_eq!(node.import(vec![import], true).await.unwrap(), [Imported::NameTaken]);
    let other = subject(&node, "ilker", &[]).await;
    for (name, id) in [("İlker", earlier.id), ("i\u{307}lker", earlier.id), ("ilker", other.id), ("ILKER", other.id)] {
        let found = node.by_username(&Username::existing(name).unwrap()).await.unwrap();
        assert_eq!(found.map(|account| account.subject.id), Some(id), "{name}");
    }
    // Nor does anybody get it by being renamed.
    let renamed =
        node.rename(other.id, Username::parse("İlker").unwrap(), event(EventKind::SubjectRenamed)).await.unwrap();
    assert!(matches!(renamed, Renamed::Taken), "{renamed:?}");
    let places: Vec<String> = node.search("", None, 9).await.unwrap().into_iter().map(|listed| listed.place).collect();
    assert_eq!(places, ["ilker", "i\u{307}lker"]);
}
