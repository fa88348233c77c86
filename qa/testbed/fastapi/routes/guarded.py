"""Pages that are for some and not for others."""

from fastapi import FastAPI, HTTPException, Response

import pages
from site_parts import Site
from visit import ThisVisit

# The number of an order, and whose it is.
ORDERS = {"1": "alice", "2": "root"}


def add(app: FastAPI, site: Site) -> None:
    flaws = site.flaws

    @app.get("/admin")
    async def admin(visit: ThisVisit) -> Response:
        account = visit.signed_in()
        if account.role != "admin" and not flaws.on("access-role"):
            raise HTTPException(401 if flaws.on("access-403") else 403, "This page is for administrators.")
        return admin_page(site)

    if flaws.on("access-path"):

        @app.get("/admin/")
        async def admin_with_a_slash() -> Response:
            return admin_page(site)

    @app.get("/orders/{number}")
    async def order(visit: ThisVisit, number: str) -> Response:
        owner = ORDERS.get(number)
        if owner is None:
            raise HTTPException(404)
        open_to_all = number == "2" and flaws.on("access-owned")
        if visit.signed_in().name != owner and not open_to_all:
            raise HTTPException(403, "This order is somebody else's.")
        return pages.page(f"Order {number}", f"<p>Ordered by {owner}.</p>")


def admin_page(site: Site) -> Response:
    names = "".join(f"<li>{pages.escape(name)}</li>" for name in site.accounts.names())
    return pages.page("Administration", f"<p>Accounts:</p>\n<ul>{names}</ul>")
