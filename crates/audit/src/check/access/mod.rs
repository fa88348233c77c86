//! Who may reach what, and how a refusal is worded.

super::checks![];
