"""Explanations of 15 minutes that meters.csv corrects: the numbers that are shown multiply out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Step
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.billing.issue.site import AT, MARCH, START, TERMS, rolled_up
from unit.builders import circuit, directory, polled
from unit.store.rows import execute

HOUR = timedelta(hours=1)
SINCE = "by meters.csv from 2026-03-01 00:00 EST"
Change = Callable[[Snapshot], Snapshot]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/bcm.db")
    made.database.ensure_schema()
    yield made
    made.close()


def steps(
    store: Store, row: Instrument, change: Change = lambda one: one, *removed: str
) -> dict[str, Step]:
    """Those of the second hour's first 15 minutes, by what they are; 10 A on pole 1."""
    snapshots = polled(START, START + 3 * HOUR, [10_000], poll_ms=300_000)
    store.arrivals.add([change(one) for one in snapshots])
    rolled_up(store)
    execute(store, *(f"DELETE FROM {table}" for table in removed))
    sent = replace(directory(circuit((1,))), instruments=(row,))
    store.directories.add(sent, encode_directory(sent), AT)
    (bill,) = bill_month(store, TERMS, MARCH, AT).bills
    query = FigureQuery(circuit=("rpp-1a", 1), at=START + HOUR)
    sections = list(explained(store, TERMS, bill, AT, query, {}))
    assert check(sections) >= 3
    return {step.what: step for section in sections for step in section.steps}


@pytest.mark.parametrize(
    ("multiplier", "since", "value", "formula", "note"),
    [
        (Fraction(2), START, "18,000,000,000", "2", f"x 2 {SINCE}"),
        (Fraction(200, 150), START, "12,000,000,000", "4 / 3", f"x 4 / 3 {SINCE}"),
        (
            Fraction(2),
            START + HOUR + timedelta(minutes=5),
            "15,000,000,000",
            "(1 x 300,000 ms + 2 x 600,000 ms) / 900,000 ms",
            "x 2 by meters.csv from 2026-03-01 01:05 EST",
        ),
    ],
)
def test_readings_of_current_come_to_the_interval_by_the_multiplier(
    store: Store, multiplier: Fraction, since: datetime, value: str, formula: str, note: str
) -> None:
    found = steps(store, Instrument((1,), valid_from=since, multiplier=multiplier))
    assert found["together"].value == "9,000,000,000"
    assert found["corrected"].value == found["pole 1"].value == value
    assert found["corrected"].formula == f"9,000,000,000 mA ms x {formula}"
    assert found["corrected"].note == note


def test_polls_that_were_removed_leave_the_multiplier_named(store: Store) -> None:
    row = Instrument((1,), multiplier=Fraction(2))
    found = steps(store, row, lambda one: one, "snapshot")
    assert found["its snapshots were removed"].note.endswith("of them, x 2 by meters.csv")


def test_power_of_a_reversed_transformer_is_shown_as_measured_and_as_corrected(
    store: Store,
) -> None:
    row = Instrument((1,), valid_from=START, multiplier=Fraction(2), sign=-1)
    found = steps(store, row, lambda one: replace(one, power=(-1_180_000,)))
    assert found["pole 1"].formula == "-1,062,000,000,000 mW ms x 2 x -1"
    assert found["pole 1"].value == "2,124,000,000,000"
    assert found["pole 1"].note == f"x 2, power with the opposite sign {SINCE}"
    assert any(what.startswith("power as meters.csv corrects it") for what in found)


@pytest.mark.parametrize(("shift", "reactive", "sign"), [(120, -1_000, "-"), (240, 1_000, "+")])
def test_power_that_is_turned_is_worked_out_from_the_phasor(
    store: Store, shift: int, reactive: int, sign: str
) -> None:
    def misread(one: Snapshot) -> Snapshot:
        return replace(one, power=(-500_000,), reactive_power=(reactive * 1_000,))

    found = steps(store, Instrument((1,), valid_from=START, voltage_shift=shift), misread)
    # -500 W x cos + 1000 var x sin of 120 degrees: 250 + 866.025 W, over 900 s.
    assert found["pole 1"].amount == round((250 + 1000 * 3**0.5 / 2) * 900_000_000)
    assert f"-1 / 2 {sign} " in found["pole 1"].formula
    assert found["pole 1"].note == f"power turned by {shift} degrees {SINCE}"


def test_what_a_register_counted_is_multiplied(store: Store) -> None:
    def counting(one: Snapshot) -> Snapshot:
        return replace(one, energy=(100_000 + 100 * one.seq,))

    found = steps(store, Instrument((1,), valid_from=START, multiplier=Fraction(4, 3)), counting)
    counted = [step for what, step in found.items() if what.startswith("energy registers")]
    # Polls every five minutes: up to the last one in these 15 minutes, and from there on.
    assert len(counted) == 2
    for step in counted:
        assert step.formula == "300 Wh x 4 / 3 x 1,000 x 3,600,000"
        assert step.note.endswith(f"all poles; pole 1: x 4 / 3 {SINCE}")
