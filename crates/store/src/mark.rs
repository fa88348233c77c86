//! How a database that was lost, restored or replaced is recognized.

/// Which database this is, and how far it has come: to tell one that was lost, put back or exchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// A random id that it was made with, in hexadecimal.
    pub database: String,
    /// The number of the last event of its audit log. It never falls, whatever is deleted.
    pub events: u64,
}
