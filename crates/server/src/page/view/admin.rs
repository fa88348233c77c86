//! The pages for administrators: users, one user, the audit log.

use askama::Template;

use super::{Chrome, DeviceRow};

/// Which of the pages for administrators the caller may open.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdminTabs {
    /// Users and permissions.
    pub users: bool,
    /// The audit log.
    pub audit: bool,
}

/// A link that was just made, to be passed on.
#[derive(Clone, Debug, Default)]
pub struct LinkRow {
    /// For whom.
    pub username: String,
    /// The link.
    pub href: String,
    /// Until when it can be used.
    pub until: String,
}

/// A user in the list.
#[derive(Clone, Debug, Default)]
pub struct UserRow {
    /// The subject's id.
    pub id: String,
    /// The name as shown.
    pub username: String,
    /// The roles, joined; may be empty.
    pub roles: String,
    /// Whether the subject may act.
    pub status_active: bool,
    /// When the account was made.
    pub created: String,
    /// When it last signed in.
    pub last_login: Option<String>,
}

/// What was typed into the form for a new user, when it comes back with a problem.
#[derive(Clone, Debug, Default)]
pub struct NewUserForm {
    /// The name.
    pub username: String,
    /// The roles ticked.
    pub roles: Vec<String>,
}

/// The field of the form for a new user in which a problem lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewUserField {
    /// The name.
    Username,
    /// The password.
    Password,
    /// The roles.
    Roles,
}

/// The list of users: `GET /admin?query=`; `POST /admin/users` with `username`, `password`, `role`…, `csrf_token`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin_users.html")]
pub struct AdminUsers {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Where the tabs lead.
    pub tabs: AdminTabs,
    /// The token against forged forms.
    pub csrf_token: String,
    /// What was searched for.
    pub query: String,
    /// The users found.
    pub users: Vec<UserRow>,
    /// The next page, when there is one.
    pub next_href: Option<String>,
    /// Every role of the policy.
    pub all_roles: Vec<String>,
    /// The least number of characters of a password.
    pub min_length: usize,
    /// What was done.
    pub notice: Option<String>,
    /// Why something was not done.
    pub problem: Option<String>,
    /// Where the problem lies, when it lies in a field of the form.
    pub problem_in: Option<NewUserField>,
    /// The link of a user who was just invited.
    pub link: Option<LinkRow>,
    /// Whether the caller may make users.
    pub may_update: bool,
    /// The form for a new user.
    pub form: NewUserForm,
}

impl AdminUsers {
    /// The problem, where it lies in this field.
    fn problem_at(&self, field: NewUserField) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.problem_in == Some(field))
    }
}

/// A role that a user may be given.
#[derive(Clone, Debug, Default)]
pub struct RoleChoice {
    /// Its name.
    pub name: String,
    /// Whether the user has it.
    pub held: bool,
    /// What it permits.
    pub permissions: Vec<String>,
}

/// A permission that somebody, or some role, has.
#[derive(Clone, Debug, Default)]
pub struct PermissionRow {
    /// The permission.
    pub permission: String,
    /// Who has it, where the row is of a page about permissions; may be empty.
    pub holder: String,
    /// Where the holder is shown; empty when there is no such page.
    pub href: String,
    /// Whether it is had always.
    pub always: bool,
    /// The roles and rules that permit it.
    pub by: Vec<String>,
    /// Their conditions, as the policy has them, in English.
    pub conditions: Vec<String>,
}

/// Who has which permission: `GET /admin/permissions?permission=`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin_permissions.html")]
pub struct AdminPermissions {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Where the tabs lead.
    pub tabs: AdminTabs,
    /// Every permission of the policy.
    pub all: Vec<String>,
    /// The one that is looked at.
    pub permission: String,
    /// The roles that have it.
    pub roles: Vec<PermissionRow>,
    /// The users that hold one of them.
    pub users: Vec<PermissionRow>,
    /// Whether there are more users than are shown.
    pub more: bool,
}

/// An event of the audit log.
#[derive(Clone, Debug, Default)]
pub struct EventRow {
    /// Its place in the log.
    pub seq: u64,
    /// When.
    pub at: String,
    /// The stored name of its kind.
    pub kind: String,
    /// Who caused it.
    pub actor: String,
    /// Whom it is about; may be empty.
    pub subject: String,
    /// The client's address; may be empty.
    pub address: String,
    /// The details, as text; may be empty.
    pub detail: String,
}

/// One user. Forms, each with `csrf_token`: `POST /admin/users/{id}/roles` with `role`…, `/rename` and `/delete` with `username`, `/link`, `/disable`, `/enable`,
/// `/sessions/revoke`, `/sessions/{session}/end`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin_user.html")]
pub struct AdminUser {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The token against forged forms.
    pub csrf_token: String,
    /// The subject's id.
    pub id: String,
    /// The name as shown.
    pub username: String,
    /// Whether the subject may act.
    pub status_active: bool,
    /// Every role of the policy, with those held marked.
    pub roles: Vec<RoleChoice>,
    /// Which roles those are: they are saved only if they are the same still.
    pub roles_version: u32,
    /// What the user may do, and by what.
    pub permissions: Vec<PermissionRow>,
    /// Whether the caller may change the user.
    pub may_update: bool,
    /// Whether the caller may end the user's sessions.
    pub may_end: bool,
    /// Where the user is signed in; nothing for a caller who may not end that.
    pub sessions: Option<Vec<DeviceRow>>,
    /// The latest events about the user; nothing for a caller who may not read the audit log.
    pub events: Option<Vec<EventRow>>,
    /// The link that was just made for the user.
    pub link: Option<LinkRow>,
    /// Whether the administrator looks at their own account.
    pub is_self: bool,
    /// What was done.
    pub notice: Option<String>,
    /// Why something was not done.
    pub problem: Option<String>,
}

/// Whether an administrator means to take these rights from themselves: `POST /admin/users/{id}/roles` again, `confirmed`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin_give_up.html")]
pub struct AdminGiveUp {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The token against forged forms.
    pub csrf_token: String,
    /// The administrator's own id.
    pub id: String,
    /// The roles that would be left.
    pub roles: Vec<String>,
    /// The roles version that the page showed.
    pub version: Option<String>,
}

/// The audit log: `GET /admin/audit?subject=&kind=&address=&from=&to=`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin_audit.html")]
pub struct AdminAudit {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Where the tabs lead.
    pub tabs: AdminTabs,
    /// The events, latest first.
    pub events: Vec<EventRow>,
    /// Whether only a part is looked for.
    pub is_filtered: bool,
    /// The person looked for, by name or id, or nothing.
    pub person: String,
    /// The address looked for, or nothing.
    pub address: String,
    /// The first day looked for, or nothing.
    pub from: String,
    /// The last day looked for, or nothing.
    pub to: String,
    /// The kind looked for, or nothing.
    pub kind_filter: String,
    /// The stored names of every kind.
    pub kinds: Vec<String>,
    /// The next page, when there is one.
    pub next_href: Option<String>,
}
