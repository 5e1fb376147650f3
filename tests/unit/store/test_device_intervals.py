"""What devices measured, rolled up: those of the domain, whatever way the snapshots came."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.device_interval import DeviceInterval, device_intervals_of
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER, SECOND, snapshot

STARTS = [NOON + number * QUARTER for number in range(-1, 20)]
PANELS = count()


def metered(
    start: datetime, end: datetime, *, panel: str = "rpp-1b", step_s: int = 15
) -> list[Snapshot]:
    """A panel whose devices measure 120 W and count 0.5 Wh with every poll."""
    first, last = to_ms(start), to_ms(end)
    return [
        replace(
            snapshot(from_ms(ms), [1000], panel_id=panel, poll_ms=step_s * 1000),
            power=(120_000,),
            energy=((ms - to_ms(NOON)) // 30_000 + 70_000,),
        )
        for ms in range(first, last, step_s * 1000)
    ]


READ = st.none() | st.tuples(st.none() | st.integers(0, 30_000), st.none() | st.integers(0, 30_000))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Snapshot], list[list[Snapshot]]]:
    """Registers that rise, fall and fail, in any order and batches, some of them twice."""
    minutes = draw(st.lists(st.integers(0, 4 * 60), unique=True, min_size=2, max_size=14))
    history = [
        replace(
            snapshot(NOON + timedelta(minutes=minute), [1000], poll_ms=60_000),
            power=draw(st.none() | st.tuples(st.none() | st.integers(0, 9_000))),
            energy=draw(READ),
        )
        for minute in minutes
    ]
    again = draw(st.lists(st.sampled_from(history), max_size=3))
    arriving = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=4)))
    edges = [0, *cuts, len(arriving)]
    return history, [arriving[start:end] for start, end in pairwise(edges)]


def stored(store: Store, panel: str) -> dict[int, list[DeviceInterval]]:
    return store.intervals.device_intervals(panel, STARTS[0], STARTS[-1] + QUARTER)


def expected(history: Sequence[Snapshot]) -> dict[int, list[DeviceInterval]]:
    """By the domain, from all snapshots at once."""
    found = defaultdict[int, list[DeviceInterval]](list)
    for start in STARTS:
        for item in device_intervals_of(history, start):
            found[item.pole].append(item)
    return dict(found)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deliveries())
def test_device_intervals_are_the_domains_of_all_snapshots_however_they_arrive(
    store: Store, delivery: tuple[list[Snapshot], list[list[Snapshot]]]
) -> None:
    history, batches = delivery
    panel = f"d{next(PANELS)}"
    for batch in batches:
        store.arrivals.add([replace(item, panel=panel) for item in batch])
        store.roll_up.intervals()
    assert stored(store, panel) == expected(history)
    assert store.figures.info().dirty == 0


def test_energy_over_a_pause_is_in_the_interval_of_the_next_reading(store: Store) -> None:
    history = [*metered(NOON, NOON + QUARTER), *metered(NOON + 8 * QUARTER, NOON + 9 * QUARTER)]
    for item in history:
        store.arrivals.add([item])
        store.roll_up.intervals()
    first, back = (item for item in stored(store, "rpp-1b")[1] if item.watt_hours is not None)
    assert (first.watt_hours, first.energy_ms) == (29, 885_000)
    # 7 quarters of silence, one of readings, and the poll before.
    assert (back.start, back.watt_hours) == (NOON + 8 * QUARTER, 8 * 30)
    assert back.energy_ms == 8 * 900_000


def test_a_late_reading_changes_the_interval_of_the_next_one(store: Store) -> None:
    history = [*metered(NOON, NOON + QUARTER), *metered(NOON + 8 * QUARTER, NOON + 9 * QUARTER)]
    late = metered(NOON + 4 * QUARTER, NOON + 5 * QUARTER)
    for batch in (history, late):
        store.arrivals.add(batch)
        store.roll_up.intervals()
    assert stored(store, "rpp-1b") == expected([*history, *late])


def test_a_month_is_given_the_energy_that_was_read_after_it(store: Store) -> None:
    store.arrivals.add(
        [*metered(NOON, NOON + QUARTER), *metered(NOON + 8 * QUARTER, NOON + 9 * QUARTER)]
    )
    store.roll_up.intervals()
    month_end = NOON + 4 * QUARTER
    starts = [item.start for item in store.intervals.device_intervals("rpp-1b", NOON, month_end)[1]]
    assert starts == [NOON, NOON + QUARTER, NOON + 8 * QUARTER]
    nothing = store.intervals.device_intervals("rpp-1b", NOON - 8 * QUARTER, NOON)
    assert nothing == {}


def test_a_panel_without_registers_has_none(store: Store) -> None:
    store.arrivals.add([snapshot(NOON + number * 15 * SECOND, [1000]) for number in range(9)])
    store.roll_up.intervals()
    assert stored(store, "rpp-1a") == {}
