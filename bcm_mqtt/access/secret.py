"""Secrets that are made here: 256 random bits, of which only a hash is stored."""

from hashlib import sha256
from secrets import token_urlsafe

TOKEN_PREFIX = "bcm_"  # noqa: S105 - by which people and scanners know one in a file
_BYTES = 32


def new_session() -> str:
    """The secret of a session, for its cookie."""
    return token_urlsafe(_BYTES)


def new_token() -> str:
    """The secret of a program."""
    return TOKEN_PREFIX + token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """What is stored of a secret. It needs no salt: nobody can list its possible values."""
    return sha256(secret.encode(errors="replace")).hexdigest()


def csrf_of(secret: str) -> str:
    """What a session's pages send with each change: known to whoever can read them."""
    return sha256(b"csrf " + secret.encode(errors="replace")).hexdigest()
