"""Subscriptions that a broker refuses, which are asked for again.

A refusal may be for now: a broker that is a cluster has no leader at times. Nothing else would
say that nothing comes.
"""

import logging
import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.read_ahead import ReadAheadClient

_LOG = logging.getLogger(__name__)
_AGAIN_AFTER_S: Final = 10.0


class Asked:
    """What one client has asked for on its connection; used by any thread."""

    def __init__(
        self, client: ReadAheadClient, place: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Hears the answers to a client; `place` is how the log calls it."""
        self._client = client
        self._place = place
        self._monotonic = monotonic
        self._lock = Lock()
        self._open: dict[int, tuple[str, int]] = {}  # by packet id
        self._refused: dict[str, int] = {}  # with its QoS
        self._refused_s = 0.0
        self._said: set[str] = set()
        client.on_subscribe = self._answered
        client.on_turn = self._turn

    def ask(self, filters: Iterable[str], qos: int) -> None:
        """Subscribes, a packet for each: all in one may be more than a broker takes."""
        for name in filters:
            with self._lock:  # the answer may be here before the packet's id
                _, mid = self._client.subscribe(name, qos)
                if mid is not None:
                    self._open[mid] = name, qos

    def connected(self) -> None:
        """On a new connection all is asked for again."""
        with self._lock:
            self._open.clear()
            self._refused.clear()

    def _turn(self) -> None:
        if not self._refused or self._monotonic() - self._refused_s < _AGAIN_AFTER_S:
            return
        with self._lock:
            again, self._refused = self._refused, {}
        for name, qos in again.items():
            self.ask([name], qos)

    def _answered(
        self, _client: Client, _data: object, mid: int, reasons: list[ReasonCode], _props: object
    ) -> None:
        with self._lock:
            name, qos = self._open.pop(mid, ("", 0))
        if not name:  # of an earlier connection
            return
        if not reasons[0].is_failure:
            if name in self._said:
                self._said.discard(name)
                _LOG.info("%s: takes the subscription to %s now", self._place, name)
            return
        with self._lock:
            self._refused[name] = qos
        self._refused_s = self._monotonic()
        if name not in self._said:
            self._said.add(name)
            _LOG.warning(
                "%s refuses the subscription to %s (%s): trying again every %.0f s",
                *(self._place, name, reasons[0], _AGAIN_AFTER_S),
            )
