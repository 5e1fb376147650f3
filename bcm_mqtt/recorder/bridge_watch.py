"""What bridges say of themselves: their clocks are watched, and what they lost is stored."""

import time
from collections.abc import Callable
from datetime import datetime

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import PayloadError, decode_info
from bcm_mqtt.recorder.clock_watch import ClockWatch
from bcm_mqtt.store import RecordingStore


class BridgeWatch:
    """Takes messages in the network thread; works them off in the recorder's."""

    def __init__(
        self,
        store: RecordingStore,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        on_beat: Callable[[datetime, datetime], None] = lambda _time, _heard: None,
        *,
        same_clock: bool = False,
    ) -> None:
        """Knows no bridge yet.

        Args:
            store: Of what they lost, and of the faults of their clocks.
            clock: This host's, UTC.
            monotonic: A clock that never jumps, s.
            on_beat: Gets what a bridge's clock and this host's showed, of each live message.
            same_clock: Whether bridges go by this very clock: it is not watched then.
        """
        self._store = store
        self._same_clock = same_clock
        self._clocks = ClockWatch(store, clock, monotonic, on_beat)
        self._said = dict[str, tuple[LostSpan, ...]]()
        self._stored = dict[str, tuple[LostSpan, ...]]()

    def hear(self, message: Message) -> None:
        """Takes a message of a bridge's info, in the moment in which it comes."""
        if not message.payload:
            return
        try:
            report = decode_info(message.payload)
        except PayloadError:
            return  # the page says so
        if not message.retain and not self._same_clock:
            self._clocks.hear(report)
        if report.outbox.lost:  # also of a retained message: what is lost stays so
            self._said[report.bridge] = report.outbox.lost

    def turn(self) -> None:
        """Stores what bridges said since the last turn.

        Raises:
            WorkError: the database failed; nothing is lost.
        """
        self._clocks.turn()
        for bridge, spans in list(self._said.items()):
            if set(spans) - set(self._stored.get(bridge, ())):
                self._store.receipts.add_lost(bridge, spans)
                self._stored[bridge] = spans

    def problems(self) -> list[str]:
        """Which clocks are wrong now."""
        return self._clocks.problems()
