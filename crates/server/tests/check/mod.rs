//! `admit check`: each unsafe set-up is told by exactly its id, and sound ones pass.
//!
//! A file of `unsafe/` is called after the id that it has to give (behind `~` stands a variety); those of `sound/` are clean.
//! A first line `# setup: …` says what is done to the files beside it.

mod command;
mod setup;
mod waiver;

use admit_server as _;
use setup::SetUp;

const BINARY: &str = env!("CARGO_BIN_EXE_admit");

#[test]
fn each_unsafe_set_up_is_told_by_its_own_id_and_by_no_other() {
    let files = setup::files("unsafe");
    assert!(files.len() >= 30, "{} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let own = name.split('~').next().unwrap();
        let found = SetUp::of(&file).check();
        if found.ids != [own] {
            wrong.push(format!("{name}: {:?}\n{}", found.ids, found.output));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn of_what_is_told_for_an_unsafe_set_up_the_server_refuses_to_start_with_what_is_refused() {
    for file in setup::files("unsafe") {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let set_up = SetUp::of(&file);
        let found = set_up.check();
        if found.refused.is_empty() {
            continue;
        }
        let served = set_up.run(&["serve"]);
        assert_eq!(served.code, 1, "{name}: {served:?}");
        for id in &found.refused {
            assert!(served.stderr.contains(&format!("\n  {id}: ")), "{name}: {served:?}");
        }
    }
}

#[test]
fn sound_set_ups_pass_clean() {
    let files = setup::files("sound");
    assert!(files.len() >= 10, "{} files", files.len());
    for file in files {
        let found = SetUp::of(&file).check();
        assert!(found.ids.is_empty() && found.code == 0, "{}: {}", file.display(), found.output);
    }
}

#[test]
fn every_file_is_called_after_a_rule_that_there_is() {
    for file in setup::files("unsafe") {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let own = name.split('~').next().unwrap();
        assert!(admit_server::check::catalogue::rule(own).is_some(), "{own}");
    }
}
