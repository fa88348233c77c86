//! Claims that are missing, wrong, or those of another kind of token. All but those of another issuer are signed by ours.

use super::super::forge::{Claims, Forge, now};
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("claim-98", |forge| says(forge, [forge.claims().without("exp")])),
        ("claim-99", |forge| {
            let ended = |ago: u64| forge.claims().with("iat", now() - 300).with("exp", now() - ago);
            // Ten seconds are allowed for clocks that are apart.
            near(forge, &ended(4), [ended(11), ended(12), ended(250)])
        }),
        ("claim-100", |forge| {
            let from = |ahead: u64| forge.claims().with("nbf", now() + ahead);
            near(forge, &from(5), [from(25), from(60), from(299), from(300)])
        }),
        ("claim-101", |forge| {
            let born = |ahead: u64| forge.claims().with("iat", now() + ahead).with("exp", now() + ahead + 300);
            near(forge, &born(5), [born(25), born(3600), born(1 << 33)])
        }),
        ("claim-102", |forge| {
            let living = |seconds: u64| forge.claims().with("exp", now() + seconds);
            let old = forge.claims().with("iat", now() - 3500).with("exp", now() + 101);
            near(forge, &living(3599), [living(3602), living(7200), living(10 * 365 * 24 * 3600), old])
        }),
        ("claim-103", |forge| says(forge, [forge.claims().without("aud")])),
        ("claim-104", |forge| {
            let right = forge.audience();
            let other = if right == "demo-shop" { &*forge.world.server.url } else { "demo-shop" };
            let wrong =
                [other, "https://api.example.org", "", "*", "demo-native", &format!("{right}/"), &format!("{right} ")]
                    .map(|audience| forge.claims().with("aud", format!("\"{audience}\"")));
            says(forge, wrong)
        }),
        // A token is for one audience here, so that the one cannot present it to the other.
        ("claim-105", |forge| {
            let right = forge.audience();
            let lists =
                [format!(r#"["wrong","{right}"]"#), format!(r#"["{right}","wrong"]"#), format!(r#"["{right}"]"#)];
            says(forge, lists.map(|list| forge.claims().with("aud", list)))
        }),
        ("claim-106", |forge| says(forge, [forge.claims().with("aud", "[]"), forge.claims().with("aud", "[null]")])),
        ("claim-107", |forge| {
            let right = forge.audience();
            let objects = ["{}".to_owned(), format!(r#"{{"{right}":true}}"#), format!(r#"{{"aud":"{right}"}}"#)];
            says(forge, objects.map(|object| forge.claims().with("aud", object)))
        }),
        ("claim-108", |forge| says(forge, [forge.claims().without("iss"), forge.claims().with("iss", "null")])),
        ("claim-109", |forge| {
            let right = &forge.world.server.url;
            let wrong = [
                "https://login.example.org",
                "",
                "*",
                &right.replace("http:", "https:"),
                &right.replace("127.0.0.1", "localhost"),
                &right.to_uppercase(),
            ]
            .map(|issuer| forge.claims().with("iss", format!("\"{issuer}\"")));
            says(forge, wrong)
        }),
        ("claim-110", |forge| {
            let right = &forge.world.server.url;
            let lists = [
                format!(r#"["{right}"]"#),
                format!(r#"["https://example.org","{right}"]"#),
                format!(r#"{{"iss":"{right}"}}"#),
            ];
            says(forge, lists.map(|list| forge.claims().with("iss", list)))
        }),
        ("claim-111", |forge| {
            let right = &forge.world.server.url;
            let ends =
                ["/", "//", "/.", "?", "#", " "].map(|end| forge.claims().with("iss", format!("\"{right}{end}\"")));
            says(forge, ends)
        }),
        ("claim-112", |forge| {
            let none = forge.claims().without("sub");
            // Nor does it become the app's own for that.
            let own = forge.claims().without("sub").without("sid").without("gen");
            says(forge, [none, own, forge.claims().with("sub", "null")])
        }),
        ("claim-113", |forge| {
            let empty = |text: &str| forge.claims().with("sub", format!("\"{text}\""));
            let own = empty("").without("sid").without("gen");
            says(forge, [empty(""), empty(" "), empty("\\u0000"), own])
        }),
        ("claim-114", |forge| {
            let named = |value: &str| forge.claims().with("jti", value);
            says(forge, [forge.claims().without("jti"), named("null"), named("\"\""), named("0"), named("\"short\"")])
        }),
        ("claim-115", |forge| {
            let kid = &forge.ed().kid;
            typed(forge, &[format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#), header(forge, ""), header(forge, " ")])
        }),
        ("claim-116", |forge| {
            let others = ["JWT", "jwt", "application/jwt", "at+jwt ", "at+jws", "secevent+jwt", "dpop+jwt"];
            typed(forge, &others.map(|typ| header(forge, typ)))
        }),
        ("claim-117", |forge| {
            let identity = forge.claims().with("nonce", "\"n-0S6_WzA2Mj\"").with("auth_time", now());
            let to_app = identity.clone().with("aud", "\"demo-native\"");
            let plain = format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, forge.ed().kid);
            let mut row = says(forge, [to_app.clone()]);
            for (header, claims) in
                [(header(forge, "JWT"), &identity), (header(forge, "JWT"), &to_app), (plain, &identity)]
            {
                row = row.and([forge.ed().token(header, claims.json())]);
            }
            row
        }),
        ("claim-118", |forge| Row::new(forge, [forge.world.refresh.clone(), format!("{}==", forge.world.refresh)])),
        ("claim-119", |forge| {
            let event = r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#;
            let logout = forge.claims().with("events", event).without("client_id");
            let short = logout.clone().without("exp").without("gen").with("aud", "\"demo-native\"");
            let mut row = says(forge, [logout.clone(), short.clone()]);
            for typ in ["logout+jwt", "JWT", "secevent+jwt"] {
                row = row.and([&logout, &short].map(|claims| forge.ed().token(header(forge, typ), claims.json())));
            }
            row
        }),
        ("claim-120", |forge| {
            let stranger = &forge.world.stranger;
            // As it was issued there; and what the other issuer could write itself.
            let ours = stranger.key.token(stranger.key.header(), forge.claims().json());
            Row::new(forge, stranger.tokens.clone()).and([ours])
        }),
        ("claim-121", |forge| {
            let keys = [&forge.world.withdrawn, &forge.world.gone];
            let born = |ago: u64| forge.claims().with("iat", now() - ago);
            Row::new(forge, keys.map(|key| key.token(key.header(), born(60).json())))
                .and(keys.map(|key| key.token(key.header(), born(0).json())))
        }),
    ]
}

fn header(forge: &Forge<'_>, typ: &str) -> String {
    format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"{typ}"}}"#, forge.ed().kid)
}

fn typed(forge: &Forge<'_>, headers: &[String]) -> Row {
    Row::new(forge, headers.iter().map(|header| forge.headed(header)))
}

fn says<const N: usize>(forge: &Forge<'_>, claims: [Claims; N]) -> Row {
    Row::new(forge, claims.map(|claims| forge.says(claims.json())))
}

fn near<const N: usize>(forge: &Forge<'_>, good: &Claims, claims: [Claims; N]) -> Row {
    Row::near(forge.says(good.json()), claims.map(|claims| forge.says(claims.json())))
}
