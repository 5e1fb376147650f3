"""Bills that a restored home database lacks, put back from the copies that its sites have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcm_mqtt.billing.evidence.trust import Trust
from bcm_mqtt.billing.issue.document import issued_of
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import BillEntry, BillingStore, ChainEnd, NewBill


def lacking(store: BillingStore, trust: Trust) -> list[NewBill]:
    """What a site has copies of and its ledger lacks, by number.

    Args:
        store: Of the site.
        trust: In the keys of the site.

    Raises:
        WorkError: a copy is not as it was issued, its number was given to another bill, or a
            database failed.
    """
    last = store.bills.last_issued()[0]
    number, digest = store.copies.last()
    kept = store.bills.entry(number)
    if 0 < number <= last and store.bills.of_seller(number) is None:
        raise WorkError(
            f"bill {number}: the ledger has counted it and has it no longer: it was deleted, "
            "so nothing is put back: restore a backup of the home database first; bcm-mqtt bill "
            "verify shows what is missing"
        )
    if 0 < number <= last and (kept is None or kept.sha256 != digest):
        raise WorkError(
            f"bill {number}: its number was given to another bill after a backup was restored, so "
            "nothing is put back: bcm-mqtt bill verify shows both"
        )
    part = store.ledger.part
    return [_checked(entry, part.seller, trust) for entry in store.copies.issued(after=last)]


def _checked(entry: BillEntry, seller: str, trust: Trust) -> NewBill:
    """A copy as a bill that is stored, once it has been checked like one."""
    try:
        bill = issued_of(entry).bill
    except ValueError as error:
        raise WorkError(f"the copy of bill {entry.number} cannot be read: {error}") from None
    record = bill.issue
    whose = (record.number, record.site, record.seller, record.sha256) if record else ()
    if record is None or whose != (entry.number, entry.site, seller, entry.sha256):
        raise WorkError(f"the copy of bill {entry.number} is not as it was issued")
    if what := trust.fault(entry.number, entry.sha256, record.public_key, entry.signature):
        raise WorkError(f"the copy of bill {entry.number}: {what}")
    return NewBill(bill, entry.previous_sha256, entry.document)


@dataclass(frozen=True, slots=True)
class PutBack:
    """What became of the copies of a seller's bills.

    Attributes:
        bills: That are in the ledger again, by number.
        missing: Number of the first bill that no site has a copy of; 0 where none is missing.
        left: Numbers of the bills after it, which were not put back.
    """

    bills: tuple[Bill, ...]
    missing: int = 0
    left: tuple[int, ...] = ()


def put_back(store: BillingStore, copies: Sequence[NewBill]) -> PutBack:
    """Stores a seller's bills again, each chained to the one before it.

    Args:
        store: Of one of the seller's sites.
        copies: Of all of its sites, checked; at least one.

    Raises:
        WorkError: the database failed.
    """
    by_number = {_number(one.bill): one for one in copies}
    stored = list[Bill]()

    def follow(last: ChainEnd, _entries: object, _counted: object) -> list[NewBill]:
        chain = list(_following(last, by_number))
        stored.extend(one.bill for one in chain)
        return chain

    store.bills.issue(copies[0].bill.month, follow)
    left = sorted(by_number.keys() - set(map(_number, stored)))
    missing = store.bills.last_issued()[0] + 1 if left else 0
    return PutBack(tuple(stored), missing, tuple(left))


def _following(last: ChainEnd, by_number: dict[int, NewBill]) -> Iterator[NewBill]:
    number, digest = last
    while (one := by_number.get(number + 1)) and one.previous_sha256 == digest and one.bill.issue:
        yield one
        number, digest = one.bill.issue.number, one.bill.issue.sha256


def _number(bill: Bill) -> int:
    return bill.issue.number if bill.issue else 0
