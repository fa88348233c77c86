//! `admit migrate`: what the database's schema is, and bringing it up to date.

use std::path::Path;

use admit_store::{Applied, MIGRATIONS, Migration, Phase, Postgres, PostgresAddress, Sqlite};
use serde_json::{Value, json};

use super::{Ended, configuration, print, runtime};
use crate::cli::{Common, Migrate};
use crate::config::stores::AccountsAt;
use crate::data::installation::unusable;
use crate::data::{Claim, DataFolder};
use crate::stores::{capital, chosen};

pub(super) fn run(common: &Common, migrate: &Migrate) -> Result<(), Ended> {
    let config = configuration(common)?;
    match chosen(&config).map_err(Ended::Incomplete)?.accounts {
        AccountsAt::Postgres(address) => postgres(common, &address, migrate),
        AccountsAt::Sqlite(path) => {
            let path = path.unwrap_or_else(|| DataFolder::database_in(&config.server.data));
            let (before, now) = sqlite(&path, &config.server.data, migrate)?;
            let value =
                json!({ "store": "sqlite", "before": before, "version": now, "known": Sqlite::known_version() });
            print(&if common.json { format!("{value:#}\n") } else { of_sqlite(&path, before, now) })?;
            newer(now > Some(Sqlite::known_version()))
        }
    }
}

/// The version before and the version now; `None` for no database.
fn sqlite(path: &Path, folder: &Path, migrate: &Migrate) -> Result<(Option<u32>, Option<u32>), Ended> {
    let refused = |error| Ended::Incomplete(unusable(path, &error));
    let before = Sqlite::version(path).map_err(refused)?;
    match migrate {
        Migrate::Up { .. } if before.is_some() => {
            let _claim = claim(folder)?;
            let before = Sqlite::migrate(path).map_err(refused)?;
            Ok((Some(before), Some(Sqlite::known_version())))
        }
        Migrate::Up { .. } | Migrate::Status => Ok((before, before)),
    }
}

fn of_sqlite(path: &Path, before: Option<u32>, now: Option<u32>) -> String {
    let known = Sqlite::known_version();
    let path = path.display();
    match (before, now) {
        (Some(before), Some(now)) if before < now => {
            format!("The database {path} had schema version {before}, and has {now} now.\n")
        }
        (_, Some(now)) if now < known => format!(
            "The database {path} has schema version {now}, and this admit knows {known}: it brings it up when the server \
             starts, and so does `admit migrate up`.\n"
        ),
        (_, Some(now)) if now > known => format!(
            "The database {path} has schema version {now}, which a later release made; this admit knows {known} at the most.\n"
        ),
        (_, Some(now)) => format!("The database {path} has schema version {now}: it is up to date.\n"),
        (_, None) => format!("There is no database at {path} yet; the server makes it when it starts.\n"),
    }
}

fn claim(folder: &Path) -> Result<DataFolder, Ended> {
    match DataFolder::claim(folder) {
        Ok(Claim::Ours(data)) => Ok(data),
        Ok(Claim::Taken) => Err(Ended::Negative(
            "A server runs on this data folder, and its database was brought up when it started.".to_owned(),
        )),
        Err(error) => Err(Ended::Incomplete(format!("The data folder {} cannot be used: {error}.", folder.display()))),
    }
}

fn postgres(common: &Common, address: &PostgresAddress, migrate: &Migrate) -> Result<(), Ended> {
    let (made, applied) = runtime()?.block_on(async {
        let made = match migrate {
            Migrate::Status => Vec::new(),
            Migrate::Up { contract } => Postgres::migrate(address, *contract).await.map_err(refused)?,
        };
        Ok::<_, Ended>((made, Postgres::migrations(address).await.map_err(refused)?))
    })?;
    print(&if common.json { format!("{:#}\n", as_json(&made, &applied)) } else { in_words(migrate, &made, &applied) })?;
    newer(later(&applied).any(|applied| applied.contracts))
}

/// A schema that this release cannot work with is a negative result.
fn newer(is_newer: bool) -> Result<(), Ended> {
    match is_newer {
        true => Err(Ended::Negative(
            "This admit does not start on it: use the release that made it, or put back a backup from before the upgrade."
                .to_owned(),
        )),
        false => Ok(()),
    }
}

/// Those that the database has and that are not known here.
fn later(applied: &[Applied]) -> impl Iterator<Item = &Applied> {
    applied.iter().filter(|applied| applied.version as usize > MIGRATIONS.len())
}

fn refused(error: admit_store::ConnectError) -> Ended {
    Ended::Incomplete(capital(error))
}

/// Those that are known here and that the database does not have, with their numbers.
fn missing(applied: &[Applied]) -> impl Iterator<Item = (usize, &'static Migration)> {
    let has: Vec<u32> = applied.iter().map(|applied| applied.version).collect();
    let numbered = MIGRATIONS.iter().enumerate().map(|(before, migration)| (before + 1, migration));
    numbered.filter(move |(version, _)| u32::try_from(*version).is_ok_and(|version| !has.contains(&version)))
}

fn as_json(made: &[Applied], applied: &[Applied]) -> Value {
    let one = |applied: &Applied| {
        json!({
            "version": applied.version,
            "name": applied.name,
            "phase": if applied.contracts { Phase::Contract.as_str() } else { Phase::Expand.as_str() },
            "applied_at": applied.applied_at,
        })
    };
    let missing = missing(applied).map(
        |(version, migration)| json!({ "version": version, "name": migration.name, "phase": migration.phase.as_str() }),
    );
    json!({
        "store": "postgres",
        "made": made.iter().map(one).collect::<Vec<_>>(),
        "applied": applied.iter().map(one).collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "later": later(applied).map(one).collect::<Vec<_>>(),
    })
}

fn in_words(migrate: &Migrate, made: &[Applied], applied: &[Applied]) -> String {
    let mut text: String = match migrate {
        Migrate::Status => applied
            .iter()
            .map(|applied| format!("{:04}  {}  {}\n", applied.version, applied.name, applied.applied_at))
            .collect(),
        Migrate::Up { .. } => made.iter().map(|made| format!("made {:04}  {}\n", made.version, made.name)).collect(),
    };
    let mut waiting = 0;
    for (version, migration) in missing(applied) {
        waiting += 1;
        text.push_str(&format!("{version:04}  {}  missing", migration.name));
        text.push_str(match migration.phase {
            Phase::Expand => ": a node makes it when it starts, and so does `admit migrate up`\n",
            Phase::Contract => {
                ": nodes of the release before cannot work with it. When none is left: `admit migrate up --contract`\n"
            }
        });
    }
    let later = later(applied).count();
    if later > 0 {
        text.push_str(&format!(
            "A later release has made {later} of these; this admit knows up to {:04}.\n",
            MIGRATIONS.len()
        ));
    } else if waiting == 0 {
        text.push_str("The schema is up to date.\n");
    }
    text
}
