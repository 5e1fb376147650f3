"""The site's signing keys (Ed25519, RFC 8032) in a file of their own, which no database holds.

The file is JSON: each key with the number of the first bill that it signs, the last one with its
private part. A retired key stays without it, so that its bills can be checked and none can be
signed with it.
"""

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bcm_mqtt.domain.time import from_text, to_text, whole_ms
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import sync_folder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_FORMAT: Final = "bcm-mqtt signing keys"
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and which bills it signs.

    Attributes:
        public_key: Base64.
        first_bill: Number of the first bill that it signs.
        made: When, UTC.
        private_key: Base64; "" of a retired key.
    """

    public_key: str
    first_bill: int
    made: datetime
    private_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with the private part of a key."""

    public_key: str
    _private_key: str = field(repr=False)

    def sign(self, statement: bytes) -> str:
        """The signature of a statement, base64."""
        return b64encode(_private(self._private_key).sign(statement)).decode()


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys of a site, the first one first."""

    file: Path
    keys: tuple[SigningKey, ...]

    @property
    def signer(self) -> Signer:
        """Of the last key, which signs."""
        last = self.keys[-1]
        return Signer(last.public_key, last.private_key)


def is_signed_by(public_key: str, signature: str, statement: bytes) -> bool:
    """Whether a signature is that of a statement by a key; both are base64."""
    # Not at the top: a service that neither signs nor checks starts without cryptography.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
        key.verify(b64decode(signature, validate=True), statement)
    except (Base64Error, ValueError, InvalidSignature):
        return False
    return True


def is_public_key(text: str) -> bool:
    """Whether a text is a public key in base64."""
    with suppress(Base64Error, ValueError):
        return len(b64decode(text, validate=True)) == _KEY_BYTES
    return False


def read_keys(file: Path) -> KeyFile | None:
    """The keys of a file; None where there is no such file.

    Raises:
        InputError: it holds something else.
        WorkError: it cannot be read.
    """
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorkError(f"{file}: the signing key cannot be read: {error.strerror}") from error
    except ValueError:
        data = None
    keys = _keys_of(data)
    if not keys:
        message = "expected the signing keys that bcm-mqtt wrote: restore the file from a backup"
        raise InputError.of(message, source=str(file))
    return KeyFile(file, keys)


def make_keys(file: Path, first_bill: int, at: datetime) -> KeyFile:
    """Makes a file with a first key; where another process has just made it, reads that.

    Raises:
        WorkError: it cannot be written.
    """
    made = KeyFile(file, (_new_key(first_bill, at),))
    _write(made, as_new=True)
    return read_keys(file) or made


def rotate_keys(keys: KeyFile, first_bill: int, at: datetime) -> KeyFile:
    """Retires the last key, whose private part is forgotten, and makes another.

    Raises:
        WorkError: the file cannot be written.
    """
    retired = tuple(
        replace(one, private_key="") for one in keys.keys if one.first_bill < first_bill
    )
    made = KeyFile(keys.file, (*retired, _new_key(first_bill, at)))
    _write(made, as_new=False)
    return made


def _private(encoded: str) -> "Ed25519PrivateKey":
    """The key of a private part; raises ValueError where it is none."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - as above

    return ed25519.Ed25519PrivateKey.from_private_bytes(b64decode(encoded, validate=True))


def _new_key(first_bill: int, at: datetime) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - as above

    key = ed25519.Ed25519PrivateKey.generate()
    public, private = key.public_key().public_bytes_raw(), key.private_bytes_raw()
    return SigningKey(
        b64encode(public).decode(), first_bill, whole_ms(at), b64encode(private).decode()
    )


def _write(keys: KeyFile, *, as_new: bool) -> None:
    """Whole or not at all, for its owner alone; `as_new` leaves a file that is there."""
    data = {"format": _FORMAT, "version": 1, "keys": list(map(_plain, keys.keys))}
    unfinished = keys.file.with_name(f".{keys.file.name}.{os.getpid()}")
    try:
        keys.file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            unfinished.unlink()
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            json.dump(data, out, indent=2)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
        if as_new:
            with suppress(FileExistsError):
                os.link(unfinished, keys.file)
            unfinished.unlink()
        else:
            unfinished.replace(keys.file)
        sync_folder(keys.file.parent)  # before a bill has its signature
    except OSError as error:
        expected = "expected a folder to write to: see billing.signing_key"
        message = f"{keys.file}: the signing key cannot be written: {error.strerror}: {expected}"
        raise WorkError(message) from error


def _plain(key: SigningKey) -> Mapping[str, object]:
    private = {"private_key": key.private_key} if key.private_key else {}
    return {
        "public_key": key.public_key,
        "first_bill": key.first_bill,
        "made": to_text(key.made),
        **private,
    }


def _keys_of(data: Any) -> tuple[SigningKey, ...]:  # noqa: ANN401 - whatever is in the file
    """The keys of a file's JSON; none where it is not what was written."""
    match data:
        case {"format": "bcm-mqtt signing keys", "version": 1, "keys": [*written]}:
            try:
                keys = tuple(
                    SigningKey(
                        one["public_key"],
                        int(one["first_bill"]),
                        from_text(one["made"]),
                        one.get("private_key", ""),
                    )
                    for one in written
                )
                is_whole = bool(keys) and _is_pair(keys[-1])
            except (KeyError, TypeError, ValueError, AttributeError):
                return ()
            return keys if is_whole and all(is_public_key(one.public_key) for one in keys) else ()
    return ()


def _is_pair(key: SigningKey) -> bool:
    """Whether the private part of a key is that of its public part."""
    private = _private(key.private_key)
    return b64encode(private.public_key().public_bytes_raw()).decode() == key.public_key
