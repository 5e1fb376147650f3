"""Connections that others cannot use up: how long each may wait, and how many there are.

uvicorn's own options do not do it: `limit_concurrency` refuses everybody once an attacker has
filled it; `timeout_keep_alive` does not begin before the first response, so a connection that never
sends a whole head stays for ever; what follows a refused body is read to its end, whatever it is.
"""

import asyncio
from collections import Counter
from typing import Any, Final, Protocol

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from bcm_mqtt.access.login import neighbourhood
from bcm_mqtt.web.access.proxied import Networks, is_within

HEAD_S: Final = 10.0
"""From the first byte, or the connection, to the end of a request's head."""
IDLE_S: Final = 5
"""From a response to the next request; browsers open another connection where they need one."""
MOST_OF_ADDRESS: Final = 500
"""A browser has 6; an office behind one address many browsers."""
MOST: Final = 2000
"""Fewer than the files that config/systemd/ lets the service open."""
_RUSH_S: Final = 0.5
_MOST_THROWN_AWAY: Final = 1 << 20
"""Bytes of a body that nobody wants, which a client may send before it reads the refusal."""


class Counted(Protocol):
    """A connection, from its first packet on."""

    @property
    def is_waiting(self) -> bool:
        """Whether no whole request of it is being answered."""

    def give_way(self) -> None:
        """Ends it."""


class Connections:
    """All connections to the page. Of too many, those that have waited longest give way."""

    def __init__(
        self, proxies: Networks = (), of_address: int = MOST_OF_ADDRESS, most: int = MOST
    ) -> None:
        """None yet.

        Args:
            proxies: Who brings the requests of others, as many as there may be in all.
            of_address: Most of one address; of IPv6, of one customer's network.
            most: Of all.
        """
        self._proxies = proxies
        self._of_address = of_address
        self._most = most
        self._open: dict[Counted, str] = {}  # in the order of their opening
        self._by_place = Counter[str]()

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, connection: Counted, address: str) -> bool:
        """Whether it may stay; others may have to give way for it."""
        place = "" if is_within(address, self._proxies) else neighbourhood(address)
        if len(self._open) >= self._most:
            (crowded, _), *_ = self._by_place.most_common(1)
            if not self._close_waiting(crowded, 1):
                return False
        self._open[connection] = place
        self._by_place[place] += 1
        if place and self._by_place[place] == self._of_address + 1:
            # Who comes in the middle of a rush gets the time to say what for.
            asyncio.get_running_loop().call_later(_RUSH_S, self._trim, place)
        return True

    def closed(self, connection: Counted) -> None:
        """It is gone; may be said twice."""
        place = self._open.pop(connection, None)
        if place is not None:
            self._by_place[place] -= 1
            if not self._by_place[place]:
                del self._by_place[place]

    def _trim(self, place: str) -> None:
        surplus = self._by_place[place] - self._of_address
        if surplus > 0 and not self._close_waiting(place, surplus):
            asyncio.get_running_loop().call_later(_RUSH_S, self._trim, place)

    def _close_waiting(self, place: str, count: int) -> bool:
        """Closes so many that wait, the oldest first; whether there were so many."""
        waiting = [one for one, its in self._open.items() if its == place and one.is_waiting]
        for connection in waiting[:count]:
            connection.give_way()
            self.closed(connection)
        return len(waiting) >= count


class Connection(H11Protocol):
    """One connection, which has to send the head of a request in time."""

    def __init__(self, connections: Connections, **of_uvicorn: Any) -> None:  # noqa: ANN401
        """Takes all of them, and what uvicorn gives."""
        super().__init__(**of_uvicorn)
        self._all = connections
        self._head: asyncio.TimerHandle | None = None
        self._thrown_away = 0

    @property
    def is_waiting(self) -> bool:
        """Whether no whole request of it is being answered."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def give_way(self) -> None:
        """Ends it without a word."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """It is open: the first head is due, if there is room for it at all."""
        super().connection_made(transport)
        if self._all.opened(self, self.client[0] if self.client else ""):
            self._expect_head()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._all.closed(self)
        self._forget_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A part of a head or of a body."""
        answered = self.cycle is not None and self.cycle.response_complete
        super().data_received(data)
        if answered and self.conn.their_state is h11.SEND_BODY:
            self._thrown_away += len(data)
            if self._thrown_away > _MOST_THROWN_AWAY:
                self.transport.abort()
        elif self.cycle is None or self.cycle.response_complete:
            self._expect_head()
        else:
            self._forget_head()
            self._thrown_away = 0

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_S, self.transport.abort)

    def _forget_head(self) -> None:
        if self._head:
            self._head.cancel()
            self._head = None
