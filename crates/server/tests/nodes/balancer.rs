//! nginx and HAProxy in front of the nodes, each in a folder of the test's own.

use std::fmt::Write;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admit_testkit::{Client, Folder, Server, folder, free};

/// What stands in front of the nodes.
pub(crate) struct Balancer {
    pub(crate) address: SocketAddr,
    child: Child,
    _folder: Folder,
}

/// How HAProxy looks at what passes.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Tcp,
    Http,
}

impl Balancer {
    /// nginx, by requests.
    pub(crate) fn nginx(nodes: &[Server]) -> Self {
        let (folder, address) = (folder(), free());
        let at = folder.path().display();
        let mut upstream = String::new();
        for node in nodes {
            write!(upstream, " server {};", node.address).unwrap();
        }
        let mut temporary = String::new();
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            write!(temporary, " {kind}_temp_path {at}/{kind};").unwrap();
        }
        let text = format!(
            "daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/log;\n\
             events {{ worker_connections 128; }}\n\
             http {{ access_log off;{temporary}\n\
             upstream nodes {{{upstream} }}\n\
             server {{ listen {address}; location / {{ proxy_pass http://nodes; proxy_http_version 1.1;\n\
             proxy_set_header Connection \"\"; proxy_set_header Host $host;\n\
             proxy_set_header X-Forwarded-For $remote_addr; }} }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(program("nginx"));
        command.arg("-p").arg(folder.path()).arg("-c").arg(file);
        Self::start(command, address, folder)
    }

    /// HAProxy, by connections or by requests.
    pub(crate) fn haproxy(nodes: &[Server], mode: Mode) -> Self {
        let (folder, address) = (folder(), free());
        let (mode, forwarded) = match mode {
            Mode::Tcp => ("tcp", ""),
            Mode::Http => ("http", "  http-request set-header X-Forwarded-For %[src]\n"),
        };
        let mut text = format!(
            "global\n  maxconn 128\ndefaults\n  mode {mode}\n  retries 3\n  option redispatch 1\n  timeout connect 2s\n  \
             timeout client 30s\n  timeout server 30s\nfrontend all\n  bind {address}\n{forwarded}  default_backend nodes\n\
             backend nodes\n  balance roundrobin\n"
        );
        for (number, node) in nodes.iter().enumerate() {
            writeln!(text, "  server node{number} {}", node.address).unwrap();
        }
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, text).unwrap();
        let mut command = Command::new(program("haproxy"));
        command.arg("-db").arg("-f").arg(file);
        Self::start(command, address, folder)
    }

    fn start(mut command: Command, address: SocketAddr, folder: Folder) -> Self {
        let said = fs::File::create(folder.path().join("said")).unwrap();
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let child = command.spawn().expect("a balancer");
        let mut balancer = Self { address, child, _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            let ended = balancer.child.try_wait().unwrap().is_some();
            let said = fs::read_to_string(balancer._folder.path().join("said")).unwrap_or_default();
            assert!(!ended && Instant::now() < deadline, "the balancer did not start: {said}");
            std::thread::sleep(Duration::from_millis(5));
        }
        balancer
    }

    /// Somebody who comes by it.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not there: scripts/test installs it"))
}
