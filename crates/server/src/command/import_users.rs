//! `import users`: a file of users that another system had, in batches.
//!
//! Each batch is one transaction, so an import that is interrupted is whole up to a row, and one that is begun again finds
//! what is there already.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs::{File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use admit_core::plural::{noun_for, plural};
use admit_core::subject::Username;
use serde_json::{Value, json};

use super::owner::Owner;
use super::progress::{Progress, grouped};
use super::{Ended, configuration, print, runtime};
use crate::cli::{Common, ImportUsers};
use crate::control::{Answer, Command};
use crate::import::{self, Entry, Outcome, RoleMap, Row, Unreadable};

/// Users in one transaction.
const BATCH: usize = 500;

/// Rejects that are printed when they go to no file.
const PRINTED: usize = 10;

/// What became of the rows.
#[derive(Default)]
struct Counts {
    read: u64,
    imported: u64,
    there: u64,
    rejected: u64,
}

pub(super) fn run(common: &Common, options: &ImportUsers) -> Result<(), Ended> {
    let config = configuration(common)?;
    let map = options.role_map.as_deref().map(RoleMap::read).transpose().map_err(Ended::Usage)?.unwrap_or_default();
    let rows = import::open(options.from, &options.file).map_err(|error| unreadable(&options.file, error))?;
    let mut importing = Importing {
        options,
        map,
        rejects: Rejects::create(options.rejects.as_deref())?,
        counts: Counts::default(),
        tried: options.dry_run.then(Tried::default),
        progress: Progress::new("users"),
    };
    let ended = runtime()?.block_on(async {
        let owner = Owner::find(&config, !options.dry_run, false).await?;
        importing.all(&owner, rows).await
    });
    // What was done is said, however it ended.
    importing.progress.end();
    importing.rejects.finish(options.rejects.as_deref())?;
    print(&importing.report(common.json))?;
    ended?;
    match importing.counts.rejected {
        0 => Ok(()),
        count => Err(Ended::Negative({
            let (users, were) = (plural(importing.counts.read, "user"), if count == 1 { "was" } else { "were" });
            format!("{count} of {users} {were} rejected.")
        })),
    }
}

fn unreadable(file: &Path, error: Unreadable) -> Ended {
    match error {
        Unreadable::Form(sentence) => Ended::Usage(format!("{}: {sentence}", file.display())),
        Unreadable::File(error) => Ended::Incomplete(format!("{} cannot be read: {error}.", file.display())),
    }
}

struct Importing<'a> {
    options: &'a ImportUsers,
    map: RoleMap,
    rejects: Rejects,
    counts: Counts,
    tried: Option<Tried>,
    progress: Progress,
}

impl Importing<'_> {
    async fn all(&mut self, owner: &Owner, rows: import::Rows) -> Result<(), Ended> {
        let mut batch = Vec::with_capacity(BATCH);
        for row in rows {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    // What comes after has no form. What came before is imported, and the report says how much that is.
                    self.batch(owner, &mut batch).await?;
                    return Err(match unreadable(&self.options.file, error) {
                        Ended::Usage(sentence) if self.counts.read > 0 => Ended::Incomplete(sentence),
                        ended => ended,
                    });
                }
            };
            self.counts.read += 1;
            batch.push(row);
            if batch.len() == BATCH {
                self.batch(owner, &mut batch).await?;
            }
        }
        self.batch(owner, &mut batch).await
    }

    async fn batch(&mut self, owner: &Owner, rows: &mut Vec<Row>) -> Result<(), Ended> {
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows.iter_mut() {
            if let Ok(entry) = &mut row.entry {
                entry.roles = self.map.of(&entry.roles);
                entries.push(entry.clone());
            }
        }
        let outcomes = if entries.is_empty() { Vec::new() } else { self.send(owner, entries).await? };
        let mut outcomes = outcomes.into_iter();
        for row in rows.drain(..) {
            let outcome = match &row.entry {
                Err(reason) => Outcome::Rejected(reason.clone()),
                Ok(entry) => {
                    let outcome = outcomes.next().ok_or_else(|| {
                        Ended::Incomplete("The server did not say what became of each user.".to_owned())
                    })?;
                    match &mut self.tried {
                        Some(tried) => tried.again(entry, outcome),
                        None => outcome,
                    }
                }
            };
            match outcome {
                Outcome::Imported => self.counts.imported += 1,
                Outcome::There => self.counts.there += 1,
                Outcome::Rejected(reason) => {
                    self.counts.rejected += 1;
                    self.rejects.add(&row, &reason)?;
                }
            }
        }
        self.progress.at(self.counts.read);
        Ok(())
    }

    async fn send(&self, owner: &Owner, entries: Vec<Entry>) -> Result<Vec<Outcome>, Ended> {
        let source = self.options.from.name().to_owned();
        let command = Command::UsersImport { source, entries, keep: !self.options.dry_run };
        match owner.run(command).await? {
            Answer::Done(outcomes) => serde_json::from_value(outcomes)
                .map_err(|error| Ended::Incomplete(format!("The server's answer cannot be read: {error}."))),
            Answer::Refused(sentence) | Answer::Failed(sentence) => Err(Ended::Incomplete(sentence)),
        }
    }

    fn report(&self, json: bool) -> String {
        let Counts { read, imported, there, rejected } = self.counts;
        if json {
            let report = json!({
                "source": self.options.from.name(),
                "dry_run": self.options.dry_run,
                "read": read,
                "imported": imported,
                "already_there": there,
                "rejected": rejected,
                "rejects": self.options.rejects.as_deref().map(|path| path.display().to_string()),
                "first_rejects": self.rejects.first,
            });
            return format!("{report:#}\n");
        }
        let verb = if self.options.dry_run { "Would import" } else { "Imported" };
        let mut text = format!(
            "{verb} {} of {} {}; {} {} there already, {} rejected.\n",
            grouped(imported),
            grouped(read),
            noun_for(read, "user"),
            grouped(there),
            if there == 1 { "was" } else { "were" },
            grouped(rejected)
        );
        match &self.options.rejects {
            Some(path) if rejected > 0 => text.push_str(&format!(
                "{} has them with the reasons, and with their password hashes: mend it, import it again, and remove it.\n",
                path.display()
            )),
            _ => {
                for reject in &self.rejects.first {
                    let line = reject.get("line").map(Value::to_string).unwrap_or_default();
                    let reason = reject.get("reason").and_then(Value::as_str).unwrap_or_default();
                    text.push_str(&format!("  line {line}: {reason}\n"));
                }
                if rejected > PRINTED as u64 {
                    text.push_str("  … --rejects FILE keeps them all.\n");
                }
            }
        }
        text
    }
}

