//! nginx with a certificate of the test's own, in front of a server and of pages at other names.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admit_testkit::{Folder, Server, folder, free};
use data_encoding::BASE64;

/// A running nginx: `login.example.test` is the server, every other name an empty page.
pub(crate) struct Front {
    address: SocketAddr,
    key_digest: String,
    child: Child,
    _folder: Folder,
}

impl Front {
    pub(crate) fn start(server: &Server) -> Self {
        let (folder, address) = (folder(), free());
        let key_digest = certificate(folder.path());
        let at = folder.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!(" {kind}_temp_path {at}/{kind};"))
            .concat();
        let text = format!(
            "daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/log;\n\
             events {{ worker_connections 128; }}\n\
             http {{ access_log off;{temporary} ssl_certificate {at}/crt; ssl_certificate_key {at}/key;\n\
             server {{ listen {address} ssl default_server; server_name _; default_type text/html;\n\
             location / {{ return 200 '<!doctype html><title>app</title>'; }} }}\n\
             server {{ listen {address} ssl; server_name login.example.test; location / {{\n\
             proxy_pass http://{}; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; }} }} }}\n",
            server.address
        );
        fs::write(folder.path().join("nginx.conf"), text).unwrap();
        let said = fs::File::create(folder.path().join("said")).unwrap();
        let mut command = Command::new(nginx());
        command.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf"));
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let mut child = command.spawn().expect("nginx");
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            let said = fs::read_to_string(folder.path().join("said")).unwrap_or_default();
            let ended = child.try_wait().unwrap().is_some();
            assert!(!ended && Instant::now() < deadline, "nginx did not start: {said}");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { address, key_digest, child, _folder: folder }
    }

    /// What a browser is told of it: every name of the tests is here, and this certificate is good.
    pub(crate) fn arguments(&self) -> [String; 2] {
        [
            format!("--host-resolver-rules=MAP *.test {}", self.address),
            format!("--ignore-certificate-errors-spki-list={}", self.key_digest),
        ]
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Makes a key and a certificate, and gives the digest of its public key as Chromium takes it.
fn certificate(folder: &Path) -> String {
    let openssl = |arguments: &str| {
        let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl");
        assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
        made.stdout
    };
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=example.test \
         -addext subjectAltName=DNS:*.example.test,DNS:*.test,DNS:evil.test -keyout key -out crt",
    );
    let public = openssl("pkey -in key -pubout -outform DER");
    BASE64.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &public).as_ref())
}

fn nginx() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join("nginx")).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("nginx is not there: scripts/test installs it"))
}
