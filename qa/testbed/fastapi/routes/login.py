"""Signing in and out, and what happens to a forgotten password."""

from fastapi import FastAPI, Request, Response

import csrf
import pages
from reading import read_form
from signin import sign_in
from site_parts import Site
from visit import ThisVisit, Visit


def add(app: FastAPI, site: Site) -> None:
    flaws = site.flaws

    @app.get("/login")
    async def login_form(request: Request, visit: ThisVisit, next: str = "") -> Response:
        query = dict(request.query_params)
        if flaws.on("login-form-get") and "username" in query and "password" in query:
            csrf.guard(site, request, visit, query.get("csrf"))
            return login_answer(site, visit, query)
        return login_page(site, visit, next)

    @app.post("/login")
    async def login(request: Request, visit: ThisVisit) -> Response:
        form = await read_form(request)
        csrf.guard(site, request, visit, form.get("csrf"), open_with="csrf-login")
        return login_answer(site, visit, form)

    @app.post("/logout")
    async def logout(request: Request, visit: ThisVisit) -> Response:
        form = await read_form(request)
        csrf.guard(site, request, visit, form.get("csrf"), open_with="csrf-logout")
        visit.sign_out()
        return pages.to("/")

    if flaws.on("logout-get"):

        @app.get("/logout")
        async def logout_by_link(visit: ThisVisit) -> Response:
            visit.sign_out()
            return pages.to("/")

    @app.get("/forgot")
    async def forgot_form(visit: ThisVisit) -> Response:
        return forgot_page(visit)

    @app.post("/forgot")
    async def forgot(request: Request, visit: ThisVisit) -> Response:
        form = await read_form(request)
        csrf.guard(site, request, visit, form.get("csrf"))
        if flaws.on("reset-enumeration") and site.accounts.find(form.get("username")) is None:
            return forgot_page(visit, "No such user")
        return forgot_page(visit, "If there is such an account, a message is on its way to it.")


def login_answer(site: Site, visit: Visit, form: dict[str, str]) -> Response:
    name, target = form.get("username", ""), form.get("next", "")
    tried = sign_in(site, name, form.get("password", ""))
    if tried.wait:
        complaint = "There were too many tries. Wait a minute."
        return login_page(site, visit, target, complaint, 429, {"Retry-After": str(tried.wait)})
    if tried.account is None:
        return login_page(site, visit, target, *wrong(site, name))
    visit.sign_in(tried.account)
    return pages.to(after_login(site, visit, target))


def wrong(site: Site, name: str) -> tuple[str, int]:
    if site.accounts.find(name) is None:
        if site.flaws.on("login-enumeration"):
            return "There is no such user.", 401
        if site.flaws.on("login-enumeration~status"):
            return "There is no such user.", 404
    return "The name or the password is wrong.", 401


def after_login(site: Site, visit: Visit, target: str) -> str:
    if site.flaws.on("login-redirect"):
        return target or "/account"
    if not is_path_here(target):
        target = "/account"
    if site.flaws.on("session-id-in-url") and target == "/account":
        return f"/account?sid={visit.session.id}"
    return target


def is_path_here(target: str) -> bool:
    # Browsers read `//host` and `/\host` as another site, and skip tabs and line ends when they look.
    return target[:1] == "/" and target[1:2] not in ("/", "\\") and target.isascii() and target.isprintable()


def login_page(
    site: Site,
    visit: Visit,
    target: str,
    complaint: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    method = "get" if site.flaws.on("login-form-get") else "post"
    form = pages.login_form(visit.any_session().csrf, target, method, complaint)
    return pages.page("Sign in", form, status, headers)


def forgot_page(visit: Visit, answer: str | None = None) -> Response:
    return pages.page("Forgotten password", pages.forgot_form(visit.any_session().csrf, answer))
