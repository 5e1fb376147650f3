"""The chain of issued bills: numbers, hashes, signatures, and the rows that are copies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.billing.evidence.statements import bill_statement
from bcm_mqtt.billing.evidence.time_stamps import TimeStamp, stamp_faults
from bcm_mqtt.billing.evidence.trust import Evidence
from bcm_mqtt.billing.issue.document import Issued, chained, issued_of
from bcm_mqtt.store import BillEntry, BillRows, ChainEnd, Ledger, row_differences, rows_of


@dataclass(frozen=True, slots=True)
class Fault:
    """A stored bill is not as it was issued; number 0 is the audit log.

    Attributes:
        number: Of the bill.
        what: Is wrong.
        seller: Number series of the bill, where it is not that of the site.
    """

    number: int
    what: str
    seller: str = ""

    def __str__(self) -> str:
        of = f"seller {self.seller}: " if self.seller else ""
        return f"{of}bill {self.number}: {self.what}" if self.number else self.what


class Chain:
    """Checks all bills of a seller that are stored.

    Signatures are those of a site, and are checked of its own bills alone.

    Attributes:
        stored: How many there are, of those that were checked so far.
        elsewhere: How many of them are bills of other sites.
        signed: How many of them have a signature that is by the site's key.
        end: Number and hash of the last one.
        stamped: When a service has stamped bills, by number; of those that are as it saw them.
    """

    def __init__(self, ledger: Ledger, evidence: Evidence) -> None:
        """Checks nothing yet.

        Args:
            ledger: Of the site, in the numbers of the seller.
            evidence: That they are held against.
        """
        self._ledger = ledger
        self._trust = evidence.trust
        self._noted = evidence.noted
        self._heads = [one for one in self._noted.heads if one.seller == ledger.part.seller]
        self._service = evidence.service
        self._statements: dict[int, bytes] = {}
        self.stored = self.elsewhere = 0
        self.signed = 0
        self.end: ChainEnd = (0, "")
        self.stamped = dict[int, datetime]()

    def faults(self) -> Iterator[Fault]:
        """What is not as it was issued, by number."""
        rows = self._ledger.bills.rows()
        valid = {""}  # hashes that the next bill may have been chained to
        for entry in self._ledger.bills.chain():
            missing = range(self.end[0] + 1, entry.number)
            yield from (Fault(number, "is missing") for number in missing)
            if entry.previous_sha256 not in valid and not missing:
                yield Fault(entry.number, f"is not chained to bill {self.end[0]}")
            digest = chained(entry.previous_sha256, entry.document)
            if digest != entry.sha256:
                yield Fault(entry.number, "its document or its hash was changed")
            yield from self._of_document(entry, rows[entry.number])
            yield from self._unexpected(entry)
            valid = {digest, entry.sha256}
            self._statements[entry.number] = bill_statement(entry.number, digest)
            self.end = entry.number, entry.sha256
            self.stored += 1
            self.elsewhere += entry.site != self._ledger.part.site
        last, digest = self._ledger.bills.last_issued()
        yield from (Fault(number, "is missing") for number in range(self.end[0] + 1, last + 1))
        if last <= self.end[0] and (last, digest) != self.end:
            yield Fault(self.end[0], f"is not the bill that was issued last: bill {last} was")
        gone = {one.bill for one in self._heads if one.bill > max(last, self.end[0])}
        yield from (Fault(number, "is missing: a kept head has it") for number in sorted(gone))

    def stamp_faults(self) -> Iterator[Fault]:
        """Which bills are not as a time-stamp service saw them; after `faults`."""
        stamps = self._ledger.time_stamps.all()
        if self._service is None:
            if stamps:
                what = "its time stamp cannot be checked: see billing.time_stamps"
                yield Fault(min(stamps), what)
            return
        made = {number: TimeStamp(*stamp) for number, stamp in stamps.items()}
        found = stamp_faults(self._service, made, self._statements)
        yield from (Fault(number, what) for number, what in found.items())
        self.stamped = {number: one.stamped for number, one in made.items() if number not in found}

    def audit_faults(self) -> Iterator[Fault]:
        """What of the audit log is not as it was entered, and not as a kept head has it."""
        log = self._ledger.audit_log
        yield from (Fault(0, what) for what in log.faults())
        if self._noted.audit and (missing := {*self._noted.audit} - log.hashes()):
            for digest in sorted(missing):
                yield Fault(0, f"the audit log has no entry {digest}, which a kept head has")

    def _of_document(self, entry: BillEntry, rows: BillRows) -> Iterator[Fault]:
        try:
            issued = issued_of(entry)
        except ValueError as error:
            yield Fault(entry.number, f"its document cannot be read: {error}")
            return
        for difference in row_differences(rows, rows_of(issued.bill)):
            yield Fault(entry.number, difference)
        if entry.site == self._ledger.part.site:
            yield from self._of_signature(entry, issued)

    def _of_signature(self, entry: BillEntry, issued: Issued) -> Iterator[Fault]:
        digest = chained(entry.previous_sha256, entry.document)
        public_key = issued.bill.issue.public_key if issued.bill.issue else ""
        if what := self._trust.fault(entry.number, digest, public_key, entry.signature):
            yield Fault(entry.number, what)
        elif entry.signature:
            self.signed += 1

    def _unexpected(self, entry: BillEntry) -> Iterator[Fault]:
        for head in self._heads:
            if head.bill == entry.number and head.sha256 != entry.sha256:
                yield Fault(
                    entry.number,
                    f"its SHA-256 is {entry.sha256}, but a kept head has {head.sha256}: it or a "
                    "bill before it was changed since",
                )
