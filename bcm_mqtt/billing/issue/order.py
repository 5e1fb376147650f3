"""Months that are issued out of order, where a ratchet looks at the months before."""

from collections.abc import Iterator, Mapping, Sequence

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import BillingTerms
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
    reach = _ratchet_months(bill, terms)
    customer = bill.customer.id
    billed = sorted(month for month, customers in issued.items() if customer in customers)
    before = [bill.month.shifted(-back) for back in range(reach, 0, -1)]
    # Before its first bill a customer was perhaps no customer.
    missing = [month for month in before if month not in billed and billed[:1] < [month]]
    if billed and missing:
        names, verb, them = _named(missing)
        yield (
            f"{customer}: the ratchet of {bill.month} looks at {names}, which {verb} not issued: "
            f"issue {them}, then revise {bill.month}"
        )
    if later := [month for month in billed if bill.month < month <= bill.month.shifted(reach)]:
        names, verb, them = _named(later)
        whose = "its" if len(later) == 1 else "their"
        yield (
            f"{customer}: {names} {verb} issued before {bill.month}, at which {whose} ratchet "
            f"looks: revise {them}"
        )


def _ratchet_months(bill: Bill, terms: BillingTerms) -> int:
    tariff = terms.tariffs.get(bill.tariff)
    periods = tariff.periods(bill.start, bill.end) if tariff else ()
    charges = (charge for period in periods for charge in period.rate.demand)
    return max((charge.ratchet.months for charge in charges if charge.ratchet), default=0)


def _named(months: Sequence[Month]) -> tuple[str, str, str]:
    """Their names, and the verb and pronoun that go with so many."""
    *others, last = map(str, months)
    if not others:
        return last, "was", "it"
    return f"{', '.join(others)} and {last}", "were", "them"
