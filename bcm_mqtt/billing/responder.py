"""Answers requests for bills: one response per request."""

import logging
from collections.abc import Callable
from queue import Full, Queue

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month, of_customer
from bcm_mqtt.billing.reports import month_body
from bcm_mqtt.billing.terms import BillingTerms
from bcm_mqtt.domain.instants import Clock
from bcm_mqtt.errors import BcmError
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import (
    decode_report_request,
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
            self._respond(encode_response(transaction_of(message.payload), error))

    def answer(self, message: Message) -> None:
        """Bills and responds, with the reason where that cannot be done."""
        transaction = transaction_of(message.payload)
        try:
            request = decode_report_request(message.payload)
            terms = self._terms()
            drafts = bill_month(self._store, terms, request.month, self._clock())
            site = issued_site(self._store, drafts)
            if request.customer is not None:
                site = of_customer(site, request.customer)
        except BcmError as error:
            _LOG.warning("request for a report: %s", error)
            self._respond(encode_response(transaction, str(error)))
        else:
            self._respond(encode_report(transaction, month_body(site, terms.zone)))

    def _respond(self, payload: bytes) -> None:
        self._client.publish(self._topics.report_response, payload, qos=1, retain=False)
