"""How far the end of last month has come at a site: bills that are issued, held and open."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from bcm_mqtt.billing.issue import bill_of_entry, jointly_billed, supplied_customers
from bcm_mqtt.billing.months_to_date import LastMonthsBills
from bcm_mqtt.domain.bill.bill import BillStatus
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.store import BillingStore

_ONE_AT_A_TIME = Lock()
"""The drafts of a month take all cores: those of one site after those of another."""
_TURN_S = 60.0


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """The bills of a month.

    Attributes:
        month: By the site's clocks.
        issued: How many.
        held: Held for review; None where the drafts were not calculated yet.
        open: Not issued, and not held as far as that is known.
    """

    month: Month
    issued: int
    held: int | None
    open: int


class LastMonthsEnd:
    """Of the month before the running one; drafts are calculated only while bills are open."""

    def __init__(
        self,
        store: BillingStore,
        terms: Callable[[], BillingTerms],
        clock: Clock,
        seconds: Callable[[], float],
    ) -> None:
        """Reads nothing yet.

        Args:
            store: Of the site.
            terms: What it bills by.
            clock: The present.
            seconds: A clock that never jumps.
        """
        self._store = store.for_figures(bill_of_entry)
        self._terms = terms
        self._clock = clock
        self._drafts = LastMonthsBills(self._store, seconds)

    def __call__(self) -> MonthEnd:
        """As it is now; may take as long as a month's bills.

        Raises:
            InputError: a file of the site is wrong.
            WorkError: a database failed.
        """
        terms, now = self._terms(), self._clock()
        month = Month.of(now, terms.zone).shifted(-1)
        issued = self._store.billed(month)
        supplied = supplied_customers(self._store.directories.all().values(), terms, month)
        left = supplied - issued - jointly_billed(self._store, terms, month).keys()
        held = self._held(terms, month) if left else frozenset[str]()
        if held is None:
            return MonthEnd(month, len(issued), None, len(left))
        return MonthEnd(month, len(issued), len(held & left), len(left - held))

    def _held(self, terms: BillingTerms, month: Month) -> frozenset[str] | None:
        """Customers whose drafts are held for review; None where it was not our turn."""
        if not _ONE_AT_A_TIME.acquire(timeout=_TURN_S):
            return None
        try:
            bills = self._drafts.bills(terms, month, self._clock())
        finally:
            _ONE_AT_A_TIME.release()
        held = (customer for customer, bill in bills.items() if bill.status is BillStatus.HELD)
        return frozenset(held)
