"""Changing one's own password."""

from fastapi import FastAPI, Request, Response

import csrf
import pages
import passwords
from reading import read_form
from site_parts import Site
from visit import ThisVisit, Visit


def add(app: FastAPI, site: Site) -> None:
    flaws = site.flaws
    asks_current = not flaws.on("password-current")

    def form_page(visit: Visit, complaint: str | None = None, status: int = 200) -> Response:
        form = pages.password_form(visit.any_session().csrf, asks_current, complaint)
        return pages.page("Change the password", form, status)

    @app.get("/account/password")
    async def password_form(visit: ThisVisit) -> Response:
        visit.signed_in()
        return form_page(visit)

    @app.post("/account/password")
    async def change_password(request: Request, visit: ThisVisit) -> Response:
        form = await read_form(request)
        csrf.guard(site, request, visit, form.get("csrf"))
        account = visit.signed_in()
        if asks_current and not account.password.matches(form.get("current_password", "")):
            return form_page(visit, "The current password is wrong.", 403)
        new = form.get("new_password", "")
        if (objection := passwords.objection(new, flaws)) is not None:
            return form_page(visit, objection, 422)
        site.accounts.set_password(account, new)
        # Whoever got in with the old password is out from here on, by whichever way.
        if not flaws.on("session-password-change"):
            site.sessions.end_all_of(account.name, but=visit.session)
        site.families.end_all_of(account.name)
        visit.renew()
        return pages.to("/account")
