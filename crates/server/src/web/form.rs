//! The page on which a form stands, by the address that the form is sent to: where signing in leads when the session ended
//! while the form was open, and where somebody is led who opens that address.

use admit_core::redirect::LocalPath;

/// The page of the form that is sent to `path`; nothing for what is no form of a page, and for signing out, which needs no page.
pub(super) fn page_of(path: &str) -> Option<LocalPath> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let page = match segments.as_slice() {
        ["account", _, ..] => "/account".to_owned(),
        ["admin", "users"] => "/admin".to_owned(),
        ["admin", "users", id, _, ..] if !id.is_empty() => format!("/admin/users/{id}"),
        ["demo", "shop", "products", id] if !id.is_empty() => format!("/demo/shop/products/{id}/edit"),
        _ => return None,
    };
    LocalPath::parse(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_form_is_a_local_path_or_none() {
        let page = |path| page_of(path).map(|page| page.as_str().to_owned());
        assert_eq!(page("/admin/users/7/sessions/revoke").as_deref(), Some("/admin/users/7"));
        assert_eq!(page("/account/password").as_deref(), Some("/account"));
        for path in
            ["/logout", "/login", "/account", "//account/password", "/admin/users//roles", "/admin/users/%2f/roles", ""]
        {
            assert_eq!(page(path), None, "{path}");
        }
    }
}
