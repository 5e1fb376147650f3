"""Keys, signatures and encryption of SNMPv3's user-based security model.

RFC 3414 (the model, SHA-1), RFC 7860 (SHA-2), RFC 3826 (AES with 128 bits). MD5 and DES are not
here: both are broken.
"""

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
    from cryptography.hazmat.primitives.ciphers import Cipher

_STRETCHED: Final = 1_048_576
"""Bytes of the password, again and again, that a key is made of: RFC 3414, section 2.6."""
_KEY_SIZE: Final = 16
_COUNTER_SIZE: Final = 8


class Auth(StrEnum):
    """How messages are signed."""

    SHA = "sha"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"

    @property
    def digest(self) -> str:
        """Name of the hash function."""
        return "sha1" if self is Auth.SHA else self.value

    @property
    def size(self) -> int:
        """Bytes of the signature that a message carries."""
        return {"sha": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}[self.value]


class Privacy(StrEnum):
    """How messages are encrypted."""

    AES = "aes"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody whom an agent knows.

    Attributes:
        name: As the agent has it.
        auth: None where messages are not signed.
        auth_password: At least 8 characters.
        privacy: None where messages are not encrypted.
        privacy_password: At least 8 characters.
        context: In which the agent has the values; most have only the one without a name.
    """

    name: str
    auth: Auth | None = None
    auth_password: str = ""
    privacy: Privacy | None = None
    privacy_password: str = ""
    context: str = ""

    def __repr__(self) -> str:
        """Without the passwords."""
        return f"User({self.name!r})"

    def auth_key(self, engine: bytes) -> bytes:
        """With which messages to and from an engine are signed."""
        return _localised(self.auth, self.auth_password, engine) if self.auth else b""

    def privacy_key(self, engine: bytes) -> bytes:
        """With which messages to and from an engine are encrypted."""
        if not (self.auth and self.privacy):
            return b""
        return _localised(self.auth, self.privacy_password, engine)[:_KEY_SIZE]


@cache
def _stretched(auth: Auth, password: str) -> bytes:
    text = password.encode()
    times, rest = divmod(_STRETCHED, len(text))
    return hashlib.new(auth.digest, text * times + text[:rest]).digest()


def _localised(auth: Auth, password: str, engine: bytes) -> bytes:
    key = _stretched(auth, password)
    return hashlib.new(auth.digest, key + engine + key).digest()


def signature(auth: Auth, key: bytes, message: bytes) -> bytes:
    """Of a message in which the signature's place is filled with zeros."""
    return hmac.digest(key, message, auth.digest)[: auth.size]


def encrypted(key: bytes, boots: int, time: int, salt: bytes, content: bytes) -> bytes:
    """A scoped PDU, by AES-128 in the mode CFB."""
    encryptor = _cipher(key, boots, time, salt).encryptor()
    return encryptor.update(content) + encryptor.finalize()


def decrypted(key: bytes, boots: int, time: int, salt: bytes, content: bytes) -> bytes:
    """What was encrypted so."""
    decryptor = _cipher(key, boots, time, salt).decryptor()
    return decryptor.update(content) + decryptor.finalize()


def _cipher(key: bytes, boots: int, time: int, salt: bytes) -> "Cipher[CFB]":
    # Large, and only for users with privacy.
    from cryptography.hazmat.decrepit.ciphers.modes import CFB  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415

    start = boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
    return Cipher(AES(key), CFB(start))


def salt_of(number: int) -> bytes:
    """The salt of a message, another one for each."""
    return number.to_bytes(_COUNTER_SIZE, "big")
