//! What moves: tables and columns, by the names that they have in every backend.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An id: 16 bytes, written with hyphens.
    Uuid,
    /// Bytes, written in base64url.
    Bytes,
    /// A text.
    Text,
    /// Milliseconds since 1970.
    Time,
    /// A number that is not negative.
    Number,
    /// An object.
    Object,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may hold nothing.
    pub optional: bool,
    /// Whether exports of an earlier release may lack it. It is then empty.
    pub later: bool,
}

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, those of its key first.
    pub columns: &'static [Column],
    /// How many columns its key has.
    pub keys: usize,
}

impl Table {
    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// By its name in an export, with the purpose that every row has where the table of an earlier release held one-time tokens of one
    /// purpose.
    pub(super) fn of_export(name: &str) -> Option<(&'static Self, Option<&'static str>)> {
        let (name, purpose) = match name {
            "setup_link" => ("one_time_token", Some("first-admin")),
            "password_link" => ("one_time_token", Some("password")),
            name => (name, None),
        };
        Self::named(name).map(|table| (table, purpose))
    }

    /// The names of its columns, between commas.
    pub(crate) fn columns_in_sql(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    /// The names of its key's columns, between commas.
    pub(crate) fn key_in_sql(&self) -> String {
        self.columns.iter().take(self.keys).map(|column| column.name).collect::<Vec<_>>().join(", ")
    }
}

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: false, later: false }
}

const fn optional(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true, later: false }
}

const fn later(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true, later: true }
}

use Kind::{Bytes, Number, Object, Text, Time, Uuid};

/// Every table, each after those that it refers to.
pub static TABLES: &[Table] = &[
    Table {
        name: "subject",
        columns: &[
            column("id", Uuid),
            column("username", Text),
            column("username_canonical", Text),
            column("status", Text),
            column("generation", Number),
            column("roles_version", Number),
            column("created_at", Time),
            optional("last_login_at", Time),
            optional("token_until", Time),
        ],
        keys: 1,
    },
    Table {
        name: "password",
        columns: &[column("subject_id", Uuid), column("phc", Text), column("changed_at", Time)],
        keys: 1,
    },
    Table { name: "subject_role", columns: &[column("subject_id", Uuid), column("role", Text)], keys: 2 },
    Table {
        name: "session",
        columns: &[
            column("digest", Bytes),
            column("id", Uuid),
            column("subject_id", Uuid),
            column("generation", Number),
            column("roles_version", Number),
            column("created_at", Time),
            column("last_seen_at", Time),
            column("absolute_expires_at", Time),
            optional("token_until", Time),
            column("user_agent", Text),
            column("address", Text),
            later("assurance", Number),
        ],
        keys: 1,
    },
    Table {
        name: "one_time_token",
        columns: &[
            column("digest", Bytes),
            column("purpose", Text),
            later("subject_id", Uuid),
            later("generation", Number),
            later("address", Text),
            column("expires_at", Time),
        ],
        keys: 1,
    },
    Table {
        name: "known_address",
        columns: &[column("subject_id", Uuid), column("prefix", Text), column("last_at", Time)],
        keys: 2,
    },
    Table {
        name: "event",
        columns: &[
            column("seq", Number),
            column("at", Time),
            column("kind", Text),
            column("actor", Text),
            optional("subject", Uuid),
            optional("address", Text),
            optional("request", Text),
            column("detail", Object),
        ],
        keys: 1,
    },
    Table {
        name: "token_family",
        columns: &[
            column("id", Uuid),
            column("subject_id", Uuid),
            column("client", Text),
            column("digest", Bytes),
            column("generation", Number),
            column("created_at", Time),
            column("last_used_at", Time),
            column("absolute_expires_at", Time),
            column("token_until", Time),
            column("user_agent", Text),
            column("address", Text),
            later("assurance", Number),
        ],
        keys: 1,
    },
    Table {
        name: "spent_refresh",
        columns: &[column("digest", Bytes), column("family_id", Uuid), column("at", Time)],
        keys: 1,
    },
    Table {
        name: "signal",
        columns: &[
            column("seq", Number),
            column("at", Time),
            column("until", Time),
            column("kind", Text),
            optional("session", Uuid),
            optional("subject", Uuid),
            optional("generation", Number),
            optional("why", Text),
            optional("name", Text),
        ],
        keys: 1,
    },
    Table {
        name: "signing_key",
        columns: &[
            column("kid", Text),
            column("algorithm", Text),
            column("sealed", Bytes),
            column("created_at", Time),
            column("signs_from", Time),
            optional("revoked_at", Time),
        ],
        keys: 1,
    },
    Table {
        name: "used_assertion",
        columns: &[column("client", Text), column("id", Text), column("until", Time)],
        keys: 2,
    },
    Table {
        name: "client",
        columns: &[column("id", Text), optional("rights", Text), column("generation", Number)],
        keys: 1,
    },
];
