"""The document of an issued bill: all of it, and all that it rests on, as canonical JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson

from bcm_mqtt.billing.issue.plain import Plain, canonical, essential, plain, restored
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import BillEntry

_FORMAT = "bcm-mqtt bill"
_VERSION = 1
Fingerprints = Mapping[str, str]
"""SHA-256 of each input, hexadecimal, by what it is: `intervals of rpp-1a`."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a bill rests on.

    Attributes:
        tariff: Its rates, None where nothing is priced.
        panels: Those of its circuits.
        edits: Entries about its intervals that hold, the releases of the bill.
        releases: By whom it was released, where it was held for review.
        fingerprints: Of all inputs.
        software: Version of this program.
        audit_sha256: Of the last entry of the audit log; "" before the first.
    """

    tariff: Tariff | None
    panels: tuple[Panel, ...]
    edits: tuple[IntervalEdit, ...]
    releases: tuple[BillRelease, ...]
    fingerprints: Fingerprints
    software: str
    audit_sha256: str = ""


@dataclass(frozen=True, slots=True)
class JointBasis:
    """What a bill over several sites rests on.

    Attributes:
        sites: What the part of each site rests on, by its id.
        fingerprints: Of all inputs of all sites.
        software: Version of this program.
        audit_sha256: As of `Basis`.
    """

    sites: Mapping[str, Basis]
    fingerprints: Fingerprints
    software: str
    audit_sha256: str = ""


def document_of(bill: Bill, basis: Basis | JointBasis | Mapping[str, object]) -> str:
    """The document of a bill that is being issued; its own hash is not in it."""
    return canonical({"format": _FORMAT, "version": _VERSION, "bill": bill, "basis": basis})


def chained(previous: str, document: str) -> str:
    """SHA-256, hexadecimal, of a document and of the bill before it ("" before the first)."""
    return sha256(f"{previous}\n{document}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Issued:
    """What a document says.

    Attributes:
        bill: With the hash that it has by its document, and its stored signature.
        fingerprints: Of its inputs.
        software: Version of the program that issued it.
        audit_sha256: Of the last entry of the audit log then; "" before the first.
    """

    bill: Bill
    fingerprints: Fingerprints
    software: str
    audit_sha256: str = ""


def issued_of(entry: BillEntry) -> Issued:
    """What a stored bill's document says.

    Raises:
        ValueError: it is no document of a bill.
    """
    document: Plain = orjson.loads(entry.document)
    match document:
        case {
            "format": "bcm-mqtt bill",
            "version": 1,
            "bill": written,
            "basis": {"fingerprints": dict(fingerprints), "software": str(software), **others},
        }:
            bill = restored(Bill, written)
        case _:
            raise ValueError(f"expected a {_FORMAT} of version {_VERSION}")
    if bill.issue is None:
        raise ValueError("it was not issued")
    digest = chained(entry.previous_sha256, entry.document)
    bill = replace(bill, issue=replace(bill.issue, sha256=digest, signature=entry.signature))
    prints = {name: str(value) for name, value in fingerprints.items()}
    return Issued(bill, prints, software, str(others.get("audit_sha256", "")))


def bill_of_entry(entry: BillEntry) -> Bill:
    """The bill as it was issued, and whether a later one has replaced it.

    Raises:
        WorkError: its document is not as it was issued.
    """
    if chained(entry.previous_sha256, entry.document) != entry.sha256:
        raise WorkError(f"bill {entry.number} is not as it was issued: see bcm-mqtt bill verify")
    bill = issued_of(entry).bill
    return replace(bill, status=BillStatus.SUPERSEDED) if entry.superseded else bill


def figures(bill: Bill) -> Plain:
    """What makes two bills of a month differ; words and stated uncertainties do not."""
    lines = [
        [one.kind, one.label, one.quantity, one.unit, one.price, one.amount] for one in bill.lines
    ]
    determinants = [
        [one.name, one.quantity, one.unit, one.start, one.end] for one in bill.determinants
    ]
    spans = [
        [row.panel, essential(row.circuit), row.period, row.start, row.end] for row in bill.usage
    ]
    energy = [[row.kwh, row.estimated_kwh, row.edited_kwh] for row in bill.usage]
    return plain([lines, determinants, spans, energy])
