"""The recorder's loop: collect, commit, acknowledge, and compute what is derived from snapshots."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.brokers import EveryBroker, Whereabouts
from bcm_mqtt.mqtt.client import RECEIVE_MAXIMUM, Broker, Message, MqttClient
from bcm_mqtt.mqtt.topics import Kind, Topics
from bcm_mqtt.recorder.bridge_watch import BridgeWatch
from bcm_mqtt.recorder.clock_trust import ClockTrust
from bcm_mqtt.recorder.derived import Derived
from bcm_mqtt.recorder.held import Held
from bcm_mqtt.recorder.ingest import Ingest, Taken
from bcm_mqtt.recorder.part import Part
from bcm_mqtt.recorder.reporting import Reporting
from bcm_mqtt.recorder.subscribing import Subscribing
from bcm_mqtt.store import (
    DEFAULT_QUARANTINE_LIMIT,
    DatabaseAwayError,
    QuarantineLimit,
    RecordingStore,
)

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 120.0
"""A commit or a recomputation may take long on a slow disk, but not so long."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the recorder trades delay for throughput.

    Attributes:
        batch: Messages per commit; below the broker's receive maximum, or the broker
            would wait for acknowledgements that wait for more messages.
        flush_s: Longest wait of a message for its commit.
        quiet_s: No longer than that for the next one: a broker may send no more until it
            knows that these are safe.
        roll_up_s: Time between recomputations of dirty intervals.
        retry_s: Pause after the database failed.
        directories_s: After so long the retained directories are asked for again.
    """

    batch: int = RECEIVE_MAXIMUM // 2
    flush_s: float = 0.2
    quiet_s: float = 0.05
    roll_up_s: float = 10.0
    retry_s: float = 1.0
    directories_s: float = 600.0


class Recorder:
    """Subscribes and stores until it is stopped."""

    def __init__(
        self,
        store: RecordingStore,
        broker: Broker,
        topics: Topics,
        client_id: str,
        clock: Clock,
        zone: ZoneInfo,
        pace: Pace | None = None,
        group: str = "",
        quarantine_limit: QuarantineLimit = DEFAULT_QUARANTINE_LIMIT,
        name: str = "",
        database_name: str = "",
        *,
        part: Part | None = None,
        accept_clock: bool = False,
        shared_monotonic: Callable[[], float] | None = None,
    ) -> None:
        """Takes an open store; connects only when run.

        Args:
            store: Its database need not answer yet.
            broker: To subscribe at; of several, at each.
            topics: Below which base.
            client_id: Names the session in which the broker queues for this recorder.
            clock: For the time at which messages arrived.
            zone: Of the days that intervals are summed up to.
            pace: Or the default.
            group: Of the recorders that share the snapshots; "" for one that does not.
            quarantine_limit: How much of what cannot be stored the quarantine holds.
            name: Under which it says what it has stored; "" for one that says nothing.
            database_name: Of a database beside the site's first; "" of the first.
            part: Of the panels, for one that takes no others; None for all.
            accept_clock: Whether this host's clock is believed where nobody agrees with it.
            shared_monotonic: Where bridges go by `clock`, too: the one that never jumps with it, s.
        """
        self._store = store
        self._pace = pace or Pace()
        self._topics, self._clock = topics, clock
        # MQTT 3.1.1 cannot share; what several recorders take is stored once all the same.
        self._subscribing = Subscribing(topics, group if broker.protocol == "5" else "", part)
        self._trust = ClockTrust(
            store, clock, shared_monotonic or time.monotonic, accept=accept_clock
        )
        self._ingest = Ingest(store, topics, clock, quarantine_limit, name, self._trust)
        self._held = Held()
        self._bridges = BridgeWatch(
            store, clock, on_beat=self._trust.heard, same_clock=bool(shared_monotonic)
        )
        self._derived = Derived(store.roll_up, zone, self._pace.roll_up_s, clock)
        self._prepared_on = ""
        self._arrived: SimpleQueue[Message | None] = SimpleQueue()  # None: look whether it stops
        self._stopping = Event()
        self._file: tuple[int, int] | None = None  # that the database is in, once it answered
        self._failure = ""  # of the database, at the last attempt
        self._turned_at = time.monotonic()
        self._client = self._connection(broker, client_id)
        self._reporting = (
            Reporting(self._client, topics, store, name, database_name) if name else None
        )

    def _connection(self, broker: Broker, client_id: str) -> EveryBroker:
        return EveryBroker(
            broker,
            client_id,
            whereabouts=Whereabouts(self._topics, {Kind.DIRECTORY}, believes_retained=False),
            on_connect=self._subscribe,
            on_message=self._take,
            on_published=self._published,
            keep_session=True,
            manual_ack=True,
        )

    @property
    def ready(self) -> Event:
        """Set while subscribed."""
        return self._client.ready

    @property
    def has_begun(self) -> bool:
        """Whether the database has answered."""
        return self._file is not None

    def problems(self) -> list[str]:
        """Whether it stands still; a broker or database that is away is waited for."""
        idle_s = time.monotonic() - self._turned_at
        return [f"recorder: stands still for {idle_s:.0f} s"] if idle_s > _PATIENCE_S else []

    def summary(self) -> str:
        """The health of its connections, in a line."""
        health = [self._client.health, f"database {'fails' if self._failure else 'works'}"]
        if self._trust.problem:
            health.append(f"{len(self._held):,} snapshots wait for a clock: {self._trust.problem}")
        return ", ".join([*health, *self._bridges.problems()])

    def stop(self) -> None:
        """Makes `run` store what it holds and return; not for the thread of `run`."""
        self._stopping.set()
        # A signal that interrupts `get` for longer than its time makes it wait for ever in CPython
        # 3.11 and 3.12, which compute a wait below 0 then.
        self._arrived.put(None)

    def run(self) -> None:
        """Records until `stop`.

        Raises:
            WorkError: the database answers, and its schema is not this version's.
        """
        self._client.start()
        try:
            self._persistently(self._begin, but_for=DatabaseAwayError)
            while not self._stopping.is_set():
                self._turned_at = time.monotonic()
                self._prepare()
                self._store_batch(self._collect())
                if not self._held:
                    self._subscribing.turn(self._client, self._pace.directories_s)
                self._persistently(self._bridges.turn)
                self._persistently(self._derived.turn)
            self._persistently(self._derived.finish)
            if self._reporting:
                self._reporting.end()
        finally:
            self._client.stop()

    def _begin(self) -> None:
        """Checks the database, and says what it has; again where its file was replaced."""
        database = self._store.database
        file = database.file_identity
        if file == self._file:
            return
        database.ensure_schema(recording=True)
        if self._reporting:
            self._reporting.begin()
        self._file = database.file_identity

    def _prepare(self) -> None:
        """Once a day, before its first message is stored."""
        now = self._clock()
        if f"{now:%F}" == self._prepared_on:
            return
        self._prepared_on = f"{now:%F}"
        try:
            self._persistently(
                lambda: self._store.arrivals.prepare_months(now), but_for=DatabaseAwayError
            )
        except WorkError as error:  # there is a place for snapshots without a month of their own
            _LOG.warning("%s: no partition was made", error)

    def _store_batch(self, batch: list[Message]) -> None:
        taken: list[Taken] = []
        batch = self._held.due(time.monotonic()) + batch

        def store() -> None:
            self._begin()
            taken.append(self._ingest.messages(batch))

        if batch and self._persistently(store):
            held = taken[0].held
            twice = self._held.judged(batch, held)
            if not self._held:
                self._trust.believed()
            unsafe = set(map(id, held)) - set(map(id, twice))
            self._client.acknowledge([one for one in batch if id(one) not in unsafe])
            if reporting := self._reporting:
                reporting.problem(self._trust.problem)
                self._persistently(lambda: reporting.stored(taken[0].names))

    def _persistently(
        self, work: Callable[[], object], but_for: type[WorkError] = WorkError
    ) -> bool:
        """Does the work again until it succeeds or the recorder is stopped.

        Meanwhile nothing is acknowledged, so the broker holds what it cannot deliver.

        Args:
            work: What may fail.
            but_for: Failures that may pass; others are raised.

        Returns:
            Whether it succeeded.
        """
        # A locked database takes long to fail, each time: one that is to end asks it no more.
        while not (self._failure and self._stopping.is_set()):
            self._turned_at = time.monotonic()
            try:
                work()
            except but_for as error:
                if str(error) != self._failure:
                    _LOG.warning("%s: trying again until it works", error)
                self._failure = str(error)
                self._stopping.wait(self._pace.retry_s)
            else:
                if self._failure:
                    _LOG.info("database: works again")
                self._failure = ""
                return True
        return False

    def _subscribe(self, client: MqttClient) -> None:
        self._subscribing.begin(client)
        if self._reporting:
            self._reporting.connected(client)

    def _published(self, _packet_id: int, reason: int) -> None:
        """Runs in the network thread."""
        if self._reporting:
            self._reporting.published(reason)

    def _take(self, message: Message) -> None:
        """Runs in the network thread."""
        self._subscribing.hear(self._client, message)
        if self._topics.is_info(message.topic):
            self._bridges.hear(message)
        else:
            self._arrived.put(message)

    def _collect(self) -> list[Message]:
        """Up to a batch of messages: waits for a first, then no longer than the flush time."""
        batch: list[Message] = []
        wait_s = self._pace.flush_s
        until = time.monotonic() + wait_s
        with suppress(Empty):
            while len(batch) < self._pace.batch and (one := self._arrived.get(timeout=wait_s)):
                batch.append(one)
                wait_s = max(0.0, min(self._pace.quiet_s, until - time.monotonic()))
        return batch
