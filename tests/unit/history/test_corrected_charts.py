"""Charts of a panel whose instruments are corrected, or that has a companion, are its bill's."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bcm_mqtt.domain.history.grid import STEPS
from bcm_mqtt.domain.history.points import Floats, Points, Source
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.history.archive import Archive
from bcm_mqtt.history.query import PointsQuery, Span
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, QUARTER, circuit, directory, panel, polled
from unit.store.rows import execute

START = datetime(2026, 11, 16, 5, tzinfo=UTC)
"""Midnight in New York."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIN = Companion("msb-1", (1, 3, 5))
NOON = START + 12 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/bcm.db")
    made.database.ensure_schema()
    yield made
    made.close()


Fill = Callable[[Snapshot], Snapshot]


def fill(
    store: Store,
    length: timedelta = 2 * DAY,
    poll: timedelta = QUARTER,
    change: Fill = lambda one: one,
) -> None:
    """10 A on poles 1 and 3, and what a change makes of it."""
    poll_ms = poll // timedelta(milliseconds=1)
    snapshots = polled(START, START + length, [10_000, None, 10_000], poll_ms=poll_ms)
    store.arrivals.add([change(one) for one in snapshots])
    rolled_up(store)


def fill_companion(store: Store, length: timedelta, volts: int) -> None:
    volt = volts * 1000
    snapshots = polled(START, START + length, [0], panel_id="msb-1", poll_ms=300_000)
    store.arrivals.add([replace(one, voltage=(volt, None, volt, None, volt)) for one in snapshots])
    rolled_up(store)


def rolled_up(store: Store) -> None:
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass


def points(
    store: Store,
    step: str,
    length: timedelta,
    *rows: Instrument,
    of: Panel | None = None,
    circuits: Sequence[CircuitVersion] = (circuit((1,), "Acme-web"),),
) -> Points:
    sent = replace(directory(*circuits, of=of), instruments=rows)
    store.directories.add(sent, encode_directory(sent), START)
    asked = PointsQuery(Span(START, START + length, START + 9 * DAY), STEPS[step])
    return archive(store).circuit("rpp-1a", 1, asked).points


def archive(store: Store) -> Archive:
    return Archive(store, NEW_YORK, CustomerRule().customer_of)


def same(found: Floats, expected: Sequence[float | None]) -> None:
    wanted = [np.nan if value is None else value for value in expected]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def doubled(since: datetime = START) -> Instrument:
    return Instrument((1,), valid_from=since, multiplier=Fraction(2))


def test_a_ratio_of_2_doubles_current_power_and_energy_from_its_row_on(store: Store) -> None:
    fill(store)
    found = points(store, "1d", 2 * DAY, doubled(START + DAY))
    band = found.amps[1]
    for part in (band.least, band.mean, band.greatest):
        same(part, [10, 20])
    same(found.watts.mean, [1200, 2400])
    same(found.kwh, [28.8, 57.6])
    span = Span(START, START + 2 * DAY, START + 9 * DAY)
    customer = archive(store).customer("Acme", PointsQuery(span, STEPS["1d"]))
    same(customer.points.kwh, [28.8, 57.6])
    same(archive(store).customer_week("Acme", span).watts[:2].mean(axis=1), [1200, 2400])


def test_a_row_that_begins_within_a_day_and_a_quarter_counts_from_then_on(store: Store) -> None:
    fill(store)
    at = NOON + QUARTER / 3
    found = points(store, "1d", DAY, doubled(at))
    # 12 h 5 min of 1.2 kW and 11 h 55 min of 2.4 kW.
    same(found.kwh, [1.2 * (12 + 1 / 12) + 2.4 * (12 - 1 / 12)])
    same(found.amps[1].least, [10])
    same(found.amps[1].greatest, [20])
    quarters = points(store, "15min", DAY, doubled(at))
    same(quarters.amps[1].mean[47:50], [10, 10 / 3 + 20 * 2 / 3, 20])
    same(quarters.amps[1].least[47:50], [10, 10, 20])
    same(quarters.amps[1].greatest[47:50], [10, 20, 20])


def test_polls_are_corrected_as_intervals_are(store: Store) -> None:
    fill(store, HOUR, timedelta(minutes=5))
    found = points(store, "5min", HOUR, doubled(START + HOUR / 2))
    assert found.sources == (Source.SNAPSHOTS,)
    same(found.watts.mean, [1200] * 6 + [2400] * 6)
    same(found.amps[1].greatest, [10] * 6 + [20] * 6)


