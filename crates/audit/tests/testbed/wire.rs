//! TLS, HTTP/2 and redirects: the site is the same behind them.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admit_audit::{Options, State, Trouble};

use crate::flawed::{audit, options, recipe, told};
use crate::hostile::{nothing_is_claimed, quick, reply, server};
use crate::site::{Site, Stack, Wanted};

/// A certificate for 127.0.0.1 and its key.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args([
            "-subj",
            "/CN=testbed",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .expect("openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (cert, key)
}

#[test]
fn a_site_with_tls_is_audited_and_a_certificate_that_nobody_vouches_for_is_not_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = certificate(folder.path());
    let site = Site::flawed(Stack::Axum, &Wanted { tls: Some((cert.clone(), key)), ..Wanted::default() });
    let report = audit(&site.url, recipe(), &quick());
    assert!(matches!(report.ended, Some(Trouble::Unreachable(_))), "{:?}", report.ended);
    nothing_is_claimed(&report);

    let report = audit(&site.url, recipe(), &trusting(&cert));
    assert!(report.found().is_empty() && report.ended.is_none(), "{:?}\n{}", report.ended, told(&report));
}

#[test]
fn over_tls_a_cookie_without_secure_is_a_failure_and_not_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = certificate(folder.path());
    let site = Site::flawed(
        Stack::Axum,
        &Wanted { flaw: Some("cookie-secure".to_owned()), tls: Some((cert.clone(), key)), ..Wanted::default() },
    );
    let mut trusting = trusting(&cert);
    trusting.only = vec!["cookie-".to_owned()];
    let report = audit(&site.url, recipe(), &trusting);
    let secure = report.answers.iter().find(|answered| answered.rule.id == "cookie-secure").expect("the check");
    assert_eq!(secure.outcome.state, State::Fail);
    assert_eq!(report.found(), ["cookie-secure"]);
}

/// Trusts a certificate besides those of the system.
fn trusting(cert: &Path) -> Options {
    let mut options = options();
    options.authority = Some(std::fs::read(cert).expect("the certificate"));
    options
}

/// nginx with TLS and HTTP/2 in front of a site, ended by its own pid.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn nginx(folder: &Path, (cert, key): (&Path, &Path), site: &str) -> (Nginx, String) {
    let at = folder.display();
    let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let mut temporary = String::new();
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        write!(temporary, " {kind}_temp_path {at}/{kind};").expect("text");
    }
    let text = format!(
        "daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/log;\n\
         events {{ worker_connections 128; }}\n\
         http {{ access_log off;{temporary}\n\
         server {{ listen {address} ssl http2; ssl_certificate {}; ssl_certificate_key {};\n\
         location / {{ proxy_pass {site}; proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }} }}\n",
        cert.display(),
        key.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).expect("its configuration");
    let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|path| Path::new(path).exists());
    let mut command = Command::new(program.unwrap_or("nginx"));
    command.arg("-p").arg(folder).arg("-c").arg(file).stdin(Stdio::null()).stderr(Stdio::null());
    let running = Nginx(command.spawn().expect("nginx"));
    let begun = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nginx does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    (running, format!("https://{address}"))
}

#[test]
fn a_site_that_speaks_http_2_is_audited_over_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = certificate(folder.path());
    let site = Site::flawed(Stack::Axum, &Wanted::default());
    let (_nginx, url) = nginx(folder.path(), (&cert, &key), &site.url);
    let report = audit(&url, recipe(), &trusting(&cert));
    assert!(report.found().is_empty() && report.ended.is_none(), "{:?}\n{}", report.ended, told(&report));
    let seen: Vec<_> = report.answers.iter().flat_map(|answered| &answered.outcome.evidence).collect();
    assert!(seen.len() > 50 && seen.iter().all(|exchange| exchange.received.version == "HTTP/2.0"));
}

#[test]
fn a_plain_address_that_leads_to_the_https_one_is_that_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = certificate(folder.path());
    let site = Site::flawed(Stack::Axum, &Wanted { tls: Some((cert.clone(), key)), ..Wanted::default() });
    let leads = format!("Location: {}/\r\n", site.url);
    let plain = server(move |_, _, stream| reply(stream, "301 Moved Permanently", &leads, ""));
    let mut options = trusting(&cert);
    options.only = vec!["cookie-".to_owned()];
    let report = audit(&plain, recipe(), &options);
    assert_eq!(report.start.scheme(), "https");
    assert!(report.count(State::Pass) >= 6 && report.found().is_empty(), "{}", told(&report));
}
