"""At which of several brokers a bridge is, by what it says of itself there: its info.

A broker that a bridge has left goes on with what it had retained, and calls the bridge `offline`
when it misses it. Info tells the brokers apart: it comes at least once a minute from where the
bridge is, and names its run and how long that has lasted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from bcm_mqtt.mqtt.message import Message
from bcm_mqtt.mqtt.payloads import BridgeReport, PayloadError, decode_info
from bcm_mqtt.mqtt.topics import Kind, Topics


@dataclass(slots=True)
class _Seen:
    """The latest info of a bridge.

    Attributes:
        number: Of the broker it came from.
        boot: Of the run.
        uptime_s: Of the run.
        time: Of the bridge's clock, which somebody may set.
        panels: That it polls.
        is_live: Whether it was sent just now: what is retained may be of any age.
        is_asked: Whether what is retained there was asked for since.
    """

    number: int
    boot: str
    uptime_s: float
    time: datetime
    panels: frozenset[str]
    is_live: bool
    is_asked: bool

    def is_before(self, report: BridgeReport, *, is_live: bool) -> bool:
        """Whether another info is of a later moment, as far as that can be known."""
        if report.boot and report.boot == self.boot:
            return report.uptime_s >= self.uptime_s
        return is_live or (not self.is_live and report.time > self.time)


class Whereabouts:
    """Of all bridges of a site; used by the network threads of all connections."""

    def __init__(self, topics: Topics, kinds: Collection[Kind], *, believes_retained: bool) -> None:
        """Knows of no bridge.

        Args:
            topics: Of the site.
            kinds: What counts from the broker at which its bridge is, and from no other.
            believes_retained: Whether an info that is retained says where its bridge is, before a
                live one comes; the latest of all brokers may be of another one.
        """
        self._topics = topics
        self._kinds = frozenset(kinds)
        self._believes_retained = believes_retained
        self._seen: dict[str, _Seen] = {}
        self._brokers_of: dict[str, set[int]] = {}  # by panel
        self._lock = Lock()

    def of(self, bridge: str) -> int | None:
        """The number of the broker at which a bridge is; None where that is not known."""
        seen = self._seen.get(bridge)
        return seen.number if seen else None

    def is_stale(self, number: int, message: Message) -> bool:
        """Whether a message of a broker does not count; an info is taken note of."""
        if self._topics.is_snapshot(message.topic):  # nearly all are
            return False
        subject = self._topics.subject_of(message.topic)
        if subject is None:
            return False
        if subject.kind is Kind.BRIDGE_INFO:
            self._hear(number, message)
        if subject.kind not in self._kinds:
            return False
        if subject.kind is Kind.BRIDGE_INFO:
            return self.of(subject.owner) != number
        if subject.kind is Kind.BRIDGE_STATE:
            seen = self._seen.get(subject.owner)
            return seen is None or seen.number != number or not seen.is_asked
        return number not in self._brokers_of.get(subject.owner, ())

    def asked(self) -> set[int]:
        """The brokers to which bridges have come since the last call.

        What they have retained is asked for now, and counts from now on.
        """
        if all(seen.is_asked for seen in list(self._seen.values())):
            return set()
        with self._lock:
            moved = {seen.number for seen in self._seen.values() if not seen.is_asked}
            for seen in self._seen.values():
                seen.is_asked = True
            self._list_panels()
        return moved

    def _hear(self, number: int, message: Message) -> None:
        is_live = not message.retain
        if not message.payload or not (is_live or self._believes_retained):
            return
        try:
            report = decode_info(message.payload)
        except PayloadError:
            return  # who needs it says so
        with self._lock:
            known = self._seen.get(report.bridge)
            if known and not known.is_before(report, is_live=is_live):
                return
            panels = frozenset(report.panels)
            self._seen[report.bridge] = _Seen(
                *(number, report.boot, report.uptime_s, report.time, panels),
                is_live or bool(known and known.is_live and known.boot == report.boot),
                # Of a panel that is new, what came before this info did not count.
                is_asked=bool(
                    known and known.number == number and known.is_asked and panels <= known.panels
                ),
            )
            if known is None or (known.number, known.panels) != (number, panels):
                self._list_panels()

    def _list_panels(self) -> None:
        brokers_of: dict[str, set[int]] = {}
        for seen in self._seen.values():
            for panel in seen.panels if seen.is_asked else ():
                brokers_of.setdefault(panel, set()).add(seen.number)
        self._brokers_of = brokers_of
