//! Starting, and starting twice.

use std::fs;

use admit_testkit::{Server, run};

use super::{folder, serve};
use crate::http::support::{BINARY, alone, demo};

#[test]
fn serve_without_a_configuration_is_3_and_says_how_to_get_one() {
    let at = folder();
    let output = serve(&at);
    assert_eq!(output.code, 3);
    assert!(output.stderr.contains("`admit init`") && output.stderr.contains("--dev"), "{output:?}");
    assert_eq!(fs::read_dir(at.path()).unwrap().count(), 0, "and nothing is made");
    let named = run(BINARY, at.path(), &["serve", "--config", "other.toml"], &[], "");
    assert_eq!(named.code, 3);
    assert!(named.stderr.contains("other.toml"), "{named:?}");
}

#[test]
fn a_second_server_on_the_same_data_is_refused_and_the_first_goes_on() {
    let server = demo();
    let folder = server.folder();
    let environment = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0")];
    let second = run(BINARY, folder, &["serve", "--dev", "--demo"], &environment, "");
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains("Another admit runs on the data folder admit-data."), "{second:?}");
    assert_eq!(server.client().get("/readyz").status, 200);

    let listen = server.address.to_string();
    let taken = alone(&["serve", "--dev"], &[("ADMIT_SERVER__LISTEN", &listen)]);
    assert_eq!(taken.code, 3, "{taken:?}");
    assert!(taken.stderr.contains(&listen) && taken.stderr.contains("ADMIT_SERVER__LISTEN"), "{taken:?}");
}

#[test]
fn the_control_socket_and_all_of_the_data_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = demo();
    let folder = server.folder().join("admit-data");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for name in ["control.sock", "admit.db", "secret", "lock"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[test]
fn the_greeting_shows_every_way_in() {
    let server = Server::demo(BINARY).start();
    for label in ["Sign in", "Account", "Admin", "Shop", "Request flow", "Attack page", "First admin"] {
        let address = server.greeted(label).unwrap_or_else(|| panic!("{label}: {}", server.printed()));
        assert!(address.starts_with("http://127.0.0.1:"), "{label}: {address}");
        if let Some(path) = address.strip_prefix(&server.url) {
            assert!(matches!(server.client().page(path).status, 200 | 303), "{label}");
        }
    }
    assert_ne!(server.greeted("Attack page"), Some(server.url.clone()), "it is another origin");
    server.user("root", &["admin"]);
    let server = server.again();
    assert!(server.greeted("First admin").is_none() && server.printed().contains("There is an administrator already"));
}

#[test]
fn dev_is_known_by_a_loopback_address_that_it_is_given_and_never_by_one_for_production() {
    for (given, taken) in [
        ("http://127.0.0.2:3000", Some("http://127.0.0.2:3000")),
        ("http://[::1]:3000", Some("http://[::1]:3000")),
        ("https://login.example.org", None),
        ("http://login.example.org", None),
    ] {
        let here = admit_testkit::free();
        let starting = Server::demo(BINARY).env("ADMIT_SERVER__PUBLIC_URL", given);
        let mut server = starting.env("ADMIT_SERVER__LISTEN", &here.to_string()).start();
        server.address = here;
        let metadata = server.client().get("/.well-known/oauth-authorization-server").json();
        assert_eq!(metadata["issuer"], taken.unwrap_or(&format!("http://{here}")), "{given}");
    }
}
