"""The authenticity tokens. Each form has one of its own, which is good for its method and action alone; scripts take the
one from the head of the page, which is good for all."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

LENGTH = 32


def for_form(secret: bytes, method: str, path: str) -> str:
    return mask(bound(secret, method, path))


def for_page(secret: bytes) -> str:
    return mask(general(secret))


def fits(secret: bytes, sent: str, method: str, path: str) -> bool:
    token = unmask(sent)
    if token is None:
        return False
    good = (bound(secret, method, path), general(secret))
    return any([hmac.compare_digest(token, one) for one in good])


def bound(secret: bytes, method: str, path: str) -> bytes:
    return hmac.digest(secret, f"{method.lower()} {path}".encode(), "sha256")


def general(secret: bytes) -> bytes:
    # No method is written like this, so no form's token is this one.
    return hmac.digest(secret, b"! general", "sha256")


# Under a new pad each time: the size of a compressed page would else give the token away, letter by letter, to somebody
# who can have guesses written into the same page.
def mask(token: bytes) -> str:
    pad = secrets.token_bytes(LENGTH)
    return urlsafe_b64encode(pad + xor(pad, token)).rstrip(b"=").decode()


def unmask(text: str) -> bytes | None:
    try:
        masked = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return None
    return xor(masked[:LENGTH], masked[LENGTH:]) if len(masked) == 2 * LENGTH else None


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other))
