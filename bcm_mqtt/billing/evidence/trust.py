"""Which keys are believed: those of the site's file, or those that somebody has in print."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from bcm_mqtt.billing.evidence.keys import KeyFile, is_signed_by
from bcm_mqtt.billing.evidence.statements import Noted, bill_statement
from bcm_mqtt.billing.evidence.time_stamps import TimeStampService


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys that bills may be signed with.

    Attributes:
        keys: Number of the first bill that each signs, with the key, in order; empty where
            there is no file of keys.
        given: Keys that somebody has in print, which are believed instead of `keys`.
        missing: The file of keys, where there is none.
    """

    keys: tuple[tuple[int, str], ...] = ()
    given: frozenset[str] = frozenset()
    missing: str = ""

    @classmethod
    def of(cls, keys: KeyFile | None, given: Collection[str] = (), missing: str = "") -> "Trust":
        """The trust in a file of keys, or in keys that are given."""
        known = keys.keys if keys else ()
        return cls(
            tuple((one.first_bill, one.public_key) for one in known), frozenset(given), missing
        )

    def is_by_the_site(self, signature: str | None, statement: bytes) -> bool:
        """Whether any of the keys has signed a statement."""
        keys = self.given or {key for _, key in self.keys}
        return any(is_signed_by(key, signature or "", statement) for key in keys)

    def fault(self, number: int, sha256: str, public_key: str, signature: str) -> str:
        """What is wrong with the signature of a bill, or "".

        Args:
            number: Of the bill.
            sha256: Of its document and of the bill before it.
            public_key: That its document names, or "".
            signature: As it is stored, or "".
        """
        first = self.keys[0][0] if self.keys else None
        must_be_signed = bool(public_key) or (first is not None and number >= first)
        if not signature:
            return "its signature is missing" if must_be_signed else ""
        if not self.given and not self.keys:
            place = self.missing or "the file of signing keys"
            return (
                f"its signature cannot be checked: there is no {place}: restore it from a backup, "
                "or give the key that is printed on bills: --public-key"
            )
        statement = bill_statement(number, sha256)
        signed = any(is_signed_by(key, signature, statement) for key in self._keys_for(number))
        return "" if signed else "its signature is not by the site's key"

    def _keys_for(self, number: int) -> Collection[str]:
        """Those that may have signed a bill."""
        if self.given:
            return self.given
        begun = [key for first, key in self.keys if first <= number]
        return begun[-1:]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stored bills are held against.

    Attributes:
        trust: In which keys, to check signatures.
        noted: Heads of the chains that somebody kept elsewhere.
        service: That stamped them; None where there is none.
    """

    trust: Trust = field(default_factory=Trust)
    noted: Noted = field(default_factory=Noted)
    service: TimeStampService | None = None


NO_EVIDENCE: Final = Evidence()
