"""Passwords: what they must be, and their hashes (Argon2id)."""

from functools import cache
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
        fits = _HASHER.verify(password_hash or _nobodys(), _one_way_typed(password[:LONGEST]))
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
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
