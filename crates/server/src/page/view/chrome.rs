//! What surrounds every page.

use crate::page::text::Lang;

/// What surrounds every page: who is signed in, which ways lead on, in which language.
#[derive(Clone, Debug, Default)]
pub struct Chrome {
    /// The language of the page.
    pub lang: Lang,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: String,
    /// The title in the browser's tab, without the product's name.
    pub title: String,
    /// The username, when somebody is signed in.
    pub signed_in_as: Option<String>,
    /// The CSRF token for the sign-out form. Without it the form is left out.
    pub csrf_token: Option<String>,
    /// Whether the way to the admin pages is shown. Shown only: the gate decides.
    pub is_admin: bool,
    /// Whether the way to the demo shop is shown.
    pub demo: bool,
    /// Whether the way to the request-flow page is shown.
    pub dev: bool,
    /// This page in English.
    pub href_en: String,
    /// This page in Korean.
    pub href_ko: String,
}
