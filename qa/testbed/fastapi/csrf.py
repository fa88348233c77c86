"""Refuses unsafe requests that another site may have caused."""

import hmac

from fastapi import HTTPException, Request

from site_parts import Site
from visit import Visit


def guard(site: Site, request: Request, visit: Visit, in_form: str | None = None, open_with: str | None = None) -> None:
    """`open_with` is the flaw that leaves this one route open."""
    if open_with is not None and site.flaws.on(open_with):
        return
    if not from_this_site(site, request):
        raise HTTPException(403, "This request came from another site.")
    if not token_fits(site, visit, request.headers.get("x-csrf-token", in_form)):
        raise HTTPException(403, "This form is out of date. Go back, load the page again and send it once more.")


def from_this_site(site: Site, request: Request) -> bool:
    fetch_site = request.headers.getlist("sec-fetch-site")
    if fetch_site:
        return fetch_site in (["same-origin"], ["none"])
    origin = request.headers.getlist("origin")
    return not origin or origin == [site.origin]


def token_fits(site: Site, visit: Visit, sent: str | None) -> bool:
    flaws = site.flaws
    if sent is None:
        return flaws.on("csrf-token-missing")
    if flaws.on("csrf-token-wrong") and sent:
        return True
    if flaws.on("csrf-token-foreign") and site.sessions.has_token(sent):
        return True
    session = visit.session
    return session is not None and hmac.compare_digest(sent.encode(), session.csrf.encode())
