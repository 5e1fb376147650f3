"""A broker as Mosquitto is one, as far as bridge and recorder can tell.

Sessions with expiry and a queue whose limit drops the newest with Success, retained messages,
wills, "no matching subscribers", shared subscriptions, messages that expire, and on a kill the
loss of all that was not saved. A test holds it to the real one.
"""

from collections import deque
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from paho.mqtt.client import topic_matches_sub

SUCCESS, NO_SUBSCRIBERS = 0x00, 0x10
KEEPALIVE_S = 45.0
"""One and a half of the clients' 30 s."""


@dataclass(frozen=True, slots=True)
class Published:
    """A message.

    Attributes:
        topic: On which.
        payload: As it came.
        qos: 0 or 1.
        retain: As the publisher sent it, or as it is delivered.
        expires: When it is not delivered any more, by the broker's clock; None: never.
        dup: Whether it was delivered before.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expires: float | None = None
    dup: bool = False


class Peer(Protocol):
    """The broker's view of a connected client."""

    def deliver(self, mid: int, message: Published) -> None:
        """Sends it a message; it acknowledges one of QoS 1 by its id."""

    def closed(self) -> None:
        """The broker ends the connection."""


@dataclass(slots=True)
class _Session:
    client: str
    expiry_s: float
    filters: dict[str, int] = field(default_factory=dict)
    queue: deque[Published] = field(default_factory=deque)
    inflight: dict[int, Published] = field(default_factory=dict)
    peer: Peer | None = None
    will: Published | None = None
    window: int = 20
    next_mid: int = 0
    gone_at: float = 0.0

    def saved(self) -> "_Session":
        """As it is written to disk: what is under way comes first again."""
        again = [replace(message, dup=True) for message in self.inflight.values()]
        return replace(
            self,
            filters=dict(self.filters),
            queue=deque([*again, *self.queue]),
            inflight={},
            peer=None,
            will=None,
        )


_Route = tuple[list[tuple[_Session, int]], dict[str, list[tuple[_Session, int]]]]
"""Sessions with the QoS of their subscriptions, and those of each shared one."""
_LOOK_EVERY_S = 1.0


