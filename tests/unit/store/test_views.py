"""The views that a person queries, and what `db info` says is stored."""

from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store import PanelInfo, Store, StoreInfo
from unit.builders import NOON, QUARTER, SECOND, polled, snapshot
from unit.store.rows import rows


def test_a_reading_is_a_row_per_pole_in_amps_and_a_missing_one_is_none(store: Store) -> None:
    store.arrivals.add([snapshot(NOON + 0.123 * SECOND, [12_300, None, 0, 1])])
    assert rows(store, "SELECT panel, pole, time, amps, utc FROM reading ORDER BY pole") == [
        ("rpp-1a", pole, to_ms(NOON) + 123, amps, "2026-11-20T12:00:00.123Z")
        for pole, amps in ((1, 12.3), (3, 0.0), (4, 0.001))
    ]


def test_readings_of_several_panels_and_times_stand_side_by_side(store: Store) -> None:
    store.arrivals.add(
        [
            snapshot(NOON, [1000, 2000]),
            snapshot(NOON + SECOND, [1500]),
            snapshot(NOON, [7000], panel_id="rpp-1b"),
        ]
    )
    query = "SELECT panel, pole, amps FROM reading ORDER BY panel, time, pole"
    assert rows(store, query) == [
        ("rpp-1a", 1, 1.0),
        ("rpp-1a", 2, 2.0),
        ("rpp-1a", 1, 1.5),
        ("rpp-1b", 1, 7.0),
    ]


def test_a_pole_interval_is_in_amperes_and_seconds(store: Store) -> None:
    history = polled(NOON, NOON + QUARTER, [10_000, None], poll_ms=15_000)
    history[3] = snapshot(history[3].time, [12_500, None])
    store.arrivals.add(history)
    store.roll_up.intervals()
    query = f"SELECT * FROM pole_interval WHERE start = {to_ms(NOON)}"
    assert rows(store, query) == [
        (
            *("rpp-1a", 1, to_ms(NOON)),
            *(10.0 * 900 + 2.5 * 15, 900.0, 60, 10.0, 12.5),
            "2026-11-20T12:00:00Z",
        )
    ]


def test_the_columns_of_the_views_are_those_that_queries_rely_on(store: Store) -> None:
    columns = {
        view: [row[1] for row in rows(store, f"PRAGMA table_info({view})")]
        for view in ("reading", "pole_interval")
    }
    assert columns == {
        "reading": ["panel", "pole", "time", "amps", "utc"],
        "pole_interval": [
            *("panel", "pole", "start", "ampere_seconds", "covered_seconds"),
            *("samples", "min_amps", "max_amps", "utc"),
        ],
    }


def test_info_counts_what_is_stored(store: Store) -> None:
    assert store.figures.info() == StoreInfo(panels=(), intervals=0, dirty=0)
    store.arrivals.add(polled(NOON, NOON + 2 * QUARTER, [1, 2, 3], panel_id="rpp-1b"))
    store.arrivals.add([snapshot(NOON, [1])])
    panels = (
        PanelInfo("rpp-1a", 1, NOON, NOON),
        PanelInfo("rpp-1b", 2, NOON, NOON + QUARTER),
    )
    assert store.figures.info() == StoreInfo(panels, intervals=0, dirty=4)
    store.roll_up.intervals()
    assert store.figures.info() == StoreInfo(panels, intervals=1 + 3 * 3, dirty=0)


def test_all_that_a_snapshot_holds_is_stored(store: Store) -> None:
    made = snapshot(NOON, [1, None], poll_ms=15_000, seq=4711)
    full = type(made)(
        *(made.panel, made.time, made.seq, made.interval_ms, made.current),
        power=(5, 6),
        energy=(None, 7),
        voltage=(120_100, 120_200),
        power_factor=(950, -1000),
        reactive_power=(None, -7),
        apparent_power=(8, 9),
        frequency=(59_980, None),
        errors={3: "no answer in time"},
    )
    store.arrivals.add([full])
    columns = (
        "panel, time, source, seq, interval_ms, current, power, energy, voltage, errors, "
        "power_factor, reactive_power, apparent_power, frequency"
    )
    # By name: the source, which came later, has another place on PostgreSQL.
    assert rows(store, f"SELECT {columns} FROM snapshot") == [
        (
            *("rpp-1a", to_ms(NOON), "", 4711, 15_000, "[1,null]"),
            *("[5,6]", "[null,7]", "[120100,120200]", '{"3": "no answer in time"}'),
            *("[950,-1000]", "[null,-7]", "[8,9]", "[59980,null]"),
        )
    ]
