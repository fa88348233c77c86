"""Puts the routes together into one application."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException

import routes.account
import routes.api
import routes.guarded
import routes.login
import routes.open
import routes.password
from edge import Edge
from refusals import answer_refusal
from site_parts import Site


def build(site: Site) -> Edge:
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # `/admin/` is a page that does not exist, not another name of `/admin`.
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.add_exception_handler(HTTPException, answer_refusal)
    for group in (routes.open, routes.login, routes.account, routes.password, routes.guarded, routes.api):
        group.add(app, site)
    return Edge(app, site)
