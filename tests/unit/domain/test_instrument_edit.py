"""Changes of instruments: what stays is copied, readings go to their poles, all or none."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from bcm_mqtt.domain.site.instrument import Instrument, in_force
from bcm_mqtt.domain.site.instrument_edit import (
    InstrumentChange,
    InstrumentEdit,
    MeteredPanel,
    edited_instruments,
)
from bcm_mqtt.domain.site.instrument_field import BY_NAME
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError
from unit.domain.examples import NOON, panel

UNITS = {7: (1, 3, 5), 8: (2, 4)}
DAY = timedelta(days=1)
OLD = Instrument(
    (1, 3, 5),
    unit_id=7,
    maker="Acme",
    model="X1",
    serial="A-1",
    ct_rating_amps=Decimal(100),
    multiplier=Fraction(2),
    approval="MID B",
    meter_class="B",
    last_test=NOON.date(),
)


def change(
    values: Mapping[str, str],
    *,
    unit: int | None = 7,
    poles: tuple[int, ...] = (),
    at: datetime | None = NOON,
    until: datetime | None = None,
    exchange: bool = False,
) -> InstrumentChange:
    read = {BY_NAME[name]: BY_NAME[name].value(text) for name, text in values.items()}
    unit = None if poles else unit
    return InstrumentChange("rpp-1a", read, poles, unit, at, until, exchange=exchange)


def edited(
    change: InstrumentChange, *rows: Instrument
) -> tuple[tuple[Instrument, ...], tuple[InstrumentEdit, ...]]:
    metered = MeteredPanel(panel(), UNITS, rows)
    after, edits = edited_instruments({"rpp-1a": metered}, [change], NOON + DAY)
    return after["rpp-1a"].rows, edits


def test_an_exchange_copies_what_stays_and_nothing_of_the_meter_that_went() -> None:
    values = {"serial": "B-2", "last_reading": "1+2+3", "first_reading": "0+0+0"}
    rows, (edit,) = edited(change(values, exchange=True), OLD)

    assert rows == (OLD, edit.after)
    assert edit.after == Instrument(
        (1, 3, 5),
        unit_id=7,
        valid_from=NOON,
        maker="Acme",
        model="X1",
        serial="B-2",
        ct_rating_amps=Decimal(100),
        multiplier=Fraction(2),
        approval="MID B",
        meter_class="B",
        last_reading_kwh=(Decimal(1), Decimal(2), Decimal(3)),
        first_reading_kwh=(Decimal(0), Decimal(0), Decimal(0)),
    )


def test_another_type_has_neither_class_nor_approval_of_the_one_before() -> None:
    _, (edit,) = edited(change({"serial": "B-2", "model": "X2"}, exchange=True), OLD)

    assert (edit.after.maker, edit.after.model) == ("Acme", "X2")
    assert (edit.after.meter_class, edit.after.approval) == ("", "")
    assert edit.after.ct_rating_amps == 100


def test_readings_that_are_known_later_amend_the_row_of_the_exchange() -> None:
    exchanged = Instrument((2, 4), unit_id=8, valid_from=NOON, serial="B-2")
    values = {"last_reading": "10+20"}
    rows, (edit,) = edited(change(values, unit=8, exchange=True), exchanged)

    assert edit.amends
    assert rows == (edit.after,)
    assert edit.after.serial == "B-2"
    assert edit.after.last_reading_kwh == (Decimal(10), Decimal(20))


def test_a_correction_of_one_pole_leaves_the_others_of_its_unit() -> None:
    rows, (edit,) = edited(change({"sign": "-1"}, poles=(3,), at=BEGINNING), OLD)

    assert not edit.amends
    assert {pole: row.sign for pole in (1, 3, 5) if (row := in_force(rows, pole, NOON))} == {
        1: 1,
        3: -1,
        5: 1,
    }
    assert edit.after.serial == "A-1"
    assert edit.after.multiplier == Fraction(2)


def test_a_correction_of_one_of_several_named_poles_takes_it_out_of_their_row() -> None:
    named = Instrument((1, 3), valid_from=NOON, last_reading_kwh=(Decimal(1), Decimal(3)))
    rows, _ = edited(change({"sign": "-1"}, poles=(3,)), named)

    assert [(row.poles, row.sign, row.last_reading_kwh) for row in rows] == [
        ((1,), 1, (Decimal(1),)),
        ((3,), -1, (Decimal(3),)),
    ]


def test_a_unit_whose_poles_differ_keeps_what_each_has() -> None:
    special = Instrument((3,), serial="A-1", multiplier=Fraction(4))
    rows, edits = edited(change({"serial": "B-2"}, exchange=True), OLD, special)

    assert [(edit.after.poles, edit.after.unit_id) for edit in edits] == [
        ((1, 5), None),
        ((3,), None),
    ]
    multipliers = [row.multiplier for pole in (1, 3, 5) if (row := in_force(rows, pole, NOON))]
    assert [float(one) for one in multipliers] == [2, 4, 2]


def test_a_correction_until_an_instant_ends_with_what_was_before_it() -> None:
    rows, _ = edited(change({"sign": "-1"}, until=NOON + DAY), OLD)
    signs = [row.sign for at in (-1, 0, 1) if (row := in_force(rows, 1, NOON + at * DAY))]

    assert signs == [1, -1, 1]
    after = in_force(rows, 1, NOON + DAY)
    assert after
    assert after.serial == "A-1"
    assert after.multiplier == Fraction(2)


def test_without_a_time_a_change_begins_now_in_whole_seconds() -> None:
    _, (edit,) = edited(change({"serial": "B-2"}, at=None, exchange=True), OLD)

    assert edit.after.valid_from == NOON + DAY


def test_a_change_that_says_nothing_new_changes_nothing() -> None:
    assert edited(change({"multiplier": "2"}), OLD) == ((OLD,), ())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (change({"serial": "x"}, unit=9), ("panel rpp-1a unit id 9: unknown unit id 9: "
         "expected one of 7, 8")),
        (change({"serial": "x"}, unit=None), ("panel rpp-1a: expected poles or one of the unit ids "
         "7, 8")),
        (change({"serial": "x"}, poles=(99,)), ("panel rpp-1a poles 99: poles: pole 99 is not on "
         "panel rpp-1a: expected 1 to 48")),
        (change({"serial": "x"}, poles=(3, 1)), ("panel rpp-1a poles 3+1: poles: expected each "
         "pole once, ascending")),
        (change({"last_reading": "1"}), ("panel rpp-1a unit id 7: last_reading: 1 for poles 1+3+5: "
         "expected 3, one for each pole")),
        (change({"sign": "-1"}, until=NOON), ("panel rpp-1a unit id 7: until: expected a time "
         "after valid_from")),
        (
            InstrumentChange("rpp-9", {}),
            "panel rpp-9: unknown panel: expected one of rpp-1a",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_terms_of_the_change(
    asked: InstrumentChange, message: str
) -> None:
    with pytest.raises(InputError) as error:
        edited(asked, OLD)
    assert str(error.value) == message


def test_a_correction_over_a_later_row_is_refused() -> None:
    later = Instrument((5,), valid_from=NOON + DAY)
    with pytest.raises(InputError, match="make a change for each of the two times"):
        edited(change({"sign": "-1"}, until=NOON + 2 * DAY), OLD, later)
