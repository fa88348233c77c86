//! What tokens of each client may say: what was declared before beside what is declared now.

use std::collections::BTreeMap;

use admit_core::audit::Event;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::signal::Told;

/// The clients that were ever declared. Those that were removed may say nothing.
pub(crate) type Known = BTreeMap<ClientId, (Option<String>, ClientGeneration)>;

/// What is to be written.
pub(crate) struct Declared {
    /// Clients that were never there before, in their first generation.
    pub(crate) new: Vec<(ClientId, String)>,
    /// Those that may say something else than before, or nothing any more.
    pub(crate) changed: Vec<Changed>,
    /// Every client that is there.
    pub(crate) all: BTreeMap<ClientId, ClientGeneration>,
}

/// A client in its next generation.
pub(crate) struct Changed {
    pub(crate) id: ClientId,
    pub(crate) generation: ClientGeneration,
    /// What its tokens may say from now on.
    pub(crate) rights: Option<String>,
}

impl Changed {
    pub(crate) fn event(&self, event: &Event) -> Event {
        event.clone().with("client", self.id.as_str()).with("removed", self.rights.is_none())
    }

    pub(crate) fn told(&self) -> Told {
        Told::Client { id: self.id.clone(), generation: self.generation }
    }
}

/// `floor` is the least that a generation is once it was raised.
pub(crate) fn declare(mut known: Known, clients: BTreeMap<ClientId, String>, floor: u32) -> Declared {
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
