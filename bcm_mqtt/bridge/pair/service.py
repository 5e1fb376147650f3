"""The pair's side in this process: a `Bridge` while it may poll, else one that stands by."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from threading import Event

from bcm_mqtt.bridge.gateways import ended
from bcm_mqtt.bridge.pair.answers import Answers
from bcm_mqtt.bridge.pair.at_broker import AtBroker
from bcm_mqtt.bridge.pair.copies import Copied, followed_files
from bcm_mqtt.bridge.pair.lease import Lease, LeaseLostError, Side, Term
from bcm_mqtt.bridge.pair.link import answering
from bcm_mqtt.bridge.pair.renewals import Renewals
from bcm_mqtt.bridge.pair.standby import Standby
from bcm_mqtt.bridge.service import Bridge
from bcm_mqtt.bridge.vitals import Vitals
from bcm_mqtt.config import PeerSettings, Settings, load
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import LeaseReport

_LOG = logging.getLogger(__name__)


class Pair:
    """One side; used by the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        peer: PeerSettings,
        clock: Clock,
        random: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stands by; connects only when run.

        Args:
            settings: Of the site.
            peer: The other side.
            clock: Gives the times of polls.
            random: 0..1, for jitter.
            monotonic: A clock that never jumps, s.
        """
        self._settings = settings
        self._peer = peer
        self._clock = clock
        self._random = random
        self._monotonic = monotonic
        side = Side.FIRST if peer.is_first else Side.SECOND
        length_s, goes_on = peer.lease.total_seconds(), peer.polls_in_isolation
        self._lease = lease = Lease(side, length_s, monotonic, polls_in_isolation=goes_on)
        self._broker = broker = AtBroker(settings, side, peer, self._reported)
        self._renewals = Renewals(settings, peer, lease, broker, monotonic)
        copied = Copied(followed_files(settings), settings.file_mode, clock)
        self._answers = Answers(settings, peer, lease, copied, broker, monotonic)
        self._bridge: Bridge | None = None
        self.started = Event()
        """Set once it polls or stands by."""

    def vitals(self) -> Vitals:
        """Of this side as of now."""
        if self._bridge:
            vitals, problem = self._bridge.vitals(), self._renewals.problem()
        elif self._broker.standby:
            vitals, problem = self._broker.standby.vitals(self._clock()), self._answers.problem()
        else:  # while it changes
            vitals, problem = Vitals.of_nothing(self._clock()), ""
        named = f"bridge.peer {self._peer.name}: {problem}" if problem else ""
        return replace(vitals, peer_problem=named)

    async def run(self, stop: asyncio.Event) -> None:
        """Polls or stands by until `stop` is set.

        Raises:
            WorkError: it cannot listen for the other side.
        """
        try:
            async with answering(self._peer, self._answers.answer):
                await self._take_turns(stop)
        except OSError as error:
            host, port = self._peer.listen
            reason = error.strerror or str(error)
            raise WorkError(f"bridge.peer.listen {host}:{port}: {reason}") from error

    async def _take_turns(self, stop: asyncio.Event) -> None:
        self._broker.start()
        try:
            while not stop.is_set():
                await self._stand_by(stop)
                if self._lease.is_active:
                    await self._poll(stop)
        finally:
            self._broker.stop()

    async def _stand_by(self, stop: asyncio.Event) -> None:
        """Until the lease is this side's, or `stop`; what the outbox has goes on to be sent."""
        _LOG.info("bridge.peer: this one, the %s, stands by", self._lease.side)
        standby = Standby(self._settings, self._broker.client, self._clock, self._monotonic)
        self._broker.standby = standby
        self.started.set()
        try:
            await _first_of(self._answers.turn(), stop.wait(), standby.run())
        finally:
            self._broker.standby = None
            standby.close()

    async def _poll(self, stop: asyncio.Event) -> None:
        """Until the lease is lost or handed over, or `stop`."""
        # What the other side has edited is in the files.
        settings = await asyncio.to_thread(load, self._settings.file)
        self._bridge = bridge = Bridge(
            *(settings, settings.mqtt.broker, self._clock, self._random, self._monotonic),
            partner=self._renewals,
        )
        _LOG.info(
            "bridge.peer: this one, the %s, polls (term %d)",
            self._lease.side,
            self._lease.term.number,
        )
        end = asyncio.Event()
        beside = [
            asyncio.create_task(self._renewals.run(bridge), name="lease"),
            asyncio.create_task(self._end(bridge, stop, end), name="handing over"),
        ]
        try:
            await bridge.run(end)
        except LeaseLostError as lost:
            _LOG.warning("bridge.peer: polling ended: %s", lost)
        finally:
            await ended(*beside)
            self._bridge = None
            await self._renewals.leave()

    async def _end(self, bridge: Bridge, stop: asyncio.Event, end: asyncio.Event) -> None:
        """Ends the bridge at once, or to hand over after the polls that are under way."""
        renewals = self._renewals
        if await _first_of(renewals.is_to_hand_over(), renewals.is_lost(), stop.wait()):
            end.set()
        else:
            bridge.finish()

    def _reported(self, report: LeaseReport, was_retained: bool) -> None:  # noqa: FBT001
        """Takes a renewal that came from the broker."""
        if self._renewals.echoed(report):
            return
        latest = self._lease.hear(Term(report.term, report.first))
        if latest and report.released and not was_retained:
            self._answers.released()


async def _first_of(*works: Coroutine[None, None, object]) -> int:
    """The number of the work that is over first, or fails; the others are cancelled."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        first = min(map(tasks.index, done))
        tasks[first].result()
        return first
    finally:
        await ended(*tasks)
