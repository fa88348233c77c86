//! Every check of the conformance suite, on every backend.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::sync::Arc;

use admit_store::conformance::{RULES, Stores};
use admit_store::{MemorySessions, Sqlite};
use tempfile::TempDir;

fn folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

mod sqlite {
    use super::*;

    fn open() -> Stores {
        let folder = folder();
        let sqlite = Sqlite::open(&folder.path().join("admit.db"), RULES).unwrap();
        Stores { accounts: sqlite.clone(), sessions: sqlite, beside: folder }
    }

    admit_store::conformance_tests!(open());
}

mod memory {
    use super::*;

    fn open() -> Stores {
        let folder = folder();
        let memory = MemorySessions::open(&folder.path().join("admit.db"), RULES).unwrap();
        Stores { accounts: memory.accounts().clone(), sessions: memory, beside: folder }
    }

    admit_store::conformance_tests!(open());
}
