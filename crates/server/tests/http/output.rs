//! What the commands print, where nobody takes it.

use std::fs::File;
use std::process::{Command, Stdio};

use admit_testkit::Server;

use crate::http::support::{BINARY, demo, production};

/// The code, and what is said on standard error.
fn run(server: &Server, arguments: &[&str], out: Stdio) -> (i32, String) {
    let mut command = Command::new(BINARY);
    let child = command.current_dir(server.folder()).args(arguments).stdin(Stdio::null()).stdout(out);
    let mut child = child.stderr(Stdio::piped()).spawn().unwrap();
    // The reader goes away before it has read anything.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

const PRINTING: [&[&str]; 21] = [
    &["--help"],
    &["user", "--help"],
    &["--version"],
    &["user", "list"],
    &["--json", "user", "list"],
    &["user", "show", "root"],
    &["user", "add-role", "root", "customer"],
    &["user", "set-roles", "root", "admin"],
    &["user", "enable", "root"],
    &["session", "list"],
    &["keys", "list"],
    &["clients", "list"],
    &["migrate", "status"],
    &["routes"],
    &["advise", "--client", "service"],
    &["audit", "--list"],
    &["audit", "--explain", "csrf-form"],
    &["check", "--list"],
    &["policy", "check"],
    &["policy", "who", "user:read"],
    &["policy", "explain", "--role", "admin", "--action", "user:read"],
];

#[test]
fn every_command_whose_output_finds_no_room_says_so_and_exits_1() {
    let server = demo();
    server.user("root", &["admin"]);
    for arguments in PRINTING {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, said) = run(&server, arguments, full.into());
        assert_eq!(code, 1, "{arguments:?}: {said}");
        assert!(said.starts_with("admit: The output could not be written: "), "{arguments:?}: {said}");
        assert!(said.contains("No space left") && said.lines().count() == 1, "{arguments:?}: {said}");
    }
}

#[test]
fn every_command_whose_reader_has_gone_is_quiet_and_ends_well() {
    let server = demo();
    server.user("root", &["admin"]);
    for arguments in PRINTING {
        let (code, said) = run(&server, arguments, Stdio::piped());
        assert_eq!((code, said.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn what_init_and_export_wrote_is_there_when_that_could_not_be_said() {
    let server = production(&[]);
    let full = || File::options().write(true).open("/dev/full").unwrap().into();
    for (arguments, file) in [(["export", "all"], "all"), (["clients", "secret"], "it.secret")] {
        let arguments: Vec<&str> = arguments.into_iter().chain((file == "it.secret").then_some(file)).collect();
        let (code, said) = run(&server, &arguments, full());
        assert_eq!(code, 1, "{said}");
        assert!(server.folder().join(file).exists(), "{file}");
    }
}

#[test]
fn help_says_what_the_exit_codes_mean() {
    let server = demo();
    let help = server.cli(&["--help"], "").stdout;
    for line in ["0  done", "1  refused", "2  wrong usage", "3  could not be completed"] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn a_command_that_a_message_suggests_can_be_pasted_whatever_the_name() {
    let server = demo();
    for (name, shown) in [
        ("bob", "`admit session list bob`"),
        ("b b; touch x", "`admit session list 'b b; touch x'`"),
        ("$(touch x)", "`admit session list '$(touch x)'`"),
        ("it's", "`admit session list 'it'\\''s'`"),
    ] {
        let output = server.cli(&["session", "revoke", name, "nonsense"], "");
        assert_eq!(output.code, 1);
        assert!(output.stderr.contains(shown), "{}", output.stderr);
    }
}
