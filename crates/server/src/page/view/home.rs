//! The landing page: what this is, and where to go.

use askama::Template;

use super::Chrome;

/// A way on from the landing page.
#[derive(Clone, Debug, Default)]
pub struct HomeLink {
    /// Where to.
    pub href: String,
    /// Its name.
    pub title: String,
    /// What is there.
    pub text: String,
}

/// The landing page.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The ways on, the most useful first.
    pub links: Vec<HomeLink>,
}
