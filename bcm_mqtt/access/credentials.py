"""Passwords and their hashes (Argon2id), and secrets that are made here."""

from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 512
"""Characters; more would only be work."""
_HASHER = PasswordHasher()


def password_problem(password: str, name: str) -> str:
    """What is wrong with a new password of an account, or ""."""
    if len(password) < SHORTEST:
        return f"password of {len(password)} characters: expected at least {SHORTEST}"
    if len(password) > LONGEST:
        return f"password of {len(password)} characters: expected at most {LONGEST}"
    if name.casefold() in password.casefold() or len(set(password)) < SHORTEST // 3:
        return "password: expected one without the name in it and of more different characters"
    return ""


def hashed(password: str) -> str:
    """The hash of a password, with its salt and parameters."""
    return _HASHER.hash(_one_way_typed(password))


def matches(password: str, password_hash: str | None) -> bool:
    """Whether a password is that of a hash; takes as long where there is none."""
    try:
        fits = _HASHER.verify(password_hash or _hash_of_none(), _one_way_typed(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(password_hash)


def _one_way_typed(password: str) -> str:
    """Two keyboards may give the same letter as different characters."""
    return normalize("NFKC", password)


@cache
def _hash_of_none() -> str:
    return _HASHER.hash("nobody has this password")


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
