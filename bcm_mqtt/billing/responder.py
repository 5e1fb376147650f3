"""Answers requests for bills and for energy by hour."""

from collections.abc import Callable, Mapping
from queue import Empty, Queue
from typing import Any

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month, of_customer
from bcm_mqtt.billing.reports import month_body
from bcm_mqtt.domain.bill.bill import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import MonthRequest, decode_month_request, hours_body
from bcm_mqtt.mqtt.requests import MOST_WAITING, Requests
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import BillingStore


class Responder:
    """The queue of requests; filled by the network's thread, worked off by another."""

    def __init__(
        self,
        client: MqttClient,
        topics: Topics,
        store: BillingStore,
        terms: Callable[[], BillingTerms],
        clock: Clock,
    ) -> None:
        """Responds on the client.

        Args:
            client: To respond with.
            topics: Of requests and responses.
            store: To bill from.
            terms: Gives what the site bills by.
            clock: The present.
        """
        self._store = store
        self._terms = terms
        self._clock = clock
        self._waiting = Queue[Message](MOST_WAITING)
        self._report_request = topics.report_request
        self.requests = Requests(client, self._waiting, topics.report_request, topics.hours_request)

    def answer_for(self, seconds: float) -> None:
        """Answers a request if one comes in that time."""
        try:
            message = self._waiting.get(timeout=max(0.0, seconds))
        except Empty:
            return
        answer = self._report if message.topic == self._report_request else self._hours
        with self.requests.answering(message) as outcome:
            outcome.update(answer(decode_month_request(message.payload)))

    def _report(self, request: MonthRequest) -> Mapping[str, Any]:
        terms = self._terms()
        site = issued_site(self._store, self._drafts(request, terms))
        return {"report": month_body(_requested(site, request), terms.zone)}

    def _hours(self, request: MonthRequest) -> Mapping[str, Any]:
        site = _requested(self._drafts(request, self._terms()), request)
        until = min(self._clock(), site.end)
        customers = ((bill.customer, bill.load.hours(until)) for bill in site.bills if bill.load)
        return hours_body(request.month, customers)

    def _drafts(self, request: MonthRequest, terms: BillingTerms) -> SiteMonth:
        return bill_month(self._store, terms, request.month, self._clock())


def _requested(site: SiteMonth, request: MonthRequest) -> SiteMonth:
    return site if request.customer is None else of_customer(site, request.customer)
