"""Reads bodies of requests. What cannot be read is refused with one sentence."""

import json
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

LARGEST = 64 * 1024
UNREADABLE = "The body of the request cannot be read."


async def read_form(request: Request) -> dict[str, str]:
    body = await read_body(request)
    if not body:
        return {}
    if content_type(request) != "application/x-www-form-urlencoded":
        raise HTTPException(415, "This takes a form.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise HTTPException(400, UNREADABLE) from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise HTTPException(400, UNREADABLE)
    return form


async def read_json(request: Request, *names: str) -> list[str]:
    """The texts of these names, in this order."""
    try:
        return texts(parse_json(await read_body(request)), names)
    except (ValueError, RecursionError):
        raise HTTPException(400, UNREADABLE) from None


def parse_json(body: bytes) -> object:
    return json.loads(body.decode())


def texts(value: object, names: tuple[str, ...]) -> list[str]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    found = [value.get(name) for name in names]
    for text in found:
        if not isinstance(text, str):
            raise ValueError("not a text")
        # JSON can spell halves of characters, which no other text can hold.
        text.encode()
    return found


def want_json(request: Request, *also: str) -> None:
    if content_type(request) not in ("application/json", *also):
        raise HTTPException(415, "This takes JSON.")


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise HTTPException(413, "The body of the request is too large.")
    return bytes(body)
