//! A token that brings its key along, or says where to fetch it. Each is signed by the attacker's key, which the lures give
//! away under its name; again under the name of a real key; and by the issuer's own key, so that the member alone stops it.

use super::super::bytes::{certificate, encode, random};
use super::super::forge::Forge;
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("header-key-41", |forge| pointing(forge, "jku", &lures(forge, "/keys"))),
        ("header-key-42", |forge| {
            let lure = forge.world.lures[0].address;
            let port = lure.port();
            let own = format!("http://{}/.well-known/jwks.json", forge.world.server.address);
            let loopback = [
                format!("http://localhost:{port}/keys"),
                format!("http://2130706433:{port}/keys"),
                format!("http://127.1:{port}/keys"),
                format!("http://[::ffff:127.0.0.1]:{port}/keys"),
                format!("http://0.0.0.0:{port}/keys"),
                own,
                "file:///etc/passwd".to_owned(),
            ];
            pointing(forge, "jku", &loopback)
        }),
        ("header-key-43", |forge| {
            let (issuer, lure) = (forge.world.server.address, forge.world.lures[0].address);
            let urls = [
                format!("http://{issuer}@{lure}/keys"),
                format!("http://{issuer}%2f@{lure}/.well-known/jwks.json"),
                format!("http://{lure}#@{issuer}/keys"),
                format!("http://{lure}\\\\@{issuer}/keys"),
            ];
            pointing(forge, "jku", &urls)
        }),
        ("header-key-44", |forge| {
            let (issuer, lure) = (forge.world.server.address, forge.world.lures[0].address);
            let mut urls = lures(forge, "/moved");
            urls.push(format!("http://{issuer}/login?return_to=http://{lure}/keys"));
            pointing(forge, "jku", &urls)
        }),
        ("header-key-45", |forge| {
            let mut urls = lures(forge, "/certificate.pem");
            urls.extend(lures(forge, "/moved"));
            pointing(forge, "x5u", &urls)
        }),
        ("header-key-46", |forge| {
            let own = &forge.world.own[0];
            let chain = data_encoding::BASE64.encode(&certificate(own.ed25519(), &own.spki()));
            let members =
                [format!(r#""x5c":["{chain}"]"#), format!(r#""x5c":["{chain}","{chain}"]"#), r#""x5c":[]"#.to_owned()];
            bringing(forge, &members)
        }),
        ("header-key-47", |forge| {
            let own = &forge.world.own[0];
            let bare = format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, own.member("x"));
            let members = [
                format!(r#""jwk":{}"#, own.jwk),
                bare,
                format!(r#""jwk":{}"#, forge.ed().jwk),
                r#""jwk":null"#.to_owned(),
            ];
            bringing(forge, &members)
        }),
        ("header-key-48", |forge| {
            let (own, real) = (&forge.world.own[0], &forge.ed().kid);
            bringing(forge, &[format!(r#""jwk":{}"#, own.jwk.replace(&own.kid, real))])
        }),
        ("header-key-49", |forge| {
            let members = [
                format!(r#""x5t":"{}""#, encode(random::<20>())),
                format!(r##""x5t#S256":"{}""##, encode(random::<32>())),
                r#""x5t":"""#.to_owned(),
            ];
            bringing(forge, &members)
        }),
    ]
}

/// The attacker's hosts.
fn lures(forge: &Forge<'_>, path: &str) -> Vec<String> {
    forge.world.lures.iter().map(|lure| format!("http://{}{path}", lure.address)).collect()
}

fn pointing(forge: &Forge<'_>, member: &str, urls: &[String]) -> Row {
    let members: Vec<String> = urls.iter().map(|url| format!(r#""{member}":"{url}""#)).collect();
    bringing(forge, &members)
}

fn bringing(forge: &Forge<'_>, members: &[String]) -> Row {
    let own = &forge.world.own[0];
    let mut bad = Vec::new();
    for member in members {
        let under = |kid: &str| format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"at+jwt",{member}}}"#);
        let nameless = format!(r#"{{"alg":"EdDSA","typ":"at+jwt",{member}}}"#);
        let claims = forge.claims().json();
        bad.extend([
            own.token(under(&own.kid), &claims),
            own.token(under(&forge.ed().kid), &claims),
            own.token(&nameless, &claims),
            forge.headed(forge.header_and(member)),
            forge.headed(nameless),
        ]);
    }
    Row::new(forge, bad)
}
