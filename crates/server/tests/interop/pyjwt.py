"""Checks access tokens with PyJWT, as an API in Python would.

The first line says what is expected; each line after it is a token, and its answer {"good": claims} or {"refused": why}.
"""
import json
import sys

import jwt

keys = expected = None


def answer(asked):
    global keys, expected
    if "begin" in asked:
        expected = asked["begin"]
        keys = jwt.PyJWKClient(expected["jwks"], lifespan=0.5, cooldown_duration=0)
        return {}
    try:
        key = keys.get_signing_key_from_jwt(asked["token"])
        whole = jwt.decode_complete(
            asked["token"],
            key,
            algorithms=expected["algorithms"],
            issuer=expected["issuer"],
            audience=expected["audience"],
            options={"require": ["iss", "aud", "sub", "exp", "iat", "jti", "client_id"]},
        )
        # The library leaves the type to its user.
        if whole["header"].get("typ") != expected["typ"]:
            raise jwt.InvalidTokenError("the typ is another")
        return {"good": whole["payload"]}
    except jwt.PyJWTError as error:
        return {"refused": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
