//! What strangers send: storms, planted cookies, oversized and malformed requests, tricks with paths and headers, and ten
//! thousand random requests. No 5xx but 503, no panic, no 2xx on a guarded route (I7).

mod by_the_table;
mod claimed;
mod connections;
mod cookies;
mod descriptors;
mod extraction;
mod fields;
mod forms;
mod full_disk;
mod headers;
mod json;
mod log;
mod paths;
mod random;
mod size;
mod smuggling;
mod stop;
mod storm;
mod target;
