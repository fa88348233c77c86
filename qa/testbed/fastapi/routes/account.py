"""The page of one's own account, and what can be changed there."""

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

import csrf
import pages
from reading import read_form, read_json, want_json
from site_parts import Site
from visit import ThisVisit

LONGEST_EMAIL = 254


def add(app: FastAPI, site: Site) -> None:
    flaws = site.flaws

    @app.get("/account")
    async def account(visit: ThisVisit) -> Response:
        if flaws.on("access-anonymous") and visit.account is None:
            owner = site.accounts.find("alice")
        else:
            owner = visit.signed_in()
        session = visit.any_session()
        more = f"<p>Session: {session.id}</p>\n" if flaws.on("session-id-in-body") else ""
        headers = {"Cache-Control": "public, max-age=600"} if flaws.on("page-cache") else {}
        return pages.page("Your account", pages.account(owner, session.csrf, more), headers=headers)

    @app.post("/account/email")
    async def change_email(request: Request, visit: ThisVisit) -> Response:
        form = await read_form(request)
        csrf.guard(site, request, visit, form.get("csrf"), open_with="csrf-form")
        visit.signed_in().email = acceptable(form.get("email", ""))
        return pages.to("/account")

    if flaws.on("csrf-get"):

        @app.get("/account/email")
        async def change_email_by_link(visit: ThisVisit, email: str = "") -> Response:
            visit.signed_in().email = acceptable(email)
            return pages.to("/account")

    @app.post("/account/email.json")
    async def change_email_json(request: Request, visit: ThisVisit) -> Response:
        want_json(request, *(["text/plain"] if flaws.on("csrf-json") else []))
        csrf.guard(site, request, visit, open_with="csrf-json")
        account = visit.signed_in()
        [email] = await read_json(request, "email")
        account.email = acceptable(email)
        return JSONResponse({"email": account.email}, headers={"Cache-Control": "no-store"})


def acceptable(email: str) -> str:
    if not 0 < len(email) <= LONGEST_EMAIL:
        raise HTTPException(422, "That is no e-mail address.")
    return email
