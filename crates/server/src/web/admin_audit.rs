//! `/admin/audit`: what happened, for people; and the rows of events wherever a page lists some.

use std::collections::HashMap;

use admit_core::audit::{EventKind, Recorded};
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::account::minute;
use super::error::Error;
use super::event_query::{self, FILTERS};
use super::list::PAGE;
use super::visit::{Caller, Visit};
use crate::operation::Failure;
use crate::page::view::{AdminAudit, AdminTabs, EventRow};

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    let Caller { web, context, principal } = &*visit;
    let query = event_query::query(web, context).await?;
    let [person, kind_filter, address, from, to] = FILTERS.map(|name| context.query(name).unwrap_or_default());
    let events = web.operations.accounts.events(query).await?;
    let next = events.last().filter(|_| events.len() >= PAGE as usize).map(|last| {
        let given = [&person, &kind_filter, &address, &from, &to];
        let given = FILTERS.into_iter().zip(given).filter(|(_, text)| !text.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(given).append_pair("before", &last.seq.to_string()).finish();
        format!("/admin/audit?{query}")
    });
    let events = rows(web, events).await?;
    let page = visit.page()?;
    let view = AdminAudit {
        chrome: visit.chrome(&page, context.lang.text().admin.audit),
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
    Ok(page.finish(StatusCode::OK, &view))
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
