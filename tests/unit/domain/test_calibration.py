"""Calibration to a revenue meter: exact sums within the bound, nothing changed beyond it."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import profile_of
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.usage.calibration.apportioning import apportioned, divided
from bcm_mqtt.domain.usage.calibration.factors import State, calibrated
from bcm_mqtt.domain.usage.calibration.findings import calibration_findings
from bcm_mqtt.domain.usage.calibration.scaling import scaled_loads
from bcm_mqtt.domain.usage.calibration.setting import (
    CalibratedTo,
    Scope,
    StatedPart,
    scopes_of,
)
from bcm_mqtt.domain.usage.calibration.summary import site_calibration
from bcm_mqtt.domain.usage.calibration.sums import MeterReadings, circuit_sums, meter_readings
from bcm_mqtt.domain.usage.cut import PricedTime, cuts
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Horizon
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.quality import Quality
from unit.builders import NOON, QUARTER, circuit

KWH = 1_000_000_000
SLOTS = Slots.between(NOON, NOON + 4 * QUARTER)
END = NOON + 4 * QUARTER
METER = Feeder("msb-1", 1)
ENERGY = st.integers(0, 2 * 10**13) | st.integers(0, 100)


def load_of(energy: list[int], missing: tuple[int, ...] = (), estimated: int = 0) -> CircuitLoad:
    """Four quarter hours; of some nothing is known, and some of the first is estimated."""
    amounts = np.array([0 if at in missing else one for at, one in enumerate(energy)], np.int64)
    incomplete = np.array(sorted({*missing, *((0,) if estimated else ())}), np.intp)
    how = np.zeros((5, incomplete.size), np.int64)
    for at, slot in enumerate(incomplete.tolist()):
        if slot not in missing:
            how[:, at] = [estimated, 0, INTERVAL_MS // 2, INTERVAL_MS // 2, 0]
    qualities = np.full(incomplete.size, Quality.MIXED, np.uint8)
    times = np.full(4, INTERVAL_MS, np.int64)
    intervals = CircuitIntervals(profile_of({}, SLOTS), (), amounts, times)
    return CircuitLoad(SLOTS, intervals, amounts, incomplete, how, qualities, Horizon(0, 4))


def setting(**changes: object) -> CalibratedTo:
    values: dict[str, object] = {
        "id": "utility",
        "name": "Utility meter 4711",
        "meter": METER,
        "scopes": (Scope("rpp-1a"), Scope("rpp-1b")),
        "bound": Decimal("0.05"),
    }
    return CalibratedTo(**(values | changes))  # type: ignore[arg-type]


def metered(*energy: int, known: tuple[bool, ...] = (True,) * 4) -> MeterReadings:
    return MeterReadings(np.array(energy, np.int64), np.array(known))


class Site:
    """Two panels with circuits of four quarter hours each, calibrated to a meter."""

    def __init__(
        self, panels: dict[str, list[CircuitLoad]], meter: MeterReadings, **changes: object
    ) -> None:
        self.setting = setting(**changes)
        self.loads = {
            panel: {circuit((2 * at + 1,), ""): load for at, load in enumerate(loads)}
            for panel, loads in panels.items()
        }
        self.spans = {
            panel: [CircuitSpan(version, NOON, END) for version in loads]
            for panel, loads in self.loads.items()
        }
        sums = {
            panel: circuit_sums(self.spans[panel], loads, SLOTS)
            for panel, loads in self.loads.items()
        }
        self.made = calibrated(self.setting, SLOTS, meter, sums, END)

    @property
    def after(self) -> dict[str, dict[CircuitVersion, CircuitLoad]]:
        return {
            panel: {
                **loads,
                **scaled_loads(self.made.panels[panel], panel, self.spans[panel], loads, SLOTS),
            }
            for panel, loads in self.loads.items()
        }

    def energy(self) -> Integers:
        """Of each circuit by slot, calibrated."""
        rows = [one.microwatt_hours for each in self.after.values() for one in each.values()]
        return np.stack(rows)


def test_two_circuits_worked_by_hand() -> None:
    # 12:00: the meter has 10.2 kWh, the circuits 4 + 6: factor 1.02, 4.08 + 6.12.
    # 12:15: 1.000000001 kWh for 3 x 1/3: 333333334 uWh to the first by the largest remainder.
    # 12:30: 10.6 for 10 is 6 % above: beyond 5 %. 12:45: the meter was not read.
    thirds = [4 * KWH, 333_333_333, 4 * KWH, 5 * KWH]
    sixes = [6 * KWH, 333_333_333, 6 * KWH, 5 * KWH]
    third = [0, 333_333_333, 0, 0]
    meter = metered(
        10_200_000_000, 1_000_000_001, 10_600_000_000, 0, known=(True, True, True, False)
    )
    site = Site({"rpp-1a": [load_of(thirds), load_of(sixes)], "rpp-1b": [load_of(third)]}, meter)
    assert site.made.states.tolist() == [
        State.SCALED,
        State.SCALED,
        State.BEYOND,
        State.UNREAD,
    ]
    assert site.energy().tolist() == [
        [4_080_000_000, 333_333_334, 4 * KWH, 5 * KWH],
        [6_120_000_000, 333_333_333, 6 * KWH, 5 * KWH],
        [0, 333_333_334, 0, 0],
    ]
    assert site.made.factor(0) == Decimal("1.0200")
    assert site.made.factors() == (Decimal("1.0000"), Decimal("1.0200"))
    found = [finding for finding, _ in calibration_findings(site.made)]
    assert [(one.flag, one.flag.holds, one.panel, one.poles, one.detail) for one in found] == [
        (
            Flag.CALIBRATION_BEYOND,
            True,
            "msb-1",
            (1,),
            (
                "Utility meter 4711: 1 interval beyond 5 %, together +0.600 kWh, the most +0.600 "
                "kWh of 10.600 kWh at 2026-11-20 12:30 UTC"
            ),
        ),
        (
            Flag.CALIBRATION_UNREAD,
            False,
            "msb-1",
            (1,),
            "Utility meter 4711: 1 interval without a reading of the meter",
        ),
    ]
    whole = site_calibration(site.made, 3)
    # Fed 10.2 + 1.000000001 + 10.6; billed 10.2 + 1.000000001 + 10; 0.6 is unallocated.
    assert (whole.fed_kwh, whole.circuits_kwh, whole.measured_kwh, whole.unallocated_kwh) == (
        Decimal("21.800"),
        Decimal("21.200"),
        Decimal("21.000"),
        Decimal("0.600"),
    )


def test_stated_parts_are_taken_from_the_meter_first() -> None:
    # 2 % of 10 kWh is 0.2, and 24 kWh a day is 0.25 in a quarter hour: 9.55 is left for 9.5.
    parts = (StatedPart("losses", share=Decimal("0.02")), StatedPart("lift", kwh_a_day=Decimal(24)))
    site = Site({"rpp-1a": [load_of([9_500_000_000] * 4)]}, metered(*[10 * KWH] * 4), parts=parts)
    assert [energy.tolist() for energy in site.made.parts] == [[200_000_000] * 4, [250_000_000] * 4]
    assert site.energy().tolist() == [[9_550_000_000] * 4]
    assert site_calibration(site.made, 1).parts == (
        ("losses", Decimal("0.800")),
        ("lift", Decimal("1.000")),
    )


def test_shares_of_a_part_are_rounded_half_up() -> None:
    part = StatedPart("losses", share=Decimal("0.015"))
    assert part.microwatt_hours(np.array([100, 99, 33, 34])).tolist() == [2, 1, 0, 1]
    # 1 kWh a day is 10,416,666.67 uWh in a quarter hour.
    steady = StatedPart("lamp", kwh_a_day=Decimal(1))
    assert steady.microwatt_hours(np.array([0])).tolist() == [10_416_667]


def test_energy_that_flows_back_stays_as_it_is() -> None:
    # 10 kWh are used, 2 flow back: the meter has 8.1, so what is used comes to 10.1.
    site = Site(
        {"rpp-1a": [load_of([10 * KWH] * 4), load_of([-2 * KWH] * 4)]},
        metered(*[8_100_000_000] * 4),
    )
    assert site.energy().tolist() == [[10_100_000_000] * 4, [-2 * KWH] * 4]


def test_an_interval_with_something_missing_is_not_scaled() -> None:
    site = Site(
        {"rpp-1a": [load_of([10 * KWH] * 4), load_of([KWH] * 4, missing=(2,))]},
        metered(11_100_000_000, 11_100_000_000, 10_100_000_000, 11_100_000_000),
    )
    assert site.made.states.tolist() == [State.SCALED, State.SCALED, State.MISSING, State.SCALED]
    assert site.energy()[:, 2].tolist() == [10 * KWH, 0]
    (finding, _) = next(iter(calibration_findings(site.made)))
    assert finding.detail.endswith("1 interval in which something behind the meter is missing")


def test_what_was_estimated_is_as_great_a_part_as_before() -> None:
    site = Site(
        {"rpp-1a": [load_of([10 * KWH] * 4, estimated=5 * KWH)]}, metered(*[10_200_000_000] * 4)
    )
    (load,) = site.after["rpp-1a"].values()
    assert load.estimated.tolist() == [5_100_000_000]


def test_a_calibration_holds_from_and_until_its_times() -> None:
    changes = {"valid_from": NOON + QUARTER, "valid_to": NOON + 3 * QUARTER}
    site = Site({"rpp-1a": [load_of([KWH] * 4)]}, metered(*[1_010_000_000] * 4), **changes)
    assert site.made.states.tolist() == [0, 1, 1, 0]
    assert site.setting.holds_within(NOON, END)
    assert not site.setting.holds_within(NOON, NOON + QUARTER)
    assert not site.setting.holds_within(NOON + 3 * QUARTER, END)


def test_a_circuit_that_changes_within_an_interval_is_scaled_in_its_pieces() -> None:
    one, other = circuit((1,), "A"), circuit((1,), "B", valid_from=NOON + timedelta(minutes=7))
    at = NOON + timedelta(minutes=7)
    loads = {one: load_of([900_001] * 4), other: load_of([450_003] * 4)}
    spans = [CircuitSpan(one, NOON, at), CircuitSpan(other, at, END)]
    sums = circuit_sums(spans, loads, SLOTS)
    # 7/15 of the first and 8/15 of the other: 420,000 + 240,002.
    assert sums.positive.tolist() == [660_002, 450_003, 450_003, 450_003]
    made = calibrated(setting(), SLOTS, metered(*[671_234] * 4), {"rpp-1a": sums}, END)
    after = scaled_loads(made.panels["rpp-1a"], "rpp-1a", spans, loads, SLOTS)
    whole = PricedTime(NOON, END)
    energies = [
        sum(cut.total(after[span.version].microwatt_hours) for cut in cuts(whole, *times, SLOTS))
        for span in spans
        for times in [(max(span.start, NOON), min(span.end, NOON + QUARTER))]
    ]
    assert sum(energies) == 671_234
    assert made.states.tolist() == [1, 2, 2, 2]


def test_the_meter_counts_where_it_was_measured_for_nearly_all_of_an_interval() -> None:
    version = circuit((1,), "Meter")
    span = [CircuitSpan(version, NOON, END)]
    readings = meter_readings(span, {version: load_of([KWH] * 4, (2,), estimated=1)}, SLOTS)
    assert readings.known.tolist() == [False, True, False, True]  # half measured, and missing
    later = [CircuitSpan(version, NOON + QUARTER, END)]
    readings = meter_readings(later, {version: load_of([KWH] * 4)}, SLOTS)
    assert readings.known.tolist() == [False, True, True, True]


@given(
    st.dictionaries(
        st.sampled_from(("rpp-1a", "rpp-1b", "rpp-1c")),
        st.lists(st.lists(ENERGY, min_size=4, max_size=4), min_size=1, max_size=5),
        min_size=1,
    ),
    st.lists(ENERGY, min_size=4, max_size=4),
    st.lists(st.integers(-70_000, 70_000), min_size=4, max_size=4),
    st.sampled_from(("0.001", "0.05", "0.2")),
    st.sampled_from(("0", "0.031", "0.5")),
)
def test_circuits_add_up_to_the_meter_or_stay_as_they_are(
    panels: dict[str, list[list[int]]],
    anything: list[int],
    off: list[int],
    bound: str,
    share: str,
) -> None:
    used = np.array([one for each in panels.values() for one in each]).sum(axis=0)
    parts = (StatedPart("losses", share=Decimal(share), kwh_a_day=Decimal("0.1")),)
    # Two readings near what the circuits have, two of anything.
    near = [int(one) * (10**6 + by) // 10**6 for one, by in zip(used, off, strict=True)]
    fed = metered(*near[:2], *anything[2:])
    site = Site(
        {panel: [load_of(one) for one in each] for panel, each in panels.items()},
        fed,
        scopes=tuple(map(Scope, sorted(panels))),
        bound=Decimal(bound),
        parts=parts,
    )
    after = site.energy()
    stated = site.made.parts[0]
    assert (after >= 0).all()
    for slot in range(4):
        total = int(after[:, slot].sum())
        left = int(fed.microwatt_hours[slot]) - int(stated[slot])
        if abs(left - int(used[slot])) <= Decimal(bound) * int(used[slot]):
            assert site.made.states[slot] == State.SCALED
            assert total == left
            for before, now in zip(
                (one[slot] for each in panels.values() for one in each), after[:, slot], strict=True
            ):
                exact = before * left / used[slot] if used[slot] else 0
                assert abs(int(now) - exact) <= 2 + exact * 1e-12
        else:
            assert site.made.states[slot] == State.BEYOND
            before_all = [one[slot] for each in panels.values() for one in each]
            assert after[:, slot].tolist() == before_all
    whole = site_calibration(site.made, 1)
    assert whole.fed_kwh == whole.parts_kwh + whole.circuits_kwh + whole.unallocated_kwh


@given(st.integers(0, 2**49), st.integers(0, 2**49), st.integers(1, 2**52), st.integers(0, 2**20))
def test_divisions_are_exact(amount: int, times: int, by: int, more: int) -> None:
    by = max(by, amount) + more  # a part of the whole
    floors, rests = divided(np.array([amount]), times, by)
    assert (int(floors[0]), int(rests[0])) == divmod(amount * times, by)


@given(st.lists(st.integers(0, 2**45), min_size=1, max_size=40), st.integers(0, 2**49))
def test_shares_add_up_and_none_is_off_by_a_unit(weights: list[int], total: int) -> None:
    rows = np.array(weights, np.int64)[:, None]
    total = total if sum(weights) else 0
    shares = apportioned(np.array([total]), rows)[:, 0].tolist()
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert share * sum(weights) - weight * total in range(
            -sum(weights), sum(weights) + 1
        ) or not sum(weights)


def test_what_is_behind_a_meter_goes_on_through_feeders() -> None:
    feeders = {
        "rpp-1a": Feeder("msb-1", 5),
        "rpp-1b": Feeder("rpp-1a", 9),
        "floor-3": Feeder("msb-2", 1),
    }
    scopes = scopes_of(METER, ["msb-1"], [], feeders, ["rpp-1a:41", "losses"])
    assert scopes == (
        Scope("msb-1", None, frozenset({1, 5})),
        Scope("rpp-1a", None, frozenset({9, 41})),
        Scope("rpp-1b"),
    )
    one = setting(scopes=scopes)
    assert one.has("msb-1", 3)
    assert not one.has("msb-1", 5)
    assert not one.has("floor-3", 1)
    # Some circuits of a board, of which one feeds a panel.
    assert scopes_of(METER, [], [Feeder("msb-1", 5), Feeder("msb-1", 7)], feeders, ()) == (
        Scope("msb-1", frozenset({5, 7}), frozenset({1, 5})),
        Scope("rpp-1a", None, frozenset({9})),
        Scope("rpp-1b"),
    )
    # What the meter itself feeds.
    assert scopes_of(Feeder("msb-2", 1), [], [], feeders, ()) == (Scope("floor-3"),)


@pytest.mark.parametrize(
    "changes",
    [
        {"bound": Decimal("0.04")},
        {"scopes": (Scope("rpp-1a"),)},
        {"parts": (StatedPart("losses", share=Decimal("0.01")),)},
        {"meter": Feeder("msb-1", 3)},
    ],
)
def test_a_changed_setting_has_another_text(changes: dict[str, object]) -> None:
    assert setting(**changes).text != setting().text
    assert setting(name="Other", bound=Decimal("0.050")).text == setting().text
