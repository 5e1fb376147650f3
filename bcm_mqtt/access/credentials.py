"""Passwords and their hashes (Argon2id), and secrets that are made here."""

import re
from functools import cache
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from importlib.resources import files
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
    if _is_common(password):
        return "password: it is among those that everybody tries first: expected another one"
    return ""


_ROWS = "01234567890123456789 abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl zxcvbnm"
_RUNS = f"{_ROWS} {_ROWS[::-1]}"
_SHORTEST_RUN = 4


def _is_common(password: str) -> bool:
    """Whether it is a common one, with digits around it, twice in a row, or keys in a row."""
    text = _one_way_typed(password).casefold()
    once = re.sub(r"^(.+?)\1+$", r"\1", text)
    word = re.sub(r"^[^a-z]+|[^a-z]+$", "", once)
    return _outside_runs(text) < SHORTEST // 3 or not _common().isdisjoint({once, word})


def _outside_runs(text: str) -> int:
    """How many characters are not part of a row of keys or of the alphabet."""
    count, at = 0, 0
    while at < len(text):
        end = at + _SHORTEST_RUN
        if len(text) < end or text[at:end] not in _RUNS:
            count, at = count + 1, at + 1
            continue
        while end < len(text) and text[at : end + 1] in _RUNS:
            end += 1
        at = end
    return count


@cache
def _common() -> frozenset[str]:
    text = (files(__package__) / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


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


def new_device(name: str, password_hash: str) -> str:
    """What a browser that has logged in shows from then on, to be known the next time.

    It is worth nothing without the password, and over with the password.
    """
    nonce = token_urlsafe(_BYTES // 2)
    return f"{nonce}.{_device_mac(nonce, name, password_hash)}"


def known_device(shown: str, name: str, password_hash: str) -> str:
    """Which browser of an account it is, by what it shows; "" where it is none."""
    nonce, _, mac = shown[:LONGEST].partition(".")
    expected = _device_mac(nonce, name, password_hash)
    return nonce if nonce and compare_digest(mac.encode(), expected.encode()) else ""


def _device_mac(nonce: str, name: str, password_hash: str) -> str:
    key = sha256(b"device " + password_hash.encode()).digest()
    return hmac(key, f"{nonce} {name}".encode(errors="replace"), sha256).hexdigest()


def csrf_of(secret: str) -> str:
    """What a session's pages send with each change: known to whoever can read them."""
    return sha256(b"csrf " + secret.encode(errors="replace")).hexdigest()
