"""Answers requests for bills and for energy by hour: one response per request."""

import logging
from collections.abc import Callable
from queue import Full, Queue

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month, of_customer
from bcm_mqtt.billing.reports import month_body
from bcm_mqtt.domain.bill.bill import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.errors import BcmError
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    MonthRequest,
    Transaction,
    decode_month_request,
    encode_hours,
    encode_report,
    encode_response,
    transaction_of,
)
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import Store

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 100


class Responder:
    """The queue of requests; filled by the network's thread, worked off by another."""

    def __init__(
        self,
        client: MqttClient,
        topics: Topics,
        store: Store,
        terms: Callable[[], BillingTerms],
        clock: Clock,
    ) -> None:
        """Answers on the client.

        Args:
            client: To respond with.
            topics: Where requests and responses are.
            store: To bill from.
            terms: Gives what the site bills by.
            clock: The present.
        """
        self._client = client
        self._topics = topics
        self._store = store
        self._terms = terms
        self._clock = clock
        self.waiting = Queue[Message](_MOST_WAITING)
        """What `answer` is to be called with."""

    def take(self, message: Message) -> None:
        """Takes a request, unless it is retained: that is one of the past."""
        if message.retain:
            return
        try:
            self.waiting.put_nowait(message)
        except Full:
            error = f"{_MOST_WAITING} requests wait already"
            self._respond(message, encode_response(transaction_of(message.payload), error))

    def answer(self, message: Message) -> None:
        """Bills and responds, with the reason where that cannot be done."""
        transaction = transaction_of(message.payload)
        hourly = message.topic == self._topics.hours_request
        try:
            request = decode_month_request(message.payload)
            payload = (self._hours if hourly else self._report)(request, transaction)
        except BcmError as error:
            _LOG.warning("request for %s: %s", "hours" if hourly else "a report", error)
            payload = encode_response(transaction, str(error))
        self._respond(message, payload)

    def _report(self, request: MonthRequest, transaction: Transaction) -> bytes:
        terms = self._terms()
        site = issued_site(self._store, self._drafts(request, terms))
        if request.customer is not None:
            site = of_customer(site, request.customer)
        return encode_report(transaction, month_body(site, terms.zone))

    def _hours(self, request: MonthRequest, transaction: Transaction) -> bytes:
        site = self._drafts(request, self._terms())
        if request.customer is not None:
            site = of_customer(site, request.customer)
        until = min(self._clock(), site.end)
        customers = ((bill.customer, bill.load.hours(until)) for bill in site.bills if bill.load)
        return encode_hours(transaction, request.month, customers)

    def _drafts(self, request: MonthRequest, terms: BillingTerms) -> SiteMonth:
        return bill_month(self._store, terms, request.month, self._clock())

    def _respond(self, request: Message, payload: bytes) -> None:
        hourly = request.topic == self._topics.hours_request
        topic = self._topics.hours_response if hourly else self._topics.report_response
        self._client.publish(topic, payload, qos=1, retain=False)
