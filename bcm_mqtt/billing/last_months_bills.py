"""Last month's bills beside the running month's: made anew now and then, as they seldom change."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store

_LOG = logging.getLogger(__name__)
_EVERY_S = 900.0
_REST = 99
"""It rests for so many times as it took: a hundredth of a core at most."""


class LastMonthsBills:
    """The bills of the month before the running one, issued or as they would be now."""

    def __init__(self, store: Store, seconds: Callable[[], float]) -> None:
        """Reads nothing yet.

        Args:
            store: To bill from.
            seconds: A clock that never jumps.
        """
        self._store = store
        self._seconds = seconds
        self._month: Month | None = None
        self._next = 0.0
        self._bills: Mapping[str, Bill] = {}

    def bills(self, terms: BillingTerms, month: Month, as_of: datetime) -> Mapping[str, Bill]:
        """By customer; none where a tariff has no rate for that month.

        Args:
            terms: What the site bills by.
            month: That is wanted.
            as_of: The present.

        Raises:
            WorkError: the database failed.
        """
        begun = self._seconds()
        if month != self._month or begun >= self._next:
            self._bills = self._made(terms, month, as_of)
            self._month = month
            now = self._seconds()
            self._next = now + max(_EVERY_S, _REST * (now - begun))
        return self._bills

    def _made(self, terms: BillingTerms, month: Month, as_of: datetime) -> Mapping[str, Bill]:
        try:
            site = issued_site(self._store, bill_month(self._store, terms, month, as_of))
        except InputError as error:  # of the month before the first rate, say
            _LOG.info("last month is left out: %s", error)
            return {}
        return {bill.customer.id: bill for bill in site.bills}
