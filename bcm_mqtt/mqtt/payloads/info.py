"""The bridge's info, both ways: the bridge makes these reports, the page shows them; its lease."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, UnitId, encoded
from bcm_mqtt.mqtt.payloads.fields import VERSION, PayloadError, from_to, json_object


@dataclass(frozen=True, slots=True)
class UnitReport:
    """The health of a device on a line.

    Attributes:
        round_trip_ms: From request to answer; None before the first.
        failures: Requests without a value since the bridge started.
        silent_in_a_row: Requests without an answer since the last one.
        last_answer: None before the first.
        last_error: Why, or "".
    """

    round_trip_ms: float | None
    failures: int
    silent_in_a_row: int
    last_answer: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """The health of a gateway and its line.

    Attributes:
        connected: Whether a connection stands.
        reachable: Whether connecting, and being answered, did not fail last time.
        silent_units: Unit ids that did not answer their last request.
        connections: Made since the bridge started.
        failures: Of connecting, since the bridge started.
        overruns: Polls left out because the line is too slow.
        last_answer: Of any unit; None before the first.
        last_error: Of the connection, or "".
        units: By unit id.
    """

    connected: bool
    reachable: bool
    silent_units: tuple[int, ...]
    connections: int
    failures: int
    overruns: int
    last_answer: datetime | None
    last_error: str
    units: Mapping[UnitId, UnitReport]


@dataclass(frozen=True, slots=True)
class SiteReport:
    """The site of a bridge: its id, name and time zone (IANA)."""

    id: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One of several sources of a panel; `answering` is None before the first poll."""

    gateway: str
    answering: bool | None


@dataclass(frozen=True, slots=True)
class PanelReport:
    """A panel that a bridge polls.

    Attributes:
        name: What people call it.
        gateway: That it is read through; of several, the first source's.
        answering: Whether any of its meters answered when last polled; None before the first
            poll.
        sources: By name, where the panel lists them.
    """

    name: str
    gateway: str
    answering: bool | None
    sources: Mapping[str, SourceReport] = field(default_factory=dict)

    @property
    def gateways(self) -> frozenset[str]:
        """Those that it is read through."""
        return frozenset(one.gateway for one in self.sources.values()) or frozenset([self.gateway])


@dataclass(frozen=True, slots=True)
class RecorderReport:
    """A recorder that is expected to store.

    Attributes:
        name: Its own.
        online: Whether it is known to run.
        problem: Why it stores nothing of some for now, or "".
    """

    name: str
    online: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OutboxReport:
    """The snapshots on their way to where they are stored.

    Attributes:
        waiting: Not stored yet; where no recorder is expected, not acknowledged by the broker.
        dropped: Lost since the bridge started: see `lost`.
        disk_fails: Whether the outbox cannot be written.
        recorders: Who is expected to store; none where the broker's word is enough.
        size: Of the file, bytes.
        limit: What it may grow to, bytes; 0 where that is not known.
        lasts_s: How long nothing is lost if nothing is stored from now on.
        lost: What was lost, the latest last.
        damaged: Name of the file that was moved aside because it was damaged, or "".
        runs_short: Whether snapshots wait and are lost within a day if that goes on.
    """

    waiting: int
    dropped: int
    disk_fails: bool
    recorders: tuple[RecorderReport, ...] = ()
    size: int = 0
    limit: int = 0
    lasts_s: float | None = None
    lost: tuple[LostSpan, ...] = ()
    damaged: str = ""
    runs_short: bool = False


@dataclass(frozen=True, slots=True)
class ClockReport:
    """What a bridge noticed of its own wall clock.

    Attributes:
        steps: How often it was set since the bridge started.
        step_s: By how much it was set last; back where that is negative.
        stepped: What it showed then; None where it was not set.
        behind_s: How long before the last poll of the run before it began; 0 where it did not,
            or where it was set since.
    """

    steps: int = 0
    step_s: float = 0.0
    stepped: datetime | None = None
    behind_s: float = 0.0


_CLOCK = ClockReport()


@dataclass(frozen=True, slots=True)
class BridgeReport:
    """A bridge as it reports itself.

    Attributes:
        version: Of its software.
        bridge: Its id.
        site: That it belongs to.
        time: Of the report.
        panels: By panel id.
        configuration_problem: Why a changed configuration was refused; None if it was not.
        directory_problem: Why a changed directory was refused; None if it was not.
        outbox: Of snapshots.
        gateways: By gateway id.
        boot: Names this run of the bridge; "" of an earlier release.
        uptime_s: Since that run began, by a clock that never jumps.
        deadlines: Whether its requests may have a deadline; False of an earlier release.
        clock: What it noticed of its wall clock.
        names: Whether its requests may say who requests; False of an earlier release.
    """

    version: str
    bridge: str
    site: SiteReport
    time: datetime
    panels: Mapping[str, PanelReport]
    configuration_problem: str | None
    directory_problem: str | None
    outbox: OutboxReport
    gateways: Mapping[str, GatewayReport]
    boot: str = ""
    uptime_s: float = 0.0
    deadlines: bool = False
    clock: ClockReport = _CLOCK
    names: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        """Why changed files were refused."""
        problems = (self.configuration_problem, self.directory_problem)
        return tuple(problem for problem in problems if problem)


for _part in (
    UnitReport,
    GatewayReport,
    SiteReport,
    SourceReport,
    LostSpan,
    ClockReport,
):
    Codec(_part)
_ADDED = Form(added=True)
Codec(PanelReport, sources=Form(omitted=True))
Codec(RecorderReport, problem=Form(omitted=True))
Codec(
    OutboxReport,
    recorders=_ADDED,
    size=_ADDED,
    limit=_ADDED,
    lasts_s=_ADDED,
    lost=_ADDED,
    damaged=_ADDED,
    runs_short=_ADDED,
)
_BRIDGE = Codec(
    BridgeReport, boot=_ADDED, uptime_s=_ADDED, deadlines=_ADDED, clock=_ADDED, names=_ADDED
)


def encode_info(report: BridgeReport) -> bytes:
    """JSON of the bridge's info."""
    return encoded({"v": VERSION, **_BRIDGE.body(report)})


def decode_info(payload: bytes) -> BridgeReport:
    """The bridge of a payload on its topic of info.

    Raises:
        PayloadError: not such a report.
    """
    return _BRIDGE.read(json_object(payload))


@dataclass(frozen=True, slots=True)
class LeaseReport:
    """A renewal.

    Attributes:
        term: Counts up each time that the other side begins to poll.
        first: Whether the first side has it; else the second.
        boot: Names this run of the bridge.
        count: Of renewals of this run.
        released: Whether it is given up, so that the other side may poll at once.
        standby: Whether the other side is ready to poll.
    """

    term: int
    first: bool
    boot: str
    count: int
    released: bool = False
    standby: bool = False


_LARGEST = 2**53
_LEASE = Codec(
    LeaseReport,
    term=Form("a whole number from 0 on", from_to(0, _LARGEST)),
    count=Form("a whole number from 0 on", from_to(0, _LARGEST)),
)


def encode_lease(report: LeaseReport) -> bytes:
    """JSON of a renewal."""
    return encoded({"v": VERSION, **_LEASE.body(report)})


def decode_lease(payload: bytes) -> LeaseReport:
    """The renewal of a payload.

    Raises:
        PayloadError: it is none.
    """
    body = json_object(payload)
    if body.get("v") != VERSION:
        raise PayloadError(f"v: expected {VERSION}")
    return _LEASE.read(body)
