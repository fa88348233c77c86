//! Calls the handler with what the steps have proved, and takes its answer.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use axum::extract::Request;
use axum::response::Response;
use tower::Service;

use crate::checks::Route;
use crate::gate::Asked;
use crate::parting::{Outbox, Parting};
use crate::rejection::{Answered, Rejection};
use crate::steps::Admitted;
use crate::who::Who;

/// Hands the proofs to the extractors. The outbox is there where an extractor may have a cookie to send.
pub(crate) fn enter(route: &Route, request: &mut Request, mut admitted: Admitted) -> Parting {
    let may_send = match &admitted.who {
        Who::Known { principal: Some(principal), .. } => principal.needs_rotation(),
        Who::Known { principal: None, .. } | Who::OnDemand(_) => true,
    };
    admitted.outbox = may_send.then(Outbox::default);
    let parting = Parting::new(route.gate.0.cookies, !route.is_public(), admitted.outbox.clone(), &admitted.who);
    request.extensions_mut().insert(admitted);
    parting
}

/// Runs the handler, and looks at whether it asked about its object where its route leaves that to it.
pub(crate) async fn handle<S>(route: &Route, inner: &mut S, mut request: Request, admitted: Admitted) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    #[cfg(feature = "prove")]
    if let Some(response) = crate::door::at_the_door(&request) {
        return response;
    }
    let Some(about) = admitted.asked.clone() else {
        let parting = enter(route, &mut request, admitted);
        let Ok(response) = inner.call(request).await;
        return parting.apply(response);
    };
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let extensions = request.extensions().clone();
    let asked = Asked { method: &method, uri: &uri, headers: &headers, extensions: &extensions };
    let parting = enter(route, &mut request, admitted);
    let Ok(response) = inner.call(request).await;
    // What it answers when it finds nothing, or cannot read the body, needs no permission; what it answers with success does.
    let succeeded = response.status().is_success() || response.status().is_redirection();
    let mistake = match (about.asked.load(Ordering::Acquire), about.refused.load(Ordering::Acquire)) {
        (false, _) => {
            Some("never asked about its object what its route requires: call principal.authorize(Action, &object)?")
        }
        (true, true) => Some(
            "was refused what its route requires: give the refusal back with ?, or leave such objects out with \
                              authorize_each",
        ),
        (true, false) => None,
    };
    let response = match mistake {
        Some(mistake) if succeeded => {
            tracing::error!(%method, path = route.path, "the handler answered with success and {mistake}");
            route.gate.refuse(Rejection::Unguarded, asked)
        }
        _ => match response.extensions().get::<Answered>() {
            Some(Answered(rejection)) => route.gate.refuse(Rejection::clone(rejection), asked),
            None => response,
        },
    };
    // Whatever the answer is: a session whose secret was replaced on the way must learn of it.
    parting.apply(response)
}
