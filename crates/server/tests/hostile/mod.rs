//! What strangers send: storms, planted cookies, oversized and malformed requests, tricks with paths and headers, and ten
//! thousand random requests. No 5xx but 503, no panic, no 2xx on a guarded route (I7).

#[cfg(test)]
mod by_the_table;
#[cfg(test)]
mod claimed;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod cookies;
mod descriptors;
#[cfg(test)]
mod extraction;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod json;
#[cfg(test)]
mod log;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod random;
#[cfg(test)]
mod size;
#[cfg(test)]
mod smuggling;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod target;
