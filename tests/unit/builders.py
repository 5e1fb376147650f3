"""A small site, made in code, for the tests of several packages."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.time import BEGINNING, from_ms, to_ms

UNHURRIED = settings(deadline=None)
"""For properties: how long one example takes says more about the machine's other work."""
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
QUARTER = timedelta(minutes=15)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.now = self._began = at
        self._set_by = timedelta()

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def set_by(self, seconds: float) -> None:
        """As somebody sets a clock: no time passes."""
        self._set_by += timedelta(seconds=seconds)
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Of the same host, s: what passed, whatever the clock was set to."""
        return (self.now - self._began - self._set_by) / timedelta(seconds=1)


def panel(
    panel_id: str = "rpp-1a",
    service: str = "120/208",
    *,
    poles: int = 48,
    power_factor: str = "1",
    unmonitored: Iterable[int] = (),
) -> Panel:
    return Panel(
        panel_id,
        panel_id.upper(),
        Service.parse(service),
        poles,
        power_factor=Decimal(power_factor),
        unmonitored=frozenset(unmonitored),
    )


def circuit(
    poles: tuple[int, ...] = (1,),
    description: str = "Customer1-A-1",
    *,
    rating: int | None = 20,
    valid_from: datetime = BEGINNING,
    connection: Connection | None = None,
) -> CircuitVersion:
    return CircuitVersion(
        poles=poles,
        description=description,
        rating_amps=rating,
        connection=connection or Connection.usual(len(poles)),
        valid_from=valid_from,
    )


def directory(*versions: CircuitVersion, of: Panel | None = None) -> Directory:
    return Directory(of or panel(), versions)


def snapshot(
    at: datetime,
    current: Sequence[int | None],
    *,
    panel_id: str = "rpp-1a",
    poll_ms: int = 15_000,
    seq: int = 1,
) -> Snapshot:
    return Snapshot(panel_id, at, seq, poll_ms, tuple(current))


def polled(
    start: datetime,
    end: datetime,
    milliamps: Sequence[int | None],
    *,
    panel_id: str = "rpp-1a",
    poll_ms: int = 900_000,
) -> list[Snapshot]:
    """A constant current per pole, read on a grid from `start` until before `end`."""
    return [
        snapshot(from_ms(ms), milliamps, panel_id=panel_id, poll_ms=poll_ms, seq=seq)
        for seq, ms in enumerate(range(to_ms(start), to_ms(end), poll_ms), start=1)
    ]


JSON_VALUES: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1, 10**400, -(10**400)])
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["\ud800", "\0", "2026-11-20T20:15:00", "9999-12-31T23:59:59Z"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
"""Whatever json.loads may give, NaN and Infinity included."""
