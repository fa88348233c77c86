"""The API, which knows access tokens and no cookies."""

import traceback

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from bearer import caller
from reading import read_body, read_json, parse_json, want_json
from refusals import unauthorized
from signin import sign_in
from site_parts import Site
from visit import ThisVisit

NO_STORE = {"Cache-Control": "no-store"}


def add(app: FastAPI, site: Site) -> None:
    flaws = site.flaws

    def pair(family, headers: dict[str, str] = NO_STORE) -> Response:
        access, refresh = site.families.issue(family)
        lifetime = site.tokens.lifetime
        content = {"access_token": access, "token_type": "Bearer", "expires_in": lifetime, "refresh_token": refresh}
        return JSONResponse(content, headers=headers)

    @app.post("/api/token")
    async def token(request: Request) -> Response:
        want_json(request)
        if flaws.on("error-details"):
            try:
                parse_json(await request.body())
            except (ValueError, RecursionError):
                return PlainTextResponse(traceback.format_exc(), 500)
        name, password = await read_json(request, "username", "password")
        tried = sign_in(site, name, password)
        if tried.wait:
            raise HTTPException(429, "There were too many tries. Wait a minute.", {"Retry-After": str(tried.wait)})
        if tried.account is None:
            raise unauthorized("The name or the password is wrong.", flaws)
        return pair(site.families.begin(tried.account), {} if flaws.on("token-cache") else NO_STORE)

    @app.post("/api/token/refresh")
    async def refresh(request: Request) -> Response:
        want_json(request)
        [presented] = await read_json(request, "refresh_token")
        family = site.families.use(presented)
        if family is None:
            raise unauthorized("The refresh token is not valid.", flaws)
        return pair(family)

    @app.post("/api/token/revoke")
    async def revoke(request: Request) -> Response:
        await read_body(request)
        site.families.revoke((await caller(site, request)).jti)
        return Response(status_code=204, headers=NO_STORE)

    @app.get("/api/me")
    async def me(request: Request) -> Response:
        account = (await caller(site, request, in_query=True)).account
        return JSONResponse({"name": account.name, "role": account.role}, headers=NO_STORE)

    @app.get("/api/admin")
    async def admin(request: Request) -> Response:
        account = (await caller(site, request)).account
        if account.role != "admin" and not flaws.on("access-role~api"):
            raise HTTPException(403, "This is for administrators.")
        return JSONResponse({"accounts": site.accounts.names()}, headers=NO_STORE)

    @app.get("/.well-known/jwks.json")
    async def key_set() -> Response:
        return JSONResponse(site.keys.published(), headers={"Cache-Control": "public, max-age=300"})

    if flaws.on("token-storage"):

        @app.get("/api/session-token")
        async def session_token(visit: ThisVisit) -> Response:
            if visit.account is None:
                raise unauthorized("Nobody is signed in.", flaws)
            access, _ = site.families.issue(site.families.begin(visit.account))
            return JSONResponse({"access_token": access}, headers=NO_STORE)
