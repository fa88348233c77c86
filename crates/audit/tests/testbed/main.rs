//! The auditor on sites whose flaws are known: each is found by its own check, and by no other.

#[cfg(test)]
mod clean;
#[cfg(test)]
mod flawed;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod site;
#[cfg(test)]
mod wire;
