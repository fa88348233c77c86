//! What the tokens of each client may say: compares what the configuration declared at the last start with what it declares now.

use std::collections::BTreeMap;

use admit_core::audit::Event;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::signal::{Signal, Told};
use admit_core::token::MAX_LIFETIME;

use super::{Transaction, Unreadable, columns};
use crate::snapshot::{Cell, Row};

/// Writes down what they may say now, and tells of those that may say something else than before.
pub(crate) async fn declare<T: Transaction>(
    on: &T,
    clients: BTreeMap<ClientId, String>,
    event: &Event,
) -> Result<(BTreeMap<ClientId, ClientGeneration>, Vec<Signal>), T::Error> {
    on.lock("admit clients").await?;
    let rows = on.rows("SELECT id, rights, generation FROM client", &[]).await?;
    let known = rows.into_iter().map(client).collect::<Result<_, _>>()?;
    let declared = compare(known, clients, on.least_generation());
    for (id, rights) in &declared.new {
        let sql = "INSERT INTO client (id, rights, generation) VALUES ($1, $2, 0)";
        on.execute(sql, &[id.as_str().into(), rights.as_str().into()]).await?;
    }
    for changed in &declared.changed {
        let rights = changed.rights.as_deref().map_or(Cell::Nothing, Cell::from);
        let sql = "UPDATE client SET rights = $2, generation = $3 WHERE id = $1";
        on.execute(sql, &[changed.id.as_str().into(), rights, changed.generation.0.into()]).await?;
        on.append_event(&changed.event(event), None).await?;
    }
    let mut told = Vec::new();
    for changed in &declared.changed {
        told.extend(on.tell(event.at, event.at.plus(MAX_LIFETIME), changed.told()).await?);
    }
    Ok((declared.all, told))
}

fn client(row: Row) -> Result<(ClientId, (Option<String>, ClientGeneration)), Unreadable> {
    let [id, rights, generation] = columns(row)?;
    let id = ClientId::parse(&id.text()?).map_err(Unreadable::new)?;
    Ok((id, (rights.optional().map(Cell::text).transpose()?, ClientGeneration(generation.number()?))))
}

/// The clients that were ever declared. Those that were removed may say nothing.
type Known = BTreeMap<ClientId, (Option<String>, ClientGeneration)>;

/// What is to be written.
struct Declared {
    /// Clients that were never there before, in their first generation.
    new: Vec<(ClientId, String)>,
    /// Those that may say something else than before, or nothing any more.
    changed: Vec<Changed>,
    /// Every client that is there.
    all: BTreeMap<ClientId, ClientGeneration>,
}

/// A client in its next generation.
struct Changed {
    id: ClientId,
    generation: ClientGeneration,
    /// What its tokens may say from now on.
    rights: Option<String>,
}

impl Changed {
    fn event(&self, event: &Event) -> Event {
        event.clone().with("client", self.id.as_str()).with("removed", self.rights.is_none())
    }

    fn told(&self) -> Told {
        Told::Client { id: self.id.clone(), generation: self.generation }
    }
}

/// `floor` is the least that a generation is once it was raised.
fn compare(mut known: Known, clients: BTreeMap<ClientId, String>, floor: u32) -> Declared {
    let next = |generation: ClientGeneration| generation.next().max(ClientGeneration(floor.into()));
    let mut declared = Declared { new: Vec::new(), changed: Vec::new(), all: BTreeMap::new() };
    for (id, rights) in clients {
        let generation = match known.remove(&id) {
            Some((Some(before), generation)) if before == rights => generation,
            Some((_, generation)) => {
                let (id, generation) = (id.clone(), next(generation));
                declared.changed.push(Changed { id, generation, rights: Some(rights) });
                generation
            }
            None => {
                declared.new.push((id.clone(), rights));
                ClientGeneration::default()
            }
        };
        declared.all.insert(id, generation);
    }
    let removed = known.into_iter().filter(|(_, (rights, _))| rights.is_some());
    let changed = removed.map(|(id, (_, generation))| Changed { id, generation: next(generation), rights: None });
    declared.changed.extend(changed);
    declared
}
