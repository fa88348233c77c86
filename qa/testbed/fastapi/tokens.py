"""Access tokens: made here, and checked here in everything that they say."""

import secrets
import time
import uuid
from dataclasses import dataclass

import jwt

import jws
import mistrusted
from accounts import Account, Accounts
from flaws import Flaws
from keys import Keys

TYPE = "at+jwt"
MONTH = 30 * 24 * 3600
REFRESH_LIFETIME = 24 * 3600
PERMISSIONS = [f"{thing}:{deed}" for thing in ("order", "product", "user") for deed in ("add", "read", "edit", "drop")]
REQUIRED = ("iss", "aud", "sub", "iat", "exp", "jti")


class BadToken(Exception):
    pass


@dataclass(frozen=True)
class Access:
    account: Account
    jti: str


class Tokens:
    def __init__(self, settings, keys: Keys, accounts: Accounts, flaws: Flaws):
        self._settings = settings
        self._keys = keys
        self._accounts = accounts
        self._flaws = flaws
        self.lifetime = MONTH if flaws.on("jwt-lifetime") else settings.token_lifetime

    def new_access(self, account: Account) -> tuple[str, str]:
        """The token, and the id in it."""
        claims = self._claims(account, self.lifetime)
        if self._flaws.on("jwt-no-expiry"):
            del claims["exp"]
        if self._flaws.on("jwt-personal"):
            claims |= {"email": account.email, "name": account.name}
        if self._flaws.on("jwt-permissions"):
            claims["permissions"] = PERMISSIONS
        if self._flaws.on("jwt-size"):
            claims["groups"] = [uuid.uuid4().hex for _ in range(60)]
        return self._sign(claims, TYPE), claims["jti"]

    def new_foreign(self, account: Account) -> str:
        """A token that is right in everything, and meant for somebody else."""
        return self._sign(self._claims(account, self.lifetime) | {"aud": "billing"}, TYPE)

    def new_refresh_jwt(self, account: Account) -> tuple[str, str]:
        """What the flaw jwt-type gives out in place of an opaque refresh token."""
        claims = self._claims(account, REFRESH_LIFETIME) | {"use": "refresh"}
        return self._sign(claims, "JWT"), claims["jti"]

    async def read(self, token: str) -> Access:
        try:
            claims = await self._checked(token)
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
            raise BadToken from None
        account = self._accounts.find(claims["sub"])
        if account is None:
            raise BadToken
        return Access(account, claims["jti"])

    async def _checked(self, token: str) -> dict:
        flaws = self._flaws
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE and not (flaws.on("jwt-type") and header.get("typ") == "JWT"):
            raise BadToken
        if "crit" in header:
            raise BadToken
        unsigned = await mistrusted.lets_through(header, token, self._keys, flaws)
        if not unsigned and (header.get("alg") != "RS256" or header.get("kid") != self._keys.kid):
            raise BadToken
        if flaws.on("jwt-weak-secret") and not unsigned:
            raise BadToken
        required = [claim for claim in REQUIRED if claim != "exp" or not flaws.on("jwt-no-expiry")]
        options = {
            "require": required,
            "verify_signature": not unsigned,
            "verify_iss": True,
            "verify_aud": not flaws.on("jwt-audience"),
            "strict_aud": True,
            "verify_exp": not flaws.on("jwt-expired"),
            "verify_iat": True,
            "verify_nbf": True,
            "verify_sub": True,
            "verify_jti": True,
        }
        return jwt.decode(
            token,
            self._keys.public,
            algorithms=["RS256"],
            audience=self._settings.audience,
            issuer=self._settings.origin,
            options=options,
        )

    def _claims(self, account: Account, lifetime: int) -> dict:
        now = int(time.time())
        return {
            "iss": self._settings.origin,
            "aud": self._settings.audience,
            "sub": account.name,
            "iat": now,
            "exp": now + lifetime,
            "jti": secrets.token_urlsafe(16),
        }

    def _sign(self, claims: dict, type: str) -> str:
        header = {"typ": type, "kid": self._keys.kid}
        if self._flaws.on("jwt-weak-secret"):
            return jws.hs256({"alg": "HS256", **header}, claims, mistrusted.WEAK_SECRET)
        return jwt.encode(claims, self._keys.private, "RS256", header)
