"""The side that stands by: what it answers the one that polls, and when its own turn has come."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from bcm_mqtt.bridge.pair.at_broker import AtBroker
from bcm_mqtt.bridge.pair.copies import Copied
from bcm_mqtt.bridge.pair.lease import Lease, Term
from bcm_mqtt.bridge.pair.likeness import likeness
from bcm_mqtt.bridge.pair.link import Fields, LinkError, reading
from bcm_mqtt.config import (
    ConnectionSettings,
    GatewaySettings,
    MeterBrokerSettings,
    PeerSettings,
    Settings,
)
from bcm_mqtt.config.sources.snmp import AgentSettings
from bcm_mqtt.modbus import Serial, line_random
from bcm_mqtt.snmp import answers

_NOBODY_FOR = 10
"""Leases after which a side that hears nobody takes its turn though it reaches no gateway yet."""
_FRESH_FOR = 1
"""Leases for which it counts what gateways did when they were tried."""
_TWIN_FOR = 2
"""Leases after which a bridge of the same role is taken for gone."""


class Answers:
    """Used by the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        peer: PeerSettings,
        lease: Lease,
        copied: Copied,
        at_broker: AtBroker,
        monotonic: Callable[[], float],
    ) -> None:
        """Knows nothing of the other side yet."""
        self._settings = settings
        self._likeness = likeness(settings)
        self._peer = peer
        self._lease = lease
        self._copied = copied
        self._broker = at_broker
        self._monotonic = monotonic
        self._asked_s = monotonic()
        self._ready_since_s: float | None = None
        self._was_released = self._has_copies = False
        self._gateways, self._probed_s = -1, float("-inf")
        self._probing: asyncio.Task[int] | None = None
        self._unlike = ""
        self._twin_s = float("-inf")
        """When a bridge of the same role was heard of last."""

    async def answer(self, name: str, fields: Fields) -> Fields:
        """Answers what the other side asks.

        Raises:
            LinkError: it is no request.
        """
        with reading():
            term = Term(*fields["term"])
        self._asked_s = self._monotonic()
        latest, problem = self._lease.hear(term), ""
        if name == "renew":
            problem = self._renewed(fields)
        elif name == "copy":
            problem = await self._take_copy(fields) if latest else "it is not its turn"
        elif name == "release":
            self._was_released = latest
        else:
            raise LinkError(f"unknown request {name!r}: both bridges must be of the same version")
        return {
            "term": self._lease.term,
            "gateways": self._reached(),
            "broker": self._broker.connected,
            "ready_s": self._ready_s(),
            "problem": problem,
        }

    def released(self) -> None:
        """The other side has given up its lease, as the broker says."""
        self._was_released = True

    def _renewed(self, fields: Fields) -> str:
        with reading():
            self._has_copies, probe = bool(fields["copied"]), bool(fields["probe"])
            self._unlike = self._likeness.difference(fields["likeness"])
        if fields.get("side") == self._lease.side:
            self._twin_s = self._monotonic()
            self._unlike = (
                f"both bridges have bridge.peer.role {self._lease.side}, or bridge.peer.address is "
                "this bridge's own: expected first on one and second on the other, each with the "
                "address of the other"
            )
        if probe and (self._probing is None or self._probing.done()):
            self._probing = asyncio.create_task(self._probe(), name="probe")
        return self._unlike

    def _ready_s(self) -> float:
        """For how long this side could have gone on; less than 0 where it could not."""
        now_s = self._monotonic()
        if self._broker.standby is None or not self._has_copies:
            self._ready_since_s = None
            return -1.0
        self._ready_since_s = self._ready_since_s or now_s
        return now_s - self._ready_since_s

    async def _take_copy(self, fields: Fields) -> str:
        with reading():
            name, content = str(fields["file"]), fields["content"]
        try:
            await asyncio.to_thread(self._copied.take, name, content)
        except OSError as error:
            return f"{name}: not stored: {error.strerror}"
        return ""

    async def turn(self) -> None:
        """Returns when this side has taken the lease."""
        while not await self._is_my_turn():  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(self._lease.renew_every_s / 10)
        self._was_released, self._ready_since_s = False, None
        self._lease.take()

    async def _is_my_turn(self) -> bool:
        if self._was_released:
            return True
        if not self._lease.may_take() or self._hears_a_twin():
            return False
        if self._broker.connected and await self._probe() > 0:
            return self._lease.may_take()  # the other side may have been heard meanwhile
        is_alone = self._lease.silent_s() > _NOBODY_FOR * self._lease.length_s
        return is_alone and (self._broker.connected or self._peer.polls_in_isolation)

    def _hears_a_twin(self) -> bool:
        """Whether another bridge of this role polls: two of them would never settle who does."""
        return self._monotonic() - self._twin_s < _TWIN_FOR * self._lease.length_s

    async def _probe(self) -> int:
        """How many gateways take a connection, which is closed at once, or answer as agents."""
        tried = map(_is_there, self._settings.gateways.values())
        self._gateways = sum(await asyncio.gather(*tried))
        self._probed_s = self._monotonic()
        return self._gateways

    def _reached(self) -> int:
        """Gateways that took a connection a moment ago; -1 where none was tried then."""
        is_fresh = self._monotonic() - self._probed_s < _FRESH_FOR * self._lease.length_s
        return self._gateways if is_fresh else -1

    def problem(self) -> str:
        """What is wrong between the two sides, or ""."""
        if self._unlike:
            return self._unlike
        silent_s = self._monotonic() - self._asked_s
        return f"not heard of for {silent_s:.0f} s" if silent_s > 3 * self._lease.length_s else ""


async def _is_there(gateway: ConnectionSettings) -> bool:
    within_s = gateway.timeout.total_seconds()
    if isinstance(gateway, AgentSettings):
        return await answers(gateway.agent, within_s, line_random())
    if isinstance(gateway, MeterBrokerSettings):
        each = [_takes_connection(one.host, one.port, within_s) for one in gateway.broker.each]
        return any(await asyncio.gather(*each))
    if isinstance(gateway, GatewaySettings) and not isinstance(gateway.link, Serial):
        return await _takes_connection(gateway.link.host, gateway.link.port, within_s)
    return False


async def _takes_connection(host: str, port: int, within_s: float) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(within_s):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True
    return False