@dataclass
class Broker:
    """The broker's process and its file.

    Attributes:
        clock: Seconds.
        max_queued: Messages of QoS 1 that wait for a client; 0: no limit.
        max_inflight: Sent ahead of their acknowledgement to one who says no limit; 0: no limit.
        up: Whether it runs.
        on_publish: Is given every message that it takes, for the log.
        dropped: By client, what the limit has cost.
    """

    clock: Callable[[], float]
    max_queued: int = 1000
    max_inflight: int = 20
    up: bool = True
    on_publish: Callable[[str, Published], None] = lambda _client, _message: None
    on_dropped: Callable[[str, Published], None] = lambda _client, _message: None
    shuffle: Callable[[deque[Published]], None] = lambda _queue: None
    sessions: dict[str, _Session] = field(default_factory=dict)
    retained: dict[str, Published] = field(default_factory=dict)
    _next_look: float = 0.0
    _routes: dict[str, "_Route"] = field(default_factory=dict)
    _turns: dict[str, int] = field(default_factory=dict)
    _file: tuple[dict[str, _Session], dict[str, Published]] = field(
        default_factory=lambda: ({}, {})
    )

    def connect(
        self,
        client: str,
        peer: Peer,
        *,
        clean: bool,
        expiry_s: float,
        window: int = 0,
        will: Published | None = None,
    ) -> bool:
        """Accepts a client; whether its session was there."""
        self._expire_sessions()
        session = self.sessions.get(client)
        if session and session.peer:
            former, session.peer = session.peer, None
            former.closed()
        present = session is not None and not clean
        if session is None or clean:
            session = self.sessions[client] = _Session(client, expiry_s)
            self._routes.clear()
        session.peer, session.will, session.expiry_s = peer, will, expiry_s
        session.window = window or self.max_inflight or 65535
        session.queue.extendleft(
            replace(message, dup=True) for message in reversed(session.inflight.values())
        )
        session.inflight.clear()
        session.next_mid = 0
        self.shuffle(session.queue)
        return present

    def connected(self, client: str) -> None:
        """The client knows that it is connected: what waits is delivered."""
        if session := self.sessions.get(client):
            self._fill(session)

    def disconnect(self, client: str, peer: Peer, *, in_order: bool) -> None:
        """The connection of a client is over; without a word its will is published."""
        session = self.sessions.get(client)
        if session is None or session.peer is not peer:
            return
        session.peer, session.gone_at = None, self.clock()
        will, session.will = session.will, None
        if not session.expiry_s:
            self.forget(client)
        if will and not in_order:
            self.publish(client, will)

    def subscribe(self, client: str, filters: Iterable[tuple[str, int]]) -> None:
        """Subscribes, and delivers what is retained; for shared subscriptions nothing is."""
        session = self.sessions.get(client)
        if session is None:
            return
        self._routes.clear()
        for pattern, qos in filters:
            session.filters[pattern] = qos
            if pattern.startswith("$share/"):
                continue
            for topic, message in list(self.retained.items()):
                if _matches(pattern, topic):
                    found = replace(message, qos=min(qos, message.qos), retain=True)
                    self._give(session, found)

    def unsubscribe(self, client: str, filters: Iterable[str]) -> None:
        """Ends subscriptions; what was queued for them is delivered all the same."""
        if session := self.sessions.get(client):
            self._routes.clear()
            for pattern in filters:
                session.filters.pop(pattern, None)

    def publish(self, client: str, message: Published) -> int:
        """Takes a message; returns the reason code of its acknowledgement."""
        self.on_publish(client, message)
        if message.retain:
            if message.payload:
                self.retained[message.topic] = message
            else:
                self.retained.pop(message.topic, None)
        self._expire_sessions()
        plain, shared = self._routes.get(message.topic) or self._route(message.topic)
        if not plain and not shared:
            return NO_SUBSCRIBERS
        live = replace(message, retain=False, dup=False)
        for session, qos in plain:
            self._give(session, replace(live, qos=min(qos, message.qos)))
        for pattern, members in shared.items():
            # In turn, also to one who is away: it waits in that session.
            turn = self._turns[pattern] = self._turns.get(pattern, -1) + 1
            session, qos = members[turn % len(members)]
            self._give(session, replace(live, qos=min(qos, message.qos)))
        return SUCCESS

    def _route(self, topic: str) -> "_Route":
        """Who gets a topic; known until anybody subscribes, comes or goes."""
        plain: list[tuple[_Session, int]] = []
        shared: dict[str, list[tuple[_Session, int]]] = {}
        for session in self.sessions.values():
            for pattern, qos in session.filters.items():
                if pattern.startswith("$share/"):
                    if _matches(pattern.split("/", 2)[2], topic):
                        shared.setdefault(pattern, []).append((session, qos))
                elif _matches(pattern, topic):
                    plain.append((session, qos))
                    break
        route = self._routes[topic] = plain, shared
        return route

    def acknowledged(self, client: str, peer: Peer, mid: int) -> None:
        """A client has a message."""
        session = self.sessions.get(client)
        if session and session.peer is peer and session.inflight.pop(mid, None):
            self._fill(session)

    def save(self) -> None:
        """Writes sessions and retained messages to its file."""
        kept = {key: one.saved() for key, one in self.sessions.items() if one.expiry_s}
        self._file = kept, dict(self.retained)

    def stop(self, *, saving: bool) -> None:
        """Ends it, in good order or without saving."""
        if saving:
            self.save()
        self.up = False
        for session in list(self.sessions.values()):
            if session.peer:
                session.peer.closed()

    def forget_file(self) -> None:
        """Its file is gone."""
        self._file = {}, {}

    def start(self) -> None:
        """Starts with what its file has."""
        sessions, retained = self._file
        self.sessions = {key: copy(one).saved() for key, one in sessions.items()}
        for session in self.sessions.values():
            session.gone_at = self.clock()
        self.retained = dict(retained)
        self._routes.clear()
        self.up = True

    def _give(self, session: _Session, message: Published) -> None:
        if message.qos == 0:
            if session.peer:
                session.peer.deliver(0, message)
            return
        waiting = len(session.queue) + len(session.inflight)
        ahead = session.window if session.peer else 0
        if self.max_queued and waiting - ahead >= self.max_queued:
            self.on_dropped(session.client, message)
            return
        session.queue.append(message)
        self._fill(session)

    def _fill(self, session: _Session) -> None:
        while session.peer and session.queue and len(session.inflight) < session.window:
            message = session.queue.popleft()
            if message.expires is not None and message.expires <= self.clock():
                continue
            session.next_mid = session.next_mid % 65535 + 1
            session.inflight[session.next_mid] = message
            session.peer.deliver(session.next_mid, message)

    def _expire_sessions(self) -> None:
        now = self.clock()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY_S
        for client, session in list(self.sessions.items()):
            if session.peer is None and now - session.gone_at > session.expiry_s:
                self.forget(client)

    def forget(self, client: str) -> None:
        """A session is over, with all that waits in it."""
        if session := self.sessions.pop(client, None):
            self._routes.clear()
            if session.peer:
                session.peer.closed()


@lru_cache(maxsize=10_000)
def _matches(pattern: str, topic: str) -> bool:
    return bool(topic_matches_sub(pattern, topic))


__all__ = ["KEEPALIVE_S", "NO_SUBSCRIBERS", "SUCCESS", "Broker", "Peer", "Published"]
