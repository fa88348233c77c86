//! Small complete apps, one file each, in `examples/`:
//!
//! | File | Shows |
//! |---|---|
//! | `minimal.rs` | routes with rules, a policy, a login, in one file and without a database server |
//! | `with_postgres.rs` | the same routes with sessions in PostgreSQL, for several nodes |
//! | `resource_server.rs` | an API that takes access tokens of an admit elsewhere, and has no sessions |
//! | `own_users.rs` | users in a table of the app's own, and decisions about each order |
//! | `tenants.rs` | roles that are held in one tenant alone |
//!
//! `cargo run -p admit-apps --example minimal`
