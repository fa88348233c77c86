//! The error page for people. Programs get a problem document instead (RFC 9457).

use askama::Template;

use super::Chrome;

/// The error page.
#[derive(Clone, Debug, Template)]
#[template(path = "failure.html")]
pub struct Failure {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub title: String,
    /// What happened, in a sentence.
    pub detail: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The id of the request, to find its log lines.
    pub request_id: Option<String>,
    /// The page of the form that was sent, where it was one.
    pub form_href: Option<String>,
}
