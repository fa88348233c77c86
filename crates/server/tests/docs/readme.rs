//! What the README tells a newcomer to type: typed in its order, as it stands there, in an empty folder.
//!
//! `cargo run` starts what was built with this test, and ports are others where those of the README may be taken.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admit_testkit::{Client, Folder, Request, folder, free};

const README: &str = include_str!("../../../../README.md");
const KOREAN: &str = include_str!("../../../../README.ko.md");
const BINARY: &str = env!("CARGO_BIN_EXE_admit");

/// The password that the README gives everybody.
const PASSWORD: &str = "correct horse battery";

/// The blocks of a language below a heading.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<(&'a str, &'a str)> {
    let fence = format!("```{language}\n");
    let mut found = Vec::new();
    for section in text.split("\n## ") {
        let heading = section.lines().next().unwrap_or_default();
        found.extend(section.split(&fence).skip(1).map(|rest| (heading, rest.split("```").next().unwrap())));
    }
    found
}

fn block(heading: &str, language: &str) -> &'static str {
    let found = blocks(README, language).into_iter().find(|(at, _)| *at == heading);
    found.unwrap_or_else(|| panic!("the README has no {language} below {heading}")).1
}

/// A folder in which somebody has just built the project, and what they have started there.
struct Newcomer {
    folder: Folder,
    site: SocketAddr,
    shop: SocketAddr,
    started: Vec<Child>,
}

