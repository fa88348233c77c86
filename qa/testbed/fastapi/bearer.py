"""Who calls the API, by the access token of the request."""

from fastapi import HTTPException, Request

from refusals import unauthorized
from site_parts import Site
from tokens import Access, BadToken


async def caller(site: Site, request: Request, in_query: bool = False) -> Access:
    flaws = site.flaws
    presented = request.headers.getlist("authorization")
    if not presented and in_query and flaws.on("jwt-in-query") and "access_token" in request.query_params:
        presented = [f"Bearer {request.query_params['access_token']}"]
    if not presented:
        if flaws.on("access-401") and request.url.path == "/api/me":
            raise HTTPException(403, "An access token is needed.")
        raise unauthorized("An access token is needed.", flaws)
    scheme, _, token = presented[0].partition(" ")
    try:
        if len(presented) != 1 or scheme.lower() != "bearer":
            raise BadToken
        access = await site.tokens.read(token.strip())
        if site.families.is_dead(access.jti):
            raise BadToken
    except BadToken:
        raise unauthorized("The access token is not valid.", flaws, 'Bearer error="invalid_token"') from None
    return access
