"""Months that are issued out of order, where a ratchet looks at the months before."""

from collections.abc import Iterator, Mapping, Sequence

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.tariff import Ratchet
from bcm_mqtt.domain.time import Month

IssuedMonths = Mapping[Month, frozenset[str]]
"""Customers whose bill was issued, by month."""


def order_warnings(bill: Bill, terms: BillingTerms, issued: IssuedMonths) -> Iterator[str]:
    """What a ratchet could not see, because months are not issued one after the other.

    Args:
        bill: That is issued now.
        terms: With its tariff.
        issued: As it was before.
    """
    ratchets = list(_ratchets(bill, terms))
    customer = bill.customer.id
    billed = sorted(month for month, customers in issued.items() if customer in customers)
    # What a sheet states needs no bill. Before its first bill a customer was perhaps no customer.
    before = sorted(
        {
            month
            for ratchet in ratchets
            for month in ratchet.before(bill.month)
            if ratchet.stated(month, customer) is None
        }
    )
    missing = [month for month in before if month not in billed and billed[:1] < [month]]
    if billed and missing:
        names, verb, them = _named(missing)
        yield (
            f"{customer}: the ratchet of {bill.month} looks at {names}, which {verb} not issued: "
            f"issue {them}, then revise {bill.month}"
        )
    if later := [
        month
        for month in billed
        if any(bill.month in ratchet.before(month) for ratchet in ratchets)
    ]:
        names, verb, them = _named(later)
        whose = "its" if len(later) == 1 else "their"
        yield (
            f"{customer}: {names} {verb} issued before {bill.month}, at which {whose} ratchet "
            f"looks: revise {them}"
        )


def _ratchets(bill: Bill, terms: BillingTerms) -> Iterator[Ratchet]:
    tariff = terms.tariff_as_billed(bill.tariff, bill.customer, bill.start, bill.end)
    for one in tariff.by_group if tariff else ():
        for period in one.periods(bill.start, bill.end):
            yield from (charge.ratchet for charge in period.rate.demand if charge.ratchet)


def _named(months: Sequence[Month]) -> tuple[str, str, str]:
    """Their names, and the verb and pronoun that go with so many."""
    *others, last = map(str, months)
    if not others:
        return last, "was", "it"
    return f"{', '.join(others)} and {last}", "were", "them"