@pytest.mark.parametrize("step", ["5min", "15min"])
def test_a_reversed_transformer_draws_its_power_upwards(store: Store, step: str) -> None:
    fill(
        store,
        HOUR,
        timedelta(minutes=5),
        lambda one: replace(one, power=(-1_180_000, None, 1_180_000)),
    )
    same(np.unique(points(store, step, HOUR).watts.mean), [-1180])
    found = points(store, step, HOUR, Instrument((1,), sign=-1))
    same(np.unique(found.watts.mean), [1180])
    assert found.total_kwh == pytest.approx(1.18)
    same(np.unique(found.amps[1].mean), [10])


@pytest.mark.parametrize("step", ["5min", "15min", "1h"])
def test_a_companion_at_126_v_is_what_power_is_calculated_with(store: Store, step: str) -> None:
    fill(store, HOUR, timedelta(minutes=5))
    fill_companion(store, HOUR, 126)
    supplied = replace(panel(), voltage_from=MAIN)
    found = points(store, step, HOUR, of=supplied)
    same(np.unique(found.watts.mean), [1260])
    assert found.total_kwh == pytest.approx(1.26)
    assert points(store, step, HOUR).total_kwh == pytest.approx(1.2)
    # Between two phases it is sqrt(3) x 126 V.
    two = points(store, step, HOUR, of=supplied, circuits=[circuit((1, 3), "Acme-web")])
    assert two.total_kwh == pytest.approx(10 * 126 * 3**0.5 / 1000)


def test_polls_for_whose_time_a_companion_has_nothing_are_at_nominal_voltage(store: Store) -> None:
    fill(
        store,
        HOUR,
        timedelta(minutes=5),
        lambda one: replace(one, current=(None,)) if one.time == START + HOUR / 2 else one,
    )
    fill_companion(store, HOUR / 2, 126)
    found = points(store, "5min", HOUR, of=replace(panel(), voltage_from=MAIN))
    # A reading stands for a poll and a half, and the one that is missing has no power.
    same(found.watts.mean, [1260] * 7 + [1200] * 5)


class TestRemovedIntervals:
    def points(self, store: Store, *rows: Instrument, of: Panel | None = None) -> Points:
        fill(store)
        for table in ("interval", "load_profile"):
            execute(store, f"DELETE FROM {table}")
        return points(store, "1d", 2 * DAY, *rows, of=of)

    def test_daily_totals_are_corrected_by_their_day(self, store: Store) -> None:
        found = self.points(store, doubled(START + DAY))
        assert found.sources == (Source.DAY_TOTALS,)
        same(found.amps[1].greatest, [10, 20])
        same(found.kwh, [28.8, 57.6])

    def test_one_of_a_day_in_which_the_ratio_changes_says_nothing(self, store: Store) -> None:
        found = self.points(store, doubled(NOON))
        same(found.kwh, [None, 57.6])
        same(found.amps[1].mean, [None, 20])

    def test_another_number_of_a_meter_takes_no_day_away(self, store: Store) -> None:
        after = replace(doubled(NOON), serial="B-2")
        same(self.points(store, doubled(), after).kwh, [57.6, 57.6])

    def test_they_do_not_say_power_where_a_companion_measures(self, store: Store) -> None:
        found = self.points(store, of=replace(panel(), voltage_from=MAIN))
        same(found.amps[1].mean, [10, 10])
        same(found.kwh, [None, None])


def test_a_chart_of_single_polls_joins_the_sources_of_a_circuit(store: Store) -> None:
    """500 W of pole 1 each minute and 300 W of pole 3 each 5 minutes: 800 W, 0.8 kWh an hour."""

    def of(pole: int, watts: int) -> Fill:
        power = tuple(watts * 1000 if at == pole else None for at in (1, 2, 3))
        current = tuple(4000 if at == pole else None for at in (1, 2, 3))
        return lambda one: replace(one, source=f"of-{pole}", current=current, power=power)

    fill(store, HOUR, timedelta(minutes=1), of(1, 500))
    fill(store, HOUR, timedelta(minutes=5), of(3, 300))
    found = points(store, "1min", HOUR, circuits=(circuit((1, 3), "Acme-web"),))
    assert found.sources == (Source.SNAPSHOTS,)
    assert found.total_kwh == pytest.approx(0.8)
    assert set(found.watts.mean.tolist()) == {800}
    summed = points(store, "15min", HOUR, circuits=(circuit((1, 3), "Acme-web"),))
    assert summed.total_kwh == pytest.approx(0.8)