/// The file of rejects, for its owner alone: it has password hashes.
struct Rejects {
    file: Option<BufWriter<File>>,
    first: Vec<Value>,
}

impl Rejects {
    fn create(path: Option<&Path>) -> Result<Self, Ended> {
        let create = |path: &Path| {
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(BufWriter::new).map_err(
                |error| {
                    Ended::Usage(format!(
                        "{} cannot be made for the rejects: {error}. Name a new file.",
                        path.display()
                    ))
                },
            )
        };
        Ok(Self { file: path.map(create).transpose()?, first: Vec::new() })
    }

    fn add(&mut self, row: &Row, reason: &str) -> Result<(), Ended> {
        if self.first.len() < PRINTED {
            self.first.push(json!({ "line": row.line, "reason": reason }));
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        writeln!(file, "{}", row.reject(reason))
            .map_err(|error| Ended::Incomplete(format!("The rejects cannot be written: {error}.")))
    }

    fn finish(&mut self, path: Option<&Path>) -> Result<(), Ended> {
        let (Some(mut file), Some(path)) = (self.file.take(), path) else { return Ok(()) };
        let path: PathBuf = path.to_owned();
        let written = file.flush().and_then(|()| file.get_ref().sync_all());
        written.map_err(|error| Ended::Incomplete(format!("{} cannot be written: {error}.", path.display())))?;
        // An empty file would say that something was rejected.
        if self.first.is_empty() {
            std::fs::remove_file(&path).map_err(|error| Ended::Incomplete(error.to_string()))
        } else {
            Ok(())
        }
    }
}

/// What a dry run has passed, because nothing of it is in the store: a number for each name and each id, 32 bytes a user.
#[derive(Default)]
struct Tried {
    keys: RandomState,
    names: HashMap<u64, u64>,
    ids: HashMap<u64, ()>,
}

impl Tried {
    /// What becomes of a user when those before it are there.
    fn again(&mut self, entry: &Entry, outcome: Outcome) -> Outcome {
        if outcome != Outcome::Imported {
            return outcome;
        }
        let name = Username::parse(&entry.username).map(|name| self.keys.hash_one(name.canonical()));
        let Ok(name) = name else { return outcome };
        let user = self.keys.hash_one((&entry.password_hash, &entry.id));
        if let Some(before) = self.names.get(&name) {
            return if *before == user {
                Outcome::There
            } else {
                Outcome::Rejected(
                    "A user of this name is in the file before, with another password or id. Leave one of the two out."
                        .to_owned(),
                )
            };
        }
        let id = entry.id.as_ref().map(|id| self.keys.hash_one(id.to_ascii_lowercase()));
        if let Some(id) = id
            && self.ids.insert(id, ()).is_some()
        {
            return Outcome::Rejected("Another user has this id. Leave it out, and a new one is given.".to_owned());
        }
        self.names.insert(name, user);
        outcome
    }
}
