//! Signed by nobody: `none` in every spelling, with a signature that is empty, missing, random, or the issuer's own.

use super::super::bytes::{encode, random};
use super::super::forge::Forge;
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("alg-none-01", |forge| none(forge, &[r#""none""#])),
        ("alg-none-02", |forge| none(forge, &[r#""None""#])),
        ("alg-none-03", |forge| none(forge, &[r#""NONE""#])),
        ("alg-none-04", |forge| none(forge, &[r#""nOnE""#])),
        ("alg-none-05", |forge| none(forge, &[r#""noNE""#])),
        ("alg-none-06", |forge| none(forge, &[r#""none ""#, r#"" none""#, r#""none\t""#])),
        // Escaped, so that it reads as `none`; and with the backslash as a letter.
        ("alg-none-07", |forge| none(forge, &[r#""\u006eone""#, r#""\\u006eone""#])),
        ("alg-none-08", |forge| none(forge, &[r#""""#])),
        ("alg-none-09", |forge| none(forge, &["null"])),
        ("alg-none-10", |forge| none(forge, &["0", "0.0", "-0"])),
        ("alg-none-11", |forge| none(forge, &["[]", r#"["EdDSA"]"#, "{}"])),
        ("alg-none-12", |forge| none(forge, &[r#""NoNe""#])),
        ("alg-none-13", |forge| none(forge, &[r#""n%6fne""#])),
        ("alg-none-14", |forge| none(forge, &[r#""null""#])),
        ("alg-none-15", |forge| none(forge, &[r#""false""#, "false"])),
        ("alg-none-16", |forge| none(forge, &[r#""none\u0000""#, r#""none\\u0000""#])),
    ]
}

/// Good claims under a header whose algorithm is this JSON text.
fn none(forge: &Forge<'_>, algorithms: &[&str]) -> Row {
    let mut bad = Vec::new();
    for algorithm in algorithms {
        let headers = [
            format!(r#"{{"alg":{algorithm},"kid":"{}","typ":"at+jwt"}}"#, forge.ed().kid),
            format!(r#"{{"alg":{algorithm},"typ":"at+jwt"}}"#),
            format!(r#"{{"alg":{algorithm},"kid":"","typ":"at+jwt"}}"#),
        ];
        for header in headers {
            let signed = format!("{}.{}", encode(header), encode(forge.claims().json()));
            bad.extend([
                format!("{signed}."),
                signed.clone(),
                format!("{signed}.{}", encode(random::<64>())),
                format!("{signed}.AA"),
                forge.ed().close(&signed),
            ]);
        }
    }
    Row::new(forge, bad)
}