impl Newcomer {
    fn new() -> Self {
        let (folder, site, shop) = (folder(), free(), free());
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("target/release")).unwrap();
        symlink(BINARY, path("target/release/admit")).unwrap();
        fs::create_dir(path("bin")).unwrap();
        let example = Path::new(BINARY).parent().unwrap().join("examples/tokens");
        assert!(example.exists(), "build it first: cargo build -p admit-shop --examples");
        let auditor = Path::new(BINARY).with_file_name("admit-audit");
        assert!(auditor.exists(), "build it first: cargo build -p admit-audit");
        let cargo = format!(
            "#!/bin/sh\n[ \"$*\" = 'build --release -p admit-audit' ] && exit\nfor word; do shift; case $word in --example) tokens=1;; --) break;; esac; done\n\
             [ -z \"$tokens\" ] && exec {BINARY} \"$@\"\nexec {} \"$@\" {shop}\n",
            example.display()
        );
        fs::write(path("bin/cargo"), cargo).unwrap();
        fs::set_permissions(path("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, site, shop, started: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bash(&self, script: &str) -> Command {
        let script = script.replace("127.0.0.1:8080", &self.site.to_string());
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut bash = Command::new("bash");
        bash.args(["-O", "expand_aliases", "-euc", &script]).current_dir(self.folder.path()).stdin(Stdio::null());
        bash.env("PATH", path).env("ADMIT_SERVER__LISTEN", self.site.to_string());
        bash
    }

    /// Runs a command to its end, and gives what it printed.
    #[track_caller]
    fn runs(&self, script: &str, good: &[i32]) -> String {
        let output = self.bash(script).output().unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let code = output.status.code().unwrap_or(-1);
        assert!(good.contains(&code), "{script}\nended with {code}\n{stdout}\n{stderr}");
        format!("{stdout}{stderr}")
    }

    /// Starts a server by this command, and waits until it answers.
    #[track_caller]
    fn starts(&mut self, command: &str) {
        let log = self.path("log");
        let file = fs::File::create(&log).unwrap();
        let child = self.bash(&format!("exec {command}")).stdout(file.try_clone().unwrap()).stderr(file).spawn();
        self.started.push(child.unwrap());
        let begun = Instant::now();
        let ready =
            || Client::new(self.site).try_send(&Request::new("GET", "/readyz")).is_some_and(|it| it.status == 200);
        while !ready() {
            let said = fs::read_to_string(&log).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(60), "{command} does not listen: {said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the server has printed such a line, or does in a moment.
    fn printed(&self, beginning: &str) -> bool {
        let printed = || fs::read_to_string(self.path("log")).unwrap().lines().any(|line| line.starts_with(beginning));
        let begun = Instant::now();
        while !printed() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        printed()
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        for child in &mut self.started {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// The lines of a block, with a mark after each whose comment says what it prints; and what that is.
fn marked(block: &str) -> (String, Vec<(String, String)>) {
    let (mut script, mut expected) = (String::new(), Vec::new());
    for line in block.lines() {
        script.push_str(line);
        script.push('\n');
        let comment = line.split_once("   # ").map(|(_, comment)| comment.split("  ").next().unwrap_or_default());
        if let Some(comment) = comment {
            script.push_str("printf '\\n@@@\\n'\n");
            expected.push((line.to_owned(), comment.to_owned()));
        }
    }
    (script, expected)
}

#[test]
fn what_the_readme_shows_with_curl_is_what_a_newcomer_gets() {
    let mut newcomer = Newcomer::new();
    newcomer.starts(block("Start", "sh").trim());
    for line in block("Start", "text").lines().filter(|line| !line.trim().is_empty()) {
        // A link of a secret, or of a port that is another here, is as good as its beginning.
        let line = line.replace("127.0.0.1:8080", &newcomer.site.to_string());
        let beginning = line.split(":8081").next().unwrap().trim_end_matches('…');
        let beginning = if line.contains(":8081") { beginning.split("http").next().unwrap() } else { beginning };
        assert!(newcomer.printed(beginning), "{beginning} is not in what was printed");
    }
    let (flows, mut expected) = marked(block("The flows, with curl", "sh"));
    let (tokens, more) = marked(block("Tokens, with curl", "sh"));
    expected.extend(more);
    let answers = format!("curl -sf -o /dev/null http://{}/demo/shop", newcomer.shop);
    let wait = format!("for i in $(seq 300); do {answers} && break; sleep 0.1; done; {answers}; kill $!");
    let printed = newcomer.runs(&format!("{flows}{tokens}{wait}"), &[0]);
    let printed: Vec<&str> = printed.split("@@@\n").collect();
    assert!(expected.len() > 12, "{expected:?}");
    for ((line, comment), printed) in expected.iter().zip(printed) {
        assert!(printed.contains(comment.as_str()) || comment.starts_with("http"), "{line}\nprinted {printed}");
    }
    // What stands elsewhere in the README, of this server.
    newcomer.runs(&format!("alias admit=./target/release/admit\n{}", block("Session or token?", "sh")), &[0]);
    let explain = "admit policy explain --as ada --action product:update";
    assert!(README.contains(&format!("`{explain}`")));
    newcomer.runs(&format!("./target/release/{explain}"), &[0]);
    let checked = newcomer.runs("./target/release/admit check", &[1]);
    assert!(checked.contains("There is no admit.toml here"), "{checked}");
    fs::write(
        newcomer.path("shop.toml"),
        format!("[accounts.ordinary]\nname = \"carol\"\npassword = \"{PASSWORD}\"\n"),
    )
    .unwrap();
    for line in block("Audit any site", "sh").lines() {
        let line = line.split(" #").next().unwrap().trim().replace("PASSWORD=…", &format!("PASSWORD='{PASSWORD}'"));
        let there = ["https://shop.example.org", "https://staging.example.org"];
        let line = there.iter().fold(line, |line, site| line.replace(site, "http://127.0.0.1:8080"));
        newcomer.runs(&line.replace("admit audit", "./target/release/admit audit --rate 1000"), &[0, 1]);
    }
    assert!(newcomer.path("report.html").exists());
}

#[test]
fn what_the_readme_says_for_real_starts_and_gives_the_link_of_the_first_administrator() {
    let mut newcomer = Newcomer::new();
    let lines: Vec<&str> =
        block("For real", "sh").lines().map(|line| line.split(" #").next().unwrap().trim()).collect();
    let [init, serve, link] = lines.as_slice() else { panic!("{lines:?}") };
    let at = |line: &str| format!("./target/release/{line}");
    newcomer.runs(&at(init), &[0]);
    newcomer.starts(&at(serve));
    let printed = newcomer.runs(&at(link), &[0]);
    assert!(printed.contains("https://login.example.org/setup?token="), "{printed}");
}

#[test]
fn each_address_in_the_readme_is_a_route_and_takes_tokens_where_it_says_so() {
    let newcomer = Newcomer::new();
    let routes = newcomer.runs("./target/release/admit routes", &[0]);
    let section = README.split("\n## The API\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut by_session_alone = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cell = row.split('|').nth(1).unwrap();
        // "`GET, POST /users/{id}/a`, `/b`": each is an address by each of the methods that were said last, of the same user.
        let (mut methods, mut base): (Vec<&str>, &str) = (Vec::new(), "");
        for named in cell.split('`').skip(1).step_by(2).filter(|named| named.contains('/')) {
            let (before, path) = named.split_at(named.find('/').unwrap());
            if !before.trim().is_empty() {
                methods = before.trim_end_matches(['…', ' ']).split(',').map(str::trim).collect();
            }
            if base.is_empty() && path.contains('}') {
                base = path.split_inclusive('}').next().unwrap();
            }
            for method in &methods {
                let is_at = |line: &&str, at: &str| {
                    let mut words = line.split_whitespace();
                    words.next() == Some(method) && words.next() == Some(at)
                };
                let whole = format!("{base}{path}");
                let route = routes.lines().find(|line| is_at(line, path) || is_at(line, &whole));
                let route = route.unwrap_or_else(|| panic!("there is no route {method} {path}"));
                let takes = route.split("  ").filter(|cell| !cell.is_empty()).nth(3).unwrap();
                if takes.trim() == "session" {
                    by_session_alone.push(format!("{method} {path}"));
                }
            }
        }
    }
    assert_eq!(by_session_alone, ["POST /account/password"]);
    assert!(section.contains("but for `POST /account/password`"), "{section}");
}

#[test]
fn each_command_that_the_readme_names_exists_and_the_korean_one_has_the_same() {
    let newcomer = Newcomer::new();
    let named = |text: &'static str| -> Vec<&str> {
        let mut inline = Vec::new();
        for line in text.lines() {
            inline.extend(line.split('`').skip(1).step_by(2).filter(|code| code.starts_with("admit ")));
        }
        inline.retain(|command| !command.contains('…'));
        inline.sort_unstable();
        inline.dedup();
        inline
    };
    assert!(named(README).len() > 4, "{:?}", named(README));
    for command in named(README) {
        let words = command.split(" --").next().unwrap();
        newcomer.runs(&format!("./target/release/{words} --help"), &[0]);
    }
    assert_eq!(named(README), named(KOREAN));
    let typed = |text: &'static str| -> Vec<String> {
        let lines = blocks(text, "sh").into_iter().flat_map(|(_, block)| block.lines());
        let code = lines.map(|line| line.split("# ").next().unwrap().trim().replace(" --lang ko", ""));
        code.filter(|line| !line.is_empty()).collect()
    };
    assert_eq!(typed(README), typed(KOREAN));
}
