"""Billing over MQTT: months to date of customers, and answers to requests for bills and hours."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from queue import Empty, Queue
from threading import Event
from typing import Any

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month, of_customer
from bcm_mqtt.billing.months_to_date import LastMonthsBills, MonthsToDate
from bcm_mqtt.billing.peaks.fine_month import PeakMemory
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.billing.reports import month_body
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.by_hour import by_hour
from bcm_mqtt.domain.bill.months.month_to_date import month_to_date, site_month_to_date
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import SlotPrices, Tariff
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import BcmError
from bcm_mqtt.mqtt.brokers import EveryBroker
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    MonthRequest,
    decode_month_request,
    encode_site_month_to_date,
    hours_body,
)
from bcm_mqtt.mqtt.requests import MOST_WAITING, Received, Requests
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import BillingStore


class Responder:
    """The queue of requests; filled by the network's thread, worked off by another."""

    def __init__(
        self,
        client: EveryBroker,
        topics: Topics,
        store: BillingStore,
        terms: Callable[[], BillingTerms],
        clock: Clock,
        seconds: Callable[[], float],
    ) -> None:
        """Responds on the client.

        Args:
            client: To respond with.
            topics: Of requests and responses.
            store: To bill from.
            terms: Gives what the site bills by.
            clock: The present.
            seconds: A clock that never jumps.
        """
        self._store = store
        self._terms = terms
        self._clock = clock
        self._waiting = Queue[Received](MOST_WAITING)
        self._report_request = topics.report_request
        filters = topics.report_request, topics.hours_request
        self.requests = Requests(client, self._waiting, clock, seconds, *filters)

    def answer_for(self, seconds: float) -> None:
        """Answers a request if one comes in that time."""
        try:
            received = self._waiting.get(timeout=max(0.0, seconds))
        except Empty:
            return
        message = received.message
        answer = self._report if message.topic == self._report_request else self._hours
        with self.requests.answering(received) as outcome:
            self.requests.begin(received)
            outcome.update(answer(decode_month_request(message.payload)))

    def _report(self, request: MonthRequest) -> Mapping[str, Any]:
        terms = self._terms()
        drafts = bill_month(self._store, terms, request.month, self._clock())
        site = issued_site(self._store, drafts)
        return {"report": month_body(_requested(site, request), terms.zone)}

    def _hours(self, request: MonthRequest) -> Mapping[str, Any]:
        terms, now = self._terms(), self._clock()
        terms = terms.as_far_as_rated(request.month)
        site = _requested(bill_month(self._store, terms, request.month, now), request)

        @cache
        def prices(start: datetime, end: datetime) -> Mapping[str, SlotPrices]:
            return known_prices(self._store, terms, Slots.between(start, end))

        found = (
            by_hour(bill, _tariff(terms, bill), now, prices(bill.start, bill.end))
            for bill in site.bills
        )
        return hours_body(request.month, filter(None, found))


def _tariff(terms: BillingTerms, bill: Bill) -> Tariff | None:
    return terms.tariff_of(bill.customer, bill.start, bill.end)


def _requested(site: SiteMonth, request: MonthRequest) -> SiteMonth:
    return site if request.customer is None else of_customer(site, request.customer)


_LOG = logging.getLogger(__name__)
_CONNECTED_CHECK_S = 0.5
_REST = 9
"""Between two rounds it rests for so many times as the last one took: a tenth of a core at most."""


class BillingService:
    """Publishes and answers until it is stopped; reads the store and never writes to it."""

    def __init__(
        self,
        store: BillingStore,
        terms: Callable[[], BillingTerms],
        broker: Broker,
        topics: Topics,
        client_id: str,
        clock: Clock,
        every: timedelta,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes an open store; connects only when run.

        Args:
            store: Open, its schema checked.
            terms: Gives what the site bills by; called again for every bill.
            broker: To publish at; of several, at each.
            topics: Below which base.
            client_id: Of its connection.
            clock: The present, which says what month it is.
            every: Between two rounds of months to date.
            seconds: A clock that never jumps.
        """
        self._store = store
        self._terms = terms
        self._topics = topics
        self._clock = clock
        self._every_s = every / timedelta(seconds=1)
        self._seconds = seconds
        self._next_round = seconds()
        self._stopping = Event()
        self._client = EveryBroker(
            broker, client_id, on_connect=self._subscribe, on_message=self._arrived
        )
        self._months = MonthsToDate(self._client, topics)
        self._unrated: frozenset[str] = frozenset()
        self._month: Month | None = None
        self._peaks = PeakMemory()
        self._last_month = LastMonthsBills(store, seconds)
        self._month_before = LastMonthsBills(store, seconds)
        self._responder = Responder(self._client, topics, store, terms, clock, seconds)

    def stop(self) -> None:
        """Makes `run` return; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Publishes and answers until `stop`."""
        self._client.start()
        try:
            while not self._stopping.is_set():
                self.turn()
        finally:
            self._client.stop()

    def turn(self) -> None:
        """Waits a moment for a request, and publishes when a round is due."""
        self._responder.answer_for(min(self._next_round - self._seconds(), _CONNECTED_CHECK_S))
        if self._client.connected and (begun := self._seconds()) >= self._next_round:
            self._publish()
            now = self._seconds()
            self._next_round = now + max(self._every_s, _REST * (now - begun))

    def _publish(self) -> None:
        """One round: every customer's month to date; if it fails, the previous ones stay."""
        as_of = self._clock()
        try:
            terms = self._terms()
            month = Month.of(as_of, terms.zone)
            rated = self._as_far_as_rated(terms, month)
            if month != self._month:
                self._month, self._peaks = month, PeakMemory()
            site = bill_month(self._store, rated, month, as_of, running=True, memory=self._peaks)
            last = self._last_bills(terms, site, as_of)
            stored_until = self._store.readings.latest()
        except BcmError as error:
            _LOG.warning("months to date are not published: %s", error)
            return
        self._months.publish(
            month_to_date(bill, as_of, last.get(bill.customer.id)) for bill in site.bills
        )
        self._client.publish(
            self._topics.site_month_to_date,
            encode_site_month_to_date(site_month_to_date(site, as_of, stored_until)),
            qos=1,
            retain=True,
        )

    def _last_bills(
        self, terms: BillingTerms, site: SiteMonth, as_of: datetime
    ) -> Mapping[str, Bill]:
        """The bill before the one that runs, by customer: one may have begun in the last month."""
        last = self._last_month.bills(terms, site.month.shifted(-1), as_of)
        begun = {bill.customer.id for bill in site.bills if bill.month < site.month}
        if not begun:
            return last
        earlier = self._month_before.bills(terms, site.month.shifted(-2), as_of)
        others = {key: bill for key, bill in last.items() if key not in begun}
        return others | {key: bill for key, bill in earlier.items() if key in begun}

    def _as_far_as_rated(self, terms: BillingTerms, month: Month) -> BillingTerms:
        """The terms for months that need no price; says once which tariff has none."""
        months = month, month.shifted(-1)  # a bill that runs may have begun in the last one
        rated = terms.as_far_as_rated(*months)
        if new := rated.unrated - self._unrated:
            reasons = terms.without_rates(months[1]) | terms.without_rates(month)
            for name in sorted(new):
                _LOG.warning("months to date have no cost: %s", reasons[name])
        self._unrated = rated.unrated
        return rated

    def _subscribe(self, client: MqttClient) -> None:
        client.subscribe(self._topics.every_month_to_date, *self._responder.requests.filters)

    def _arrived(self, message: Message) -> None:
        """Runs in the network thread."""
        if not self._responder.requests.take(message):
            self._months.heard(message)
