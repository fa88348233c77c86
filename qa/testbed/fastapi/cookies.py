"""The cookie that carries the id of a session, in both directions."""

import json
import secrets
import time

import jws
from accounts import Accounts
from flaws import Flaws
from sessions import Session

# Nobody else has it, and it ends with the process, as the sessions do.
COOKIE_KEY = secrets.token_bytes(32)


def cookie_name(flaws: Flaws) -> str:
    if flaws.on("cookie-secure") or flaws.on("cookie-prefix"):
        return "sid"
    return "__Secure-sid" if flaws.on("cookie-domain") else "__Host-sid"


def presented_id(headers: list[str], flaws: Flaws) -> str | None:
    """The id in the `Cookie` headers of a request, if there is exactly one cookie of that name."""
    pairs = [pair.strip().partition("=") for header in headers for pair in header.split(";")]
    values = [value for name, _, value in pairs if name == cookie_name(flaws)]
    # Two of them means that one was planted; which one cannot be told.
    if len(values) != 1 or not values[0]:
        return None
    if flaws.on("cookie-opaque"):
        return values[0].partition(".")[0]
    if flaws.on("cookie-opaque~jwt"):
        claims = jws.read_hs256(values[0], COOKIE_KEY)
        return claims["sid"] if claims and claims["exp"] > time.time() else None
    return values[0]


def cookie_value(session: Session, accounts: Accounts, flaws: Flaws) -> str:
    account = accounts.find(session.user)
    if flaws.on("cookie-opaque"):
        shown = {"user": account.name, "role": account.role} if account else {"user": None, "role": None}
        return f"{session.id}.{jws.base64url(json.dumps(shown).encode())}"
    if flaws.on("cookie-opaque~jwt"):
        claims = {"sid": session.id, "exp": int(time.time()) + 3600}
        if account:
            claims |= {"sub": account.name, "email": account.email}
        return jws.hs256({"alg": "HS256", "typ": "JWT"}, claims, COOKIE_KEY)
    return session.id


def set_cookie(value: str, flaws: Flaws) -> str:
    lifetime = f"; Max-Age={400 * 24 * 3600}" if flaws.on("cookie-lifetime") else ""
    return f"{cookie_name(flaws)}={value}; {attributes(flaws)}{lifetime}"


def delete_cookie(flaws: Flaws) -> str:
    return f"{cookie_name(flaws)}=; {attributes(flaws)}; Max-Age=0"


def attributes(flaws: Flaws) -> str:
    parts = ["Path=/"]
    if flaws.on("cookie-domain"):
        parts.append("Domain=127.0.0.1")
    if not flaws.on("cookie-httponly"):
        parts.append("HttpOnly")
    if not flaws.on("cookie-secure"):
        parts.append("Secure")
    if flaws.on("cookie-samesite~none"):
        parts.append("SameSite=None")
    elif not flaws.on("cookie-samesite"):
        parts.append("SameSite=Lax")
    return "; ".join(parts)
