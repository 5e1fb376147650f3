"""Months to date at the broker, and the bills of last month that they come with."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.month_to_date import MonthToDate
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.brokers import EveryBroker
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_month_to_date
from bcm_mqtt.mqtt.topics import LONGEST_TOPIC, Topics
from bcm_mqtt.store import BillingStore

_LOG = logging.getLogger(__name__)
_EVERY_S = 900.0
_REST = 99
"""It rests for so many times as it took: a hundredth of a core at most."""


class MonthsToDate:
    """Publishes those of today's customers retained, and clears those of customers that are gone.

    The broker itself says which ones it has: the service is subscribed to them. So those of a
    customer who left while the service was down are cleared, too.
    """

    def __init__(self, client: EveryBroker, topics: Topics) -> None:
        """Publishes on the client."""
        self._client = client
        self._topics = topics
        self._current: frozenset[str] | None = None  # None: nothing is known yet
        self._retained: set[str] = set()

    def publish(self, items: Iterable[MonthToDate]) -> None:
        """Publishes those of all customers there are."""
        # MQTT has no longer topics; such an id is a mistake in the directory.
        listed = [item for item in items if len(self._topic(item.customer)) <= LONGEST_TOPIC]
        self._current = frozenset(item.customer for item in listed)
        for item in listed:
            self._retain(item.customer, encode_month_to_date(item))
        for customer in self._retained.copy() - self._current:
            self._retain(customer, b"")

    def heard(self, message: Message) -> None:
        """Notes what the broker has; called in the network thread."""
        customer = self._topics.customer_of(message.topic)
        if not message.payload:
            self._retained.discard(customer)
            return
        self._retained.add(customer)
        if self._current is not None and customer not in self._current:
            self._retain(customer, b"")

    def _retain(self, customer: str, payload: bytes) -> None:
        self._client.publish(self._topic(customer), payload, qos=1, retain=True)

    def _topic(self, customer: str) -> str:
        return self._topics.month_to_date(customer)


class LastMonthsBills:
    """The bills of the month before the running one, issued or calculated now and then."""

    def __init__(self, store: BillingStore, seconds: Callable[[], float]) -> None:
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
        """By customer; without a price where a tariff has no rate for that month.

        Args:
            terms: What the site bills by.
            month: Of the bills.
            as_of: The present.

        Raises:
            WorkError: the database failed.
        """
        begun = self._seconds()
        if month != self._month or begun >= self._next:
            self._bills = self._calculated(terms, month, as_of)
            self._month = month
            now = self._seconds()
            # Without any bill the directories may still be on their way, as after a first start.
            least = _EVERY_S if self._bills else 0.0
            self._next = now + max(least, _REST * (now - begun))
        return self._bills

    def _calculated(self, terms: BillingTerms, month: Month, as_of: datetime) -> Mapping[str, Bill]:
        terms = terms.as_far_as_rated(month)
        site = bill_month(self._store, terms, month, as_of)
        try:
            site = issued_site(self._store, site)
        except WorkError as error:  # a damaged bill of last month says nothing about this one
            _LOG.warning("last month is left out: %s", error)
            return {}
        return {bill.customer.id: bill for bill in site.bills}
