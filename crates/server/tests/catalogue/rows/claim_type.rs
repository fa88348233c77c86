//! Times of another type. A time that cannot be read is never one that is not there.

use super::super::forge::{Claims, Forge, now};
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("claim-type-exp-74", |forge| string(forge, "exp")),
        ("claim-type-exp-75", |forge| float(forge, "exp")),
        ("claim-type-exp-76", |forge| negative(forge, "exp")),
        ("claim-type-exp-77", |forge| huge(forge, "exp")),
        ("claim-type-exp-78", |forge| null(forge, "exp")),
        ("claim-type-exp-79", |forge| boolean(forge, "exp")),
        ("claim-type-exp-80", |forge| array(forge, "exp")),
        ("claim-type-exp-81", |forge| object(forge, "exp")),
        ("claim-type-nbf-82", |forge| string(forge, "nbf")),
        ("claim-type-nbf-83", |forge| float(forge, "nbf")),
        ("claim-type-nbf-84", |forge| negative(forge, "nbf")),
        ("claim-type-nbf-85", |forge| huge(forge, "nbf")),
        ("claim-type-nbf-86", |forge| null(forge, "nbf")),
        ("claim-type-nbf-87", |forge| boolean(forge, "nbf")),
        ("claim-type-nbf-88", |forge| array(forge, "nbf")),
        ("claim-type-nbf-89", |forge| object(forge, "nbf")),
        ("claim-type-iat-90", |forge| string(forge, "iat")),
        ("claim-type-iat-91", |forge| float(forge, "iat")),
        ("claim-type-iat-92", |forge| negative(forge, "iat")),
        ("claim-type-iat-93", |forge| huge(forge, "iat")),
        ("claim-type-iat-94", |forge| null(forge, "iat")),
        ("claim-type-iat-95", |forge| boolean(forge, "iat")),
        ("claim-type-iat-96", |forge| array(forge, "iat")),
        ("claim-type-iat-97", |forge| object(forge, "iat")),
    ]
}

/// Claims in which all three times are there, and good.
fn timed(forge: &Forge<'_>) -> Claims {
    forge.claims().with("nbf", now())
}

/// The claim as each of these JSON texts.
fn values(forge: &Forge<'_>, name: &str, values: &[String]) -> Row {
    let bad = values.iter().map(|value| forge.says(timed(forge).with(name, value).json()));
    Row::near(forge.says(timed(forge).json()), bad.collect::<Vec<_>>())
}

fn texts(forge: &Forge<'_>, name: &str, texts: &[&str]) -> Row {
    values(forge, name, &texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
}

fn string(forge: &Forge<'_>, name: &str) -> Row {
    let good = timed(forge).value(name);
    let texts =
        [format!("\"{good}\""), "\"\"".to_owned(), "\"never\"".to_owned(), "\"2099-01-01T00:00:00Z\"".to_owned()];
    values(forge, name, &texts)
}

fn float(forge: &Forge<'_>, name: &str) -> Row {
    let good = timed(forge).value(name);
    let texts = [
        "1e400".to_owned(),
        "-1e400".to_owned(),
        "4e9".to_owned(),
        format!("{good}.0"),
        format!("{good}.5"),
        format!("{good}e0"),
    ];
    values(forge, name, &texts)
}

fn negative(forge: &Forge<'_>, name: &str) -> Row {
    let good = timed(forge).value(name);
    values(forge, name, &[format!("-{good}"), "-1".to_owned(), "-0".to_owned(), "-9223372036854775808".to_owned()])
}

fn huge(forge: &Forge<'_>, name: &str) -> Row {
    let texts_of = [
        "9223372036854775808",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740992",
    ];
    texts(forge, name, &texts_of)
}

fn null(forge: &Forge<'_>, name: &str) -> Row {
    texts(forge, name, &["null"])
}

fn boolean(forge: &Forge<'_>, name: &str) -> Row {
    texts(forge, name, &["true", "false"])
}

fn array(forge: &Forge<'_>, name: &str) -> Row {
    let good = timed(forge).value(name);
    values(forge, name, &["[]".to_owned(), format!("[{good}]"), "[null]".to_owned()])
}

fn object(forge: &Forge<'_>, name: &str) -> Row {
    let good = timed(forge).value(name);
    values(forge, name, &["{}".to_owned(), format!("{{\"value\":{good}}}"), format!("{{\"{name}\":{good}}}")])
}
