//! `/admin` and `/admin/api`

mod actors;
mod console;
mod deleting;
mod link;
mod lists;
mod paging;
mod parts;
mod rename;
mod schemas;
mod sessions;
mod users;

use admit_testkit::{Client, PASSWORD};
use serde_json::{Value, json};

const SOMEBODY: &str = "01a20733-4f54-7c2e-9ecd-a45e830343c0";

fn create(admin: &mut Client, name: &str, roles: &[&str]) -> admit_testkit::Response {
    admin.call("POST", "/admin/api/users", &json!({ "username": name, "password": PASSWORD, "roles": roles }))
}

fn on(admin: &mut Client, id: &str, what: &str) -> admit_testkit::Response {
    admin.call("POST", &format!("/admin/api/users/{id}/{what}"), &Value::Null)
}

fn set_roles(admin: &mut Client, id: &str, roles: &[&str]) -> admit_testkit::Response {
    admin.call("PUT", &format!("/admin/api/users/{id}/roles"), &json!({ "roles": roles }))
}

fn own_id(client: &mut Client) -> String {
    client.get("/session").json()["subject"]["id"].as_str().unwrap_or_default().to_owned()
}
