"""Voltages, rolled up: those of the domain, in whatever order the snapshots came."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.interval.electrical_interval import electrical_intervals_of
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.mqtt.payloads import decode_directory, encode_directory
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER, circuit, directory, panel, polled, snapshot
from unit.store.rows import rows

NOVEMBER = Month(2026, 11)


def voltages() -> list[Snapshot]:
    """Five minutes between polls, of which some failed for a pole."""
    return [
        replace(
            snapshot(from_ms(to_ms(NOON) + number * 300_000), [1000], poll_ms=300_000),
            voltage=(119_000 + number, None if number % 4 == 1 else 121_000, None),
            power_factor=(900, -950 + number, None) if number % 3 else None,
            reactive_power=(-10_000, None, None) if number > 2 else None,
        )
        for number in range(12)
    ]


def test_they_are_the_domains_in_whatever_order_snapshots_come(store: Store) -> None:
    history = voltages()
    for batch in (history[6:], history[:3], history[3:6]):
        store.arrivals.add(batch)
        store.roll_up.intervals()
    starts = [NOON + number * QUARTER for number in range(5)]
    of_all = [one for start in starts for one in electrical_intervals_of(history, start)]
    expected = {pole: [one for one in of_all if one.pole == pole] for pole in (1, 2)}
    assert store.intervals.electrical_intervals("rpp-1a", NOON, starts[-1] + QUARTER) == expected
    some = store.intervals.electrical_intervals("rpp-1a", starts[1], starts[2], [2])
    assert some == {2: [expected[2][1]]}


def test_panels_that_measure_none_have_no_rows(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + QUARTER, [1000], poll_ms=15_000))
    store.roll_up.intervals()
    assert store.intervals.electrical_intervals("rpp-1a", NOON, NOON + QUARTER) == {}


def test_the_view_has_means(store: Store) -> None:
    store.arrivals.add(voltages()[:1])
    store.roll_up.intervals()
    query = (
        "SELECT panel, pole, volts, voltage_seconds, power_factor, vars "
        "FROM pole_electrical_interval ORDER BY pole"
    )
    assert rows(store, query) == [
        ("rpp-1a", 1, 119.0, 450.0, None, None),
        ("rpp-1a", 2, 121.0, 450.0, None, None),
    ]


def test_they_go_with_the_other_intervals(store: Store) -> None:
    store.arrivals.add(voltages())
    while store.roll_up.intervals():
        pass
    span = MonthSpan(NOVEMBER, *NOVEMBER.bounds(ZoneInfo("UTC")))
    now = span.end + 90 * 96 * QUARTER
    list(store.upkeep.remove_snapshots([span], now))
    assert rows(store, "SELECT count(*) FROM electrical_interval") != [(0,)]
    list(store.upkeep.remove_intervals([span]))
    assert rows(store, "SELECT count(*) FROM electrical_interval") == [(0,)]


def test_companions_of_a_panel_come_back_from_payload_and_database(store: Store) -> None:
    main, ps = Companion("msb-1", (1, 3, 5)), Companion("ps", (2, 4, 6))
    of = replace(panel(), voltage_from=main, power_factor_from=ps, states_unity=True)
    sent = directory(circuit((1,)), of=of)
    payload = encode_directory(sent)
    assert b'"voltage_from":{"panel":"msb-1","poles":[1,3,5]}' in payload
    assert decode_directory(payload, "rpp-1a") == sent
    store.directories.add(sent, payload, NOON)
    assert store.directories.all()["rpp-1a"] == sent


def test_a_panel_without_any_is_published_as_before() -> None:
    payload = encode_directory(directory(circuit((1,))))
    assert b"_from" not in payload.replace(b"valid_from", b"")
    assert b"states" not in payload
    assert decode_directory(payload, "rpp-1a") == directory(circuit((1,)))
