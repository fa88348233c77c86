//! What people read, word for word: one file for each case and language in `golden/`. `ADMIT_RENEW_GOLDEN=1` writes them.

use std::fs;
use std::path::Path;

use admit_advice::{Answer, Assurance, Checks, Client, Logout, Network, Nodes, Others, Rights, Sites, TABLE, report};
use admit_words::Language;

use crate::advice;

type Case = (&'static str, Client, &'static [Answer]);

/// A case for each row of the table and for each way of checking, and what single answers add.
const CASES: &[Case] = &[
    ("rendered-pages", Client::ServerRendered, &[]),
    ("same-site-spa", Client::SameSiteSpa, &[]),
    ("same-site-spa-offline", Client::SameSiteSpa, &[Answer::Network(Network::Sometimes)]),
    ("other-site-page", Client::OtherSiteSpa, &[]),
    ("other-site-page-with-services", Client::OtherSiteSpa, &[Answer::Checks(Checks::OurServices)]),
    ("page-with-services", Client::ServerRendered, &[Answer::Checks(Checks::OurServices)]),
    (
        "page-with-services-seconds-often",
        Client::ServerRendered,
        &[Answer::Checks(Checks::OurServices), Answer::Logout(Logout::Seconds), Answer::Rights(Rights::Often)],
    ),
    ("native-app", Client::NativeApp, &[]),
    (
        "native-app-minutes-elsewhere",
        Client::NativeApp,
        &[Answer::Checks(Checks::TheirServices), Answer::Logout(Logout::Minutes)],
    ),
    ("native-app-high", Client::NativeApp, &[Answer::Assurance(Assurance::High), Answer::Nodes(Nodes::Several)]),
    ("service", Client::Service, &[]),
    ("third-party-for-users", Client::ThirdParty, &[]),
    ("third-party-for-itself", Client::ThirdParty, &[Answer::Others(Others::No)]),
    ("shared-screen", Client::Kiosk, &[Answer::Network(Network::Always), Answer::Checks(Checks::Here)]),
    ("offline-device", Client::Kiosk, &[]),
    ("several-sites", Client::ServerRendered, &[Answer::Sites(Sites::Several), Answer::Others(Others::Yes)]),
    ("offline-without-its-server", Client::Service, &[Answer::Network(Network::Sometimes)]),
    ("offline-device-that-must-ask", Client::Kiosk, &[Answer::Checks(Checks::Here)]),
    ("offline-device-that-must-hear", Client::Kiosk, &[Answer::Logout(Logout::NextRequest)]),
    ("other-site-and-one-site", Client::OtherSiteSpa, &[Answer::Sites(Sites::One)]),
];

#[test]
fn what_is_said_is_what_has_been_read_and_approved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/advice/golden");
    let renew = std::env::var_os("ADMIT_RENEW_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for (name, client, answers) in CASES {
        for lang in Language::ALL {
            let file = folder.join(format!("{name}.{}.txt", lang.tag()));
            let said = report(&advice(*client, answers), lang);
            if renew {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&file, &said).unwrap();
            } else if fs::read_to_string(&file).ok().as_deref() != Some(said.as_str()) {
                wrong.push(file.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    assert!(wrong.is_empty(), "other than approved (ADMIT_RENEW_GOLDEN=1 renews; read the diff): {}", wrong.join(", "));
}

#[test]
fn there_is_a_file_for_every_row_of_the_table_and_none_too_many() {
    let rows: Vec<&str> = CASES
        .iter()
        .map(|(_, client, answers)| advice(*client, answers).map_or_else(|it| it.row, |it| it.row))
        .collect();
    for row in TABLE {
        assert!(rows.contains(&row.id), "{} has no case", row.id);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/advice/golden");
    assert_eq!(fs::read_dir(folder).unwrap().count(), CASES.len() * 2);
}
