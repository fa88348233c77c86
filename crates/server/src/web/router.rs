//! Every URL of the server with its rule, on one screen.

use admit::{Router, before_login, delete, for_clients, get, post, public, put, require, signed_in};

use admit_core::policy::Permission;

use crate::demo;

use super::error::ForPeople;
use super::{
    Web, account, admin_api, admin_audit, admin_permission, admin_session, admin_user, admin_users, asset, choose,
    flow, health, home, login, logout, oauth, revocations, session, setup,
};

/// The permissions that the routes of this program require, those of the demonstration included.
#[must_use]
pub fn permissions() -> Vec<Permission> {
    routes(true).merge(demo::all_routes().with_state(())).permissions()
}

/// The routes; those with `cors` can be used by pages of the origins that the configuration names. `dev` adds the request-flow page.
#[must_use]
pub fn routes(dev: bool) -> Router<Web> {
    let routes = Router::new()
        .route("/", public(get(ForPeople(home::show))))
        .route("/docs/choose", public(get(ForPeople(choose::show))))
        .route("/assets/admit.css", public(get(asset::stylesheet)))
        .route("/livez", public(get(health::livez)))
        .route("/readyz", public(get(health::readyz)))
        .route("/.well-known/change-password", public(get(home::change_password)))
        .route("/.well-known/jwks.json", public(get(oauth::jwks)).cors())
        .route("/.well-known/oauth-authorization-server", public(get(oauth::metadata)).cors())
        // Signing in
        .route("/login", public(get(ForPeople(login::show))))
        .route("/login", before_login(post(ForPeople(login::submit))).cors())
        .route("/setup", public(get(ForPeople(setup::show))))
        .route("/setup", before_login(post(ForPeople(setup::submit))))
        // One's own sessions
        .route("/session", signed_in(get(session::show)).cors())
        .route("/sessions", signed_in(get(session::list)).cors())
        .route("/sessions/{id}", signed_in(delete(ForPeople(session::end))).cors())
        .route("/logout", public(get(ForPeople(logout::show))))
        .route("/logout", signed_in(post(ForPeople(session::logout))).cors())
        .route("/logout/all", signed_in(post(ForPeople(session::logout_all))).cors())
        // Tokens, for programs that show who they are in the call itself
        .route("/oauth/token", for_clients(post(oauth::token)).cors())
        .route("/oauth/revoke", for_clients(post(oauth::revoke)).cors())
        .route("/oauth/introspect", for_clients(post(oauth::introspect)))
        .route("/session/token", for_clients(post(oauth::exchange)))
        .route("/revocations", require("revocation:read", get(revocations::follow)))
        // One's own account
        .route("/account", signed_in(get(ForPeople(account::show))).by_session())
        .route("/account/password", signed_in(post(ForPeople(account::password))).by_session().cors())
        .route("/account/sessions/end-others", signed_in(post(ForPeople(account::end_others))).by_session())
        .route("/account/sessions/{id}/end", signed_in(post(ForPeople(account::end))).by_session())
        // Administration, for people
        .route("/admin", require("user:read", get(ForPeople(admin_users::show))).by_session())
        .route("/admin/users", require("user:update", post(ForPeople(admin_users::create))).by_session())
        .route("/admin/users/{id}", require("user:read", get(ForPeople(admin_user::show))).by_session())
        .route("/admin/users/{id}/roles", require("user:update", post(ForPeople(admin_user::set_roles))).by_session())
        .route("/admin/users/{id}/link", require("user:update", post(ForPeople(admin_user::link))).by_session())
        .route("/admin/users/{id}/rename", require("user:update", post(ForPeople(admin_user::rename))).by_session())
        .route("/admin/users/{id}/delete", require("user:update", post(ForPeople(admin_user::delete))).by_session())
        .route("/admin/users/{id}/disable", require("user:update", post(ForPeople(admin_user::disable))).by_session())
        .route("/admin/users/{id}/enable", require("user:update", post(ForPeople(admin_user::enable))).by_session())
        .route(
            "/admin/users/{id}/sessions/revoke",
            require("session:revoke", post(ForPeople(admin_user::revoke))).by_session(),
        )
        .route(
            "/admin/users/{id}/sessions/{session}/end",
            require("session:revoke", post(ForPeople(admin_session::end_by_form))).by_session(),
        )
        .route("/admin/permissions", require("user:read", get(ForPeople(admin_permission::show))).by_session())
        .route("/admin/audit", require("audit:read", get(ForPeople(admin_audit::show))).by_session())
        // Administration, for programs
        .route("/admin/api/users", require("user:read", get(admin_api::users)).by_named_clients().cors())
        .route("/admin/api/users", require("user:update", post(admin_api::create)).by_named_clients().cors())
        .route("/admin/api/users/{id}", require("user:read", get(admin_api::user)).by_named_clients().cors())
        .route("/admin/api/users/{id}", require("user:update", delete(admin_api::delete)).by_named_clients().cors())
        .route(
            "/admin/api/users/{id}/permissions",
            require("user:read", get(admin_permission::of_user)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/permissions/{permission}",
            require("user:read", get(admin_permission::holders)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/roles",
            require("user:update", put(admin_api::set_roles)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/disable",
            require("user:update", post(admin_api::disable)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/enable",
            require("user:update", post(admin_api::enable)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/roles/{role}",
            require("user:update", put(admin_api::add_role)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/roles/{role}",
            require("user:update", delete(admin_api::remove_role)).by_named_clients().cors(),
        )
        .route("/admin/api/users/{id}/link", require("user:update", post(admin_api::link)).by_named_clients().cors())
        .route(
            "/admin/api/users/{id}/username",
            require("user:update", put(admin_api::rename)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/sessions/revoke",
            require("session:revoke", post(admin_api::revoke)).by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/sessions",
            require("session:revoke", get(admin_session::list)).changes_nothing().by_named_clients().cors(),
        )
        .route(
            "/admin/api/users/{id}/sessions/{session}",
            require("session:revoke", delete(admin_session::end)).by_named_clients().cors(),
        )
        .route("/admin/api/audit", require("audit:read", get(admin_api::audit)).by_named_clients().cors());
    if dev { routes.route("/dev/flow", public(get(ForPeople(flow::show)))) } else { routes }
}
