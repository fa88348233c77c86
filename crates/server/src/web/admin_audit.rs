//! `/admin/audit`: what happened, for people; and the rows of events wherever a page lists some.

use std::collections::HashMap;

use admit_core::audit::{EventKind, Recorded};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::Web;
use super::account::minute;
use super::event_query::{self, FILTERS};
use super::list::PAGE;
use super::visit::Visit;
use crate::operation::Failure;
use crate::page::view::{AdminAudit, AdminTabs, EventRow};

pub(super) async fn show(visit: Visit) -> Response {
    let Visit { web, context, principal, csrf_token } = &visit;
    let query = match event_query::query(web, context).await {
        Ok(query) => query,
        Err(wrong) => return visit.problem(wrong),
    };
    let [person, kind_filter, address, from, to] = FILTERS.map(|name| context.query(name).unwrap_or_default());
    let events = match web.operations.accounts.events(query).await {
        Ok(events) => events,
        Err(error) => return visit.failed(&error.into()),
    };
    let next = events.last().filter(|_| events.len() >= PAGE as usize).map(|last| {
        let given = [&person, &kind_filter, &address, &from, &to];
        let given = FILTERS.into_iter().zip(given).filter(|(_, text)| !text.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(given).append_pair("before", &last.seq.to_string()).finish();
        format!("/admin/audit?{query}")
    });
    let events = match rows(web, events).await {
        Ok(events) => events,
        Err(failure) => return visit.failed(&failure),
    };
    let page = match visit.page() {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    let view = AdminAudit {
        chrome: page.chrome(context.lang.text().admin.audit, Some(principal), Some(csrf_token)),
        tabs: AdminTabs::of(principal),
        events,
        is_filtered: [&person, &kind_filter, &address, &from, &to].iter().any(|text| !text.is_empty()),
        person,
        address,
        from,
        to,
        kind_filter,
        kinds: EventKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
        next_href: next,
    };
    page.finish(StatusCode::OK, &view)
}

/// Events as the pages list them, whoever caused them by name.
pub(super) async fn rows(web: &Web, events: Vec<Recorded>) -> Result<Vec<EventRow>, Failure> {
    let mut names: HashMap<String, String> = HashMap::new();
    for recorded in &events {
        if let (Some(id), Some(name)) = (recorded.subject, &recorded.username) {
            names.insert(id.to_string(), name.clone());
        }
    }
    let mut rows = Vec::new();
    for recorded in events {
        if let Ok(id) = recorded.actor.parse()
            && !names.contains_key(&recorded.actor)
            && let Some(account) = web.operations.accounts.by_id(id).await?
        {
            names.insert(recorded.actor.clone(), account.subject.username.to_string());
        }
        let actor = names.get(&recorded.actor).unwrap_or(&recorded.actor).clone();
        rows.push(event(recorded, actor));
    }
    Ok(rows)
}

fn event(recorded: Recorded, actor: String) -> EventRow {
    let detail = recorded.detail.iter().map(|(name, value)| match value {
        serde_json::Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    });
    EventRow {
        seq: recorded.seq,
        at: minute(recorded.at),
        kind: recorded.kind.as_str().to_owned(),
        detail: detail.collect::<Vec<_>>().join(", "),
        actor,
        subject: recorded.username.or_else(|| recorded.subject.map(|id| id.to_string())).unwrap_or_default(),
        address: recorded.address.unwrap_or_default(),
    }
}
