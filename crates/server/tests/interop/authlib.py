"""An OAuth client by Authlib: it finds everything in the metadata.

A line in is {"do": what, ...}; the line out is what came back, or {"failed": why}.
"""
import json
import sys
import time

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from joserfc.jwk import ECKey, OKPKey, RSAKey

server = session = key = algorithm = None


class Short(PrivateKeyJWT):
    """An assertion for one call; Authlib's own lives for an hour."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


def do_key(asked):
    global key, algorithm
    algorithm = asked["algorithm"]
    made = {"EdDSA": (OKPKey, "Ed25519"), "ES256": (ECKey, "P-256"), "RS256": (RSAKey, 2048)}
    kind, of = made[algorithm]
    key = kind.generate_key(of)
    return key.as_dict(private=False)


def do_begin(asked):
    global server, session
    answer = requests.get(get_well_known_url(asked["issuer"], external=True), timeout=30)
    answer.raise_for_status()
    server = AuthorizationServerMetadata(answer.json())
    assert server["issuer"] == asked["issuer"]
    endpoint, auth = server["token_endpoint"], asked["auth"]
    proof = key if auth == "private_key_jwt" else asked.get("secret")
    session = OAuth2Session(
        asked["client_id"],
        proof,
        token_endpoint=endpoint,
        token_endpoint_auth_method=auth,
        revocation_endpoint_auth_method=auth,
    )
    if auth == "private_key_jwt":
        kind = PrivateKeyJWT if asked.get("by_default") else Short
        session.register_client_auth_method(kind(endpoint, alg=algorithm))
    return dict(server)


def do_refresh(asked):
    return session.refresh_token(server["token_endpoint"], asked["refresh_token"])


def do_credentials(asked):
    return session.fetch_token(grant_type="client_credentials", audience=asked["audience"])


def do_introspect(asked):
    return told(session.introspect_token(server["introspection_endpoint"], token=asked["token"]))


def do_revoke(asked):
    return told(session.revoke_token(server["revocation_endpoint"], token=asked["token"]))


def told(answer):
    body = answer.json() if answer.content else {}
    if answer.ok:
        return body
    raise OAuthError(body.get("error"), body.get("error_description"))


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = globals()["do_" + asked["do"]](asked)
    except OAuthError as error:
        answer = {"failed": error.error, "said": error.description}
    print(json.dumps(answer))
