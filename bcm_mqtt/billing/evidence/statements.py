"""What is signed and noted: statements as bytes, and heads of the chain as text and back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEAD: Final = re.compile(
    r"(?:\bseller\W+([a-z0-9_-]{1,200})\W+)?\bbill\W+(\d{1,9})\W+sha-?256\W+([0-9a-f]{64})\b",
    re.IGNORECASE,
)
"""As a head has it, and as the table and the JSON of `bill verify` end."""
_AUDIT: Final = re.compile(r"\baudit log\W+([0-9a-f]{64})\b", re.IGNORECASE)


def bill_statement(number: int, sha256: str) -> bytes:
    """What is signed of a bill.

    Args:
        number: Of the bill.
        sha256: Of its document and of the bill before it, hexadecimal. The document has the
            number, the time of issue, the rule set, SHA-256 of all inputs, the head of the audit
            log, and all that a customer sees.
    """
    return f"bcm-mqtt bill\nnumber {number}\nsha256 {sha256}\n".encode()


def file_statement(
    sha256: str, month: str, bill: tuple[int, str] | None, form: str, text: str | None
) -> bytes:
    """What is signed of a file that is handed out.

    Args:
        sha256: Of its bytes, hexadecimal.
        month: That it is of.
        bill: Number and SHA-256 of its bill; None of a report of the month.
        form: Its format.
        text: SHA-256 of its visible text, hexadecimal.
    """
    of_bill = " ".join(map(str, bill)) if bill else "-"
    about = f"month {month}\nbill {of_bill}\nformat {form}\n"
    return f"bcm-mqtt file\nsha256 {sha256}\n{about}text {text or '-'}\n".encode()


@dataclass(frozen=True, slots=True)
class Head:
    """The chain of bills as it was at some time.

    Attributes:
        bill: Number of the last bill.
        sha256: Of that bill and of all before it, hexadecimal.
        audit_sha256: Of the last entry of the audit log when it was issued; "" before the first.
        seller: Number series of the bill; "" of a site that names no seller.
    """

    bill: int
    sha256: str
    audit_sha256: str = ""
    seller: str = ""

    @property
    def text(self) -> str:
        """Lines short enough for a mail, which `read_heads` reads."""
        lines = [f"seller {self.seller}"] if self.seller else []
        lines += [f"bill {self.bill}", f"SHA-256 {self.sha256}"]
        if self.audit_sha256:
            lines.append(f"audit log {self.audit_sha256}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Noted:
    """What a text has noted of the chains.

    Attributes:
        heads: Of bills, without the audit log's.
        audit: Hashes of entries of the audit log.
    """

    heads: tuple[Head, ...] = ()
    audit: tuple[str, ...] = ()


def noted_in(text: str) -> Noted:
    """The heads in a text, such as a mail, a kept head, or what `bill verify` printed."""
    return Noted(tuple(dict.fromkeys(_heads(text))), tuple(dict.fromkeys(_audits(text))))


def _heads(text: str) -> Iterator[Head]:
    for seller, number, sha256 in _HEAD.findall(text):
        yield Head(int(number), sha256.lower(), seller=seller.lower())


def _audits(text: str) -> Iterator[str]:
    yield from map(str.lower, _AUDIT.findall(text))
