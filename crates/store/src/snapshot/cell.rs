//! A value of a row, and how it is written.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Row;
use super::table::{Column, Kind, Table};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Nothing,
    /// An id.
    Uuid([u8; 16]),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// A number, or a time in milliseconds.
    Number(u64),
    /// An object.
    Object(Map<String, Value>),
}

impl Cell {
    fn write(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Uuid(bytes) => Uuid::from_bytes(*bytes).to_string().into(),
            Self::Bytes(bytes) => BASE64URL_NOPAD.encode(bytes).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => (*number).into(),
            Self::Object(object) => object.clone().into(),
        }
    }

    /// Reads a value of the one spelling that [`Self::write`] has for it.
    fn read(column: &Column, value: Value) -> Option<Self> {
        match (column.kind, value) {
            (_, Value::Null) => column.optional.then_some(Self::Nothing),
            (Kind::Uuid, Value::String(text)) => Uuid::try_parse(&text).ok().map(|id| Self::Uuid(id.into_bytes())),
            (Kind::Bytes, Value::String(text)) => BASE64URL_NOPAD.decode(text.as_bytes()).ok().map(Self::Bytes),
            (Kind::Text, Value::String(text)) => Some(Self::Text(text)),
            // Databases have signed numbers.
            (Kind::Time | Kind::Number, Value::Number(number)) => {
                number.as_u64().filter(|number| i64::try_from(*number).is_ok()).map(Self::Number)
            }
            (Kind::Object, Value::Object(object)) => Some(Self::Object(object)),
            _ => None,
        }
    }
}

/// A row as a line has it: `{"subject":{"id":…}}`.
pub(super) fn write(table: &Table, row: &Row) -> String {
    let cells = table.columns.iter().zip(row).map(|(column, cell)| (column.name.to_owned(), cell.write())).collect();
    Value::Object(Map::from_iter([(table.name.to_owned(), Value::Object(cells))])).to_string()
}

/// Reads a row: the table and the cells; else what is wrong with it.
pub(super) fn read(object: Map<String, Value>) -> Result<(&'static Table, Row), String> {
    let mut members = object.into_iter();
    let (Some((name, Value::Object(mut cells))), None) = (members.next(), members.next()) else {
        return Err("it is not the row of a table".to_owned());
    };
    let (table, purpose) = Table::of_export(&name).ok_or_else(|| format!("there is no table \"{name}\""))?;
    cells.extend(purpose.map(|purpose| ("purpose".to_owned(), purpose.into())));
    let row = table
        .columns
        .iter()
        .map(|column| {
            let cell = match cells.remove(column.name) {
                None => column.later.then_some(Cell::Nothing),
                Some(value) => Cell::read(column, value),
            };
            cell.ok_or_else(|| format!("{name}.{} is not what it should be", column.name))
        })
        .collect::<Result<Row, _>>()?;
    match cells.keys().next() {
        Some(other) => Err(format!("{name} has no column \"{other}\"")),
        None => Ok((table, row)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::TABLES;
    use proptest::prelude::*;

    fn cell(column: &'static Column) -> BoxedStrategy<Cell> {
        let held = match column.kind {
            Kind::Uuid => any::<[u8; 16]>().prop_map(Cell::Uuid).boxed(),
            Kind::Bytes => prop::collection::vec(any::<u8>(), 0..80).prop_map(Cell::Bytes).boxed(),
            Kind::Text => "\\PC{0,30}".prop_map(Cell::Text).boxed(),
            Kind::Time | Kind::Number => (0..=i64::MAX.unsigned_abs()).prop_map(Cell::Number).boxed(),
            Kind::Object => prop::collection::btree_map("\\PC{0,5}", "\\PC{0,9}", 0..4)
                .prop_map(|map| Cell::Object(map.into_iter().map(|(name, text)| (name, text.into())).collect()))
                .boxed(),
        };
        if column.optional { prop_oneof![Just(Cell::Nothing), held].boxed() } else { held }
    }

    fn row() -> impl Strategy<Value = (&'static Table, Row)> {
        prop::sample::select(TABLES.iter().collect::<Vec<_>>())
            .prop_flat_map(|table| (Just(table), table.columns.iter().map(cell).collect::<Vec<_>>()))
    }

    proptest! {
        #[test]
        fn a_row_is_read_as_it_was_written((table, row) in row()) {
            let line = write(table, &row);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(read(serde_json::from_str(&line).unwrap()), Ok((table, row)));
        }
    }

    #[test]
    fn a_row_of_an_earlier_release_lacks_the_columns_that_came_later() {
        let table = Table::named("token_family").unwrap();
        let row: Row = table
            .columns
            .iter()
            .map(|column| match column.kind {
                Kind::Uuid => Cell::Uuid([7; 16]),
                Kind::Bytes => Cell::Bytes(vec![7; 32]),
                Kind::Text => Cell::Text("app".to_owned()),
                Kind::Time | Kind::Number | Kind::Object => {
                    if column.later {
                        Cell::Nothing
                    } else {
                        Cell::Number(7)
                    }
                }
            })
            .collect();
        let line = write(table, &row);
        let before = line.replace(r#""assurance":null,"#, "");
        assert!(before.len() < line.len());
        for line in [line, before] {
            assert_eq!(read(serde_json::from_str(&line).unwrap()), Ok((table, row.clone())));
        }
    }

    #[test]
    fn a_link_of_an_earlier_release_is_a_one_time_token() {
        let table = Table::named("one_time_token").unwrap();
        let (digest, time, id) = (Cell::Bytes(vec![0; 3]), Cell::Number(1), Cell::Uuid([7; 16]));
        let (nothing, text) = (|| Cell::Nothing, |text: &str| Cell::Text(text.to_owned()));
        let link = r#"{"setup_link":{"digest":"AAAA","expires_at":1}}"#;
        let row = vec![digest.clone(), text("first-admin"), nothing(), nothing(), nothing(), time.clone()];
        assert_eq!(read(serde_json::from_str(link).unwrap()), Ok((table, row)));
        let link =
            link.replace(r#"setup_link":{"#, r#"password_link":{"subject_id":"07070707-0707-0707-0707-070707070707","#);
        let row = vec![digest, text("password"), id, nothing(), nothing(), time];
        assert_eq!(read(serde_json::from_str(&link).unwrap()), Ok((table, row)));
    }

    #[test]
    fn a_row_with_less_more_or_something_else_is_refused_by_the_name_of_the_column() {
        let refused = |text: &str| read(serde_json::from_str(text).unwrap()).unwrap_err();
        assert!(refused("{}").contains("row of a table"));
        assert!(refused(r#"{"a":{},"b":{}}"#).contains("row of a table"));
        assert!(refused(r#"{"users":{}}"#).contains("no table \"users\""));
        let good = r#"{"setup_link":{"digest":"AAAA","expires_at":1}}"#;
        assert!(read(serde_json::from_str(good).unwrap()).is_ok());
        for (from, to, words) in [
            ("AAAA", "A===", "setup_link.digest"),
            ("1}", "-1}", "setup_link.expires_at"),
            ("1}", "9223372036854775808}", "setup_link.expires_at"),
            ("1}", "null}", "setup_link.expires_at"),
            (r#","expires_at":1"#, "", "setup_link.expires_at"),
            ("1}", r#"1,"more":1}"#, "no column \"more\""),
        ] {
            let refusal = refused(&good.replacen(from, to, 1));
            assert!(refusal.contains(words), "{refusal}");
        }
    }
}
