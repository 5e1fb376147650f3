"""The side that polls: it renews its lease, has its files copied, and hands over.

It learns from the answers how the other side is.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from bcm_mqtt.bridge.pair.at_broker import AtBroker
from bcm_mqtt.bridge.pair.copies import Copying, followed_files
from bcm_mqtt.bridge.pair.lease import Lease, LeaseLostError, Reach, Side, Term
from bcm_mqtt.bridge.pair.likeness import likeness
from bcm_mqtt.bridge.pair.link import Asking, Fields, LinkError, reading
from bcm_mqtt.bridge.service import Bridge
from bcm_mqtt.config import PeerSettings, Settings
from bcm_mqtt.mqtt.payloads import LeaseReport

_LOG = logging.getLogger(__name__)
_WORSE_FOR: Final = 2
"""Leases for which the other side must reach more before it is handed the polling."""
_COPIED_WITHIN_S: Final = 30.0
_COPIES_EVERY_S: Final = 1.0
_REMEMBERED: Final = 9
"""Renewals whose echo from the broker may still come."""


@dataclass(frozen=True, slots=True)
class _Other:
    """The other side, as it answered last.

    Attributes:
        reach: What it reaches.
        ready_s: For how long it could have gone on; less than 0 where it could not.
        problem: What is wrong between the two, or "".
    """

    reach: Reach
    ready_s: float
    problem: str


class Renewals:
    """The `Partner` of the bridge that polls; used by the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        peer: PeerSettings,
        lease: Lease,
        at_broker: AtBroker,
        monotonic: Callable[[], float],
    ) -> None:
        """Has nothing to renew yet."""
        self._peer = peer
        self._lease = lease
        self._broker = at_broker
        self._monotonic = monotonic
        self._likeness = likeness(settings).digests
        self._all_gateways = len(settings.gateways)
        self._copying = Copying(followed_files(settings), self._send_copy)
        self._renewing, self._sending = Asking(peer), Asking(peer)
        self._boot, self._count = token_hex(8), 0
        self._sent_s: dict[int, float] = {}
        self._confirmed_s = self._echoed_s = self._since_s = float("-inf")
        self._is_isolated = self._copy_fails = False
        self._other: _Other | None = None
        self._bridge: Bridge | None = None

    async def run(self, bridge: Bridge) -> None:
        """Renews the lease that was taken for a bridge; for ever."""
        self._bridge, self._since_s = bridge, self._monotonic()
        copying = asyncio.create_task(self._copy(), name="copies")
        try:
            while True:
                begun_s = self._monotonic()
                await self._renew(begun_s)
                rest_s = begun_s + self._lease.renew_every_s - self._monotonic()
                await asyncio.sleep(max(rest_s, 0))
                if self._confirmed_s < begun_s:
                    self._isolated(begun_s)
        finally:
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)

    async def _renew(self, sent_s: float) -> None:
        self._count += 1
        self._sent_s[self._count] = sent_s
        self._sent_s.pop(self._count - _REMEMBERED, None)
        self._publish(released=False)
        term = self._lease.term
        try:
            answer = await self._renewing.ask(
                "renew",
                self._lease.renew_every_s * 0.8,
                term=term,
                copied=self._copying.is_complete,
                probe=self._is_in_doubt(),
                likeness=self._likeness,
                side=self._lease.side,
            )
            self._take_answer(term, sent_s, answer)
        except LinkError as error:
            if self._other:
                _LOG.warning("bridge.peer %s: not reached: %s", self._peer.name, error)
            self._other = None
            self._copying.forget()

    def _take_answer(self, term: Term, sent_s: float, answer: Fields) -> None:
        with reading():
            latest = Term(*answer["term"])
            reach = Reach(int(answer["gateways"]), bool(answer["broker"]))
            other = _Other(reach, float(answer["ready_s"]), str(answer["problem"]))
        if latest > term:
            self._lease.hear(latest)
            return
        if self._other is None:
            _LOG.info("bridge.peer %s: stands by", self._peer.name)
        self._other = other
        if term == self._lease.term:
            self._confirm(sent_s)

    def echoed(self, report: LeaseReport) -> bool:
        """Whether a renewal that came from the broker is of this run; the broker has it then."""
        if report.boot != self._boot:
            return False
        sent_s = self._sent_s.get(report.count)
        if sent_s is not None and not report.released:
            self._echoed_s = sent_s
            self._confirm(sent_s)
        return True

    def _confirm(self, sent_s: float) -> None:
        self._lease.confirmed(sent_s)
        self._confirmed_s = max(self._confirmed_s, sent_s)
        self._is_isolated = False

    def _isolated(self, tried_s: float) -> None:
        self._lease.isolated(tried_s)
        if not self._is_isolated:
            self._is_isolated = True
            _LOG.warning(
                "neither the broker nor the other bridge is reached: polling %s "
                "(bridge.peer.on_isolation)",
                "goes on" if self._peer.polls_in_isolation else "ends with the lease",
            )

    def granted(self) -> bool:
        """Whether a request may be sent to a meter now."""
        return self._lease.holds()

    async def obtained(self) -> None:
        """Waits until one may be sent.

        Raises:
            LeaseLostError: none may.
        """
        begun_s = self._monotonic()
        while not self._lease.holds():
            if not self._lease.is_active:
                raise LeaseLostError("the other bridge polls")
            waited_s = self._monotonic() - begun_s
            if waited_s > self._lease.length_s:
                raise LeaseLostError(
                    "neither the broker nor the other bridge confirmed the lease for "
                    f"{waited_s + self._lease.length_s:.0f} s"
                )
            await asyncio.sleep(self._lease.renew_every_s / 20)

    async def is_lost(self) -> None:
        """Returns when the other side has it."""
        while self._lease.is_active:  # noqa: ASYNC110 - both threads of talk may end it
            await asyncio.sleep(self._lease.renew_every_s / 20)

    def goes_on(self) -> bool:
        """Whether the other side polls when this one's bridge ends."""
        return not self._lease.is_active or self._is_other_ready()

    def _is_other_ready(self) -> bool:
        return self._other is not None and self._other.ready_s >= 0

    async def is_to_hand_over(self) -> None:
        """Returns when the other side should poll: it reaches more, or it is its turn again."""
        worse_since_s: float | None = None
        while True:
            await asyncio.sleep(self._lease.renew_every_s)
            other, now_s = self._other, self._monotonic()
            if other is None or other.ready_s < 0:
                worse_since_s = None
                continue
            mine = self._reach()
            if other.reach.is_better_than(mine):
                worse_since_s = now_s if worse_since_s is None else worse_since_s
                if now_s - worse_since_s >= _WORSE_FOR * self._lease.length_s:
                    _LOG.warning("bridge.peer: hands over: the other bridge reaches more")
                    return
                continue
            worse_since_s = None
            if self._gives_back(other) and not mine.is_better_than(other.reach):
                _LOG.info("bridge.peer: hands back to the first bridge")
                return

    def _reach(self) -> Reach:
        # A connection that was cut off looks well for a while; what it carried does not.
        is_heard = self._monotonic() - self._echoed_s < self._lease.length_s
        gateways = self._bridge.reached if self._bridge else 0
        return Reach(gateways, self._broker.connected and is_heard)

    def _gives_back(self, other: _Other) -> bool:
        give_back = self._peer.give_back
        if self._lease.side is Side.FIRST or give_back is None:
            return False
        return min(other.ready_s, self._monotonic() - self._since_s) >= give_back.total_seconds()

    def _is_in_doubt(self) -> bool:
        """Whether the other side should try what it reaches: gateways may not like a second one."""
        if self._other is None:
            return False
        reaches_all = self._reach() == Reach(self._all_gateways, broker=True)
        return not reaches_all or self._gives_back(self._other)

    async def leave(self) -> None:
        """After the bridge has ended: hands over what is left to hand over."""
        self._bridge = None
        if self._lease.is_active:
            with suppress(LinkError, TimeoutError):
                async with asyncio.timeout(self._lease.length_s):
                    await self._copying.copy()
            self._publish(released=True)
            with suppress(LinkError):
                await self._renewing.ask("release", self._lease.length_s, term=self._lease.term)
            self._lease.left()
        self._other = None
        self._renewing.close()
        self._sending.close()

    async def copied(self) -> None:
        """Returns when the other side has this one's files as they are now, or is away."""
        if self._other is None:
            return
        try:
            await self._copying.copy()
        except LinkError as error:
            if not self._copy_fails:
                _LOG.warning("bridge.peer %s: it has no copy: %s", self._peer.name, error)
            self._copy_fails = True
        else:
            self._copy_fails = False

    async def _copy(self) -> None:
        while True:
            await self.copied()
            await asyncio.sleep(_COPIES_EVERY_S)

    async def _send_copy(self, name: str, content: str | None) -> None:
        term = self._lease.term
        answer = await self._sending.ask(
            "copy", _COPIED_WITHIN_S, term=term, file=name, content=content
        )
        if problem := answer.get("problem"):
            raise LinkError(str(problem))

    def _publish(self, *, released: bool) -> None:
        number, is_first = self._lease.term
        ready = self._is_other_ready()
        report = LeaseReport(number, is_first, self._boot, self._count, released, ready)
        self._broker.publish(report)

    def problem(self) -> str:
        """Why the other side could not go on, or ""."""
        if self._other is None:
            return "not reached: nobody goes on if this bridge fails"
        return self._other.problem
