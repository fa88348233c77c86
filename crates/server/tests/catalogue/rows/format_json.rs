//! JSON that two readers read differently, or that no reader should read. All of it is signed by the issuer.

use super::super::forge::{Forge, now};
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("format-122", |forge| {
            let (dead, good) = (now() - 1000, now() + 300);
            twice(forge, "exp", &dead.to_string(), &good.to_string(), "\\u0065xp")
        }),
        ("format-123", |forge| {
            let good = forge.claims().value("sub");
            twice(forge, "sub", "\"00000000-0000-7000-8000-000000000000\"", &good, "s\\u0075b")
        }),
        ("format-124", |forge| {
            let kid = &forge.ed().kid;
            let pairs = [
                ("alg", "none", "EdDSA"),
                ("alg", "EdDSA", "none"),
                ("alg", "EdDSA", "EdDSA"),
                ("\\u0061lg", "EdDSA", "EdDSA"),
            ];
            let headers = pairs.map(|(name, first, second)| {
                format!(r#"{{"{name}":"{first}","alg":"{second}","kid":"{kid}","typ":"at+jwt"}}"#)
            });
            Row::new(forge, headers.map(|header| forge.headed(header)))
        }),
        ("format-125", |forge| {
            let header = format!("\u{feff}{}", forge.ed().header());
            Row::new(forge, [forge.headed(header), forge.says(format!("\u{feff}{}", forge.claims().json()))])
        }),
        ("format-126", |forge| {
            let (header, claims) = (forge.ed().header(), forge.claims().json());
            let wide =
                |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
            let mut bad = Vec::new();
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                bad.push(forge.headed(wide(&header, order)));
                bad.push(forge.headed([order(0xfeff).to_vec(), wide(&header, order)].concat()));
                bad.push(forge.says(wide(&claims, order)));
            }
            Row::new(forge, bad)
        }),
        ("format-127", |forge| {
            // A lone byte, an overlong slash, an overlong NUL, a surrogate, beyond Unicode.
            let spoilt: [&[u8]; 5] = [b"\xff", b"\xc0\xaf", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"];
            let claims = forge.claims();
            let mut bad = Vec::new();
            for bytes in spoilt {
                let ignored = claims.clone().with("x", "\"?\"").json();
                let (front, back) = ignored.split_once('?').unwrap();
                bad.push(forge.says([front.as_bytes(), bytes, back.as_bytes()].concat()));
                let name = claims.clone().with("?", "1").json();
                let (front, back) = name.split_once('?').unwrap();
                bad.push(forge.says([front.as_bytes(), bytes, back.as_bytes()].concat()));
                let header = forge.header_and(r#""x":"?""#);
                let (front, back) = header.split_once('?').unwrap();
                bad.push(forge.headed([front.as_bytes(), bytes, back.as_bytes()].concat()));
            }
            Row::near(forge.says(claims.with("x", "\"é\"").json()), bad)
        }),
        ("format-128", |forge| {
            let claims = |value: &str| forge.claims().with("x", value);
            let lone = [r#""\ud800""#, r#""\udfff""#, r#""\ud800a""#, r#""\ud800\ud800""#, r#"["\udc00"]"#];
            let mut row = Row::near(
                forge.says(claims(r#""\ud83d\ude00""#).json()),
                lone.map(|value| forge.says(claims(value).json())),
            );
            row = row.and([
                forge.says(forge.claims().with("\\ud800", 1).json()),
                forge.says(forge.claims().with("jti", r#""\ud800aaaaaaaaaa""#).json()),
                forge.headed(forge.header_and(r#""x":"\ud800""#)),
            ]);
            row
        }),
        ("format-129", |forge| {
            let (header, claims) = (forge.ed().header(), forge.claims().json());
            let tails = ["x", "{}", ",", "}", "\0", "//", "null", &claims];
            let mut row = Row::new(forge, tails.map(|tail| forge.says(format!("{claims}{tail}"))));
            row = row.and(["x", "{}", "\0"].map(|tail| forge.headed(format!("{header}{tail}"))));
            row
        }),
        ("format-130", |forge| {
            let (header, claims) = (forge.ed().header(), forge.claims().json());
            let inside = |text: &str, comment: &str| format!("{{{comment}{}", &text[1..]);
            let bad = ["/**/", "/* \"aud\":1 */", "//\n", "#\n", "<!---->"];
            Row::new(forge, bad.map(|comment| forge.says(inside(&claims, comment))))
                .and([forge.headed(inside(&header, "/**/")), forge.says(format!("{claims}//"))])
        }),
        ("format-131", |forge| {
            let numbers = ["NaN", "nan", "Infinity", "-Infinity", "+1", "01", "0x10", "1.", ".5", "1_000"];
            let mut row = Row::near(
                forge.says(forge.claims().with("x", "1.5").json()),
                numbers.map(|number| forge.says(forge.claims().with("x", number).json())),
            );
            row = row.and(["exp", "iat", "gen"].map(|name| forge.says(forge.claims().with(name, "NaN").json())));
            row
        }),
        ("format-132", |forge| {
            let lists = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let objects = |depth: usize| format!("{}1{}", r#"{"":"#.repeat(depth), "}".repeat(depth));
            let deep = |value: String| forge.says(forge.claims().with("x", value).json());
            let header = forge.header_and(&format!(r#""x":{}"#, lists(150)));
            // Ten thousand are longer than any token; a hundred and fifty are not, and deeper than anybody needs.
            let bad = [lists(10_000), "[".repeat(10_000), objects(3_000), lists(150), "[".repeat(250)];
            Row::near(deep(lists(100)), bad.map(deep)).and([forge.headed(header)])
        }),
        ("format-133", |forge| {
            let claims = forge.claims().json();
            let others = ["[]", "null", "true", "1", "\"\"", "{}", " ", &format!("[{claims}]"), &format!("{claims:?}")];
            Row::new(forge, others.map(|payload| forge.says(payload)))
                .and(["[]", "null", "\"EdDSA\"", "1"].map(|header| forge.headed(header)))
        }),
    ]
}

/// One claim twice: the good value last, first, and both times; under an escaped name too.
fn twice(forge: &Forge<'_>, name: &str, wrong: &str, good: &str, escaped: &str) -> Row {
    let claims = forge.claims().with(name, good);
    let bad = [
        claims.clone().first(name, wrong),
        claims.clone().and(name, wrong),
        claims.clone().and(name, good),
        claims.clone().and(escaped, wrong),
        claims.clone().first(escaped, wrong),
        claims.clone().and(name, "null"),
    ];
    Row::near(forge.says(claims.json()), bad.map(|claims| forge.says(claims.json())))
}
