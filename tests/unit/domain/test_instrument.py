"""Instruments: which row holds for a pole, what it corrects, and when a meter was exchanged."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.site.instrument import (
    Instrument,
    exchanges,
    in_force,
    instrument_conflicts,
    instrument_problems,
    instrument_spans,
)
from bcm_mqtt.domain.site.instrument_field import BY_NAME, FIELDS, class_percent
from bcm_mqtt.domain.time import BEGINNING
from unit.domain.examples import NOON, panel

DAY = timedelta(days=1)
FIRST = Instrument((1, 3, 5), unit_id=7, serial="A-1", multiplier=Fraction(2))
EXCHANGED = Instrument(
    (3,),
    valid_from=NOON,
    serial="B-2",
    last_reading_kwh=(Decimal("1234.5"),),
    first_reading_kwh=(Decimal("0.2"),),
)


def test_a_row_holds_for_each_of_its_poles_until_the_next_one_that_names_it() -> None:
    rows = (EXCHANGED, FIRST)

    assert in_force(rows, 3, NOON - DAY) == FIRST
    assert in_force(rows, 3, NOON) == EXCHANGED
    assert in_force(rows, 1, NOON + DAY) == FIRST
    assert in_force(rows, 2, NOON) is None


def test_a_row_inherits_nothing_from_the_one_before() -> None:
    spans = instrument_spans((FIRST, EXCHANGED), 3, NOON - DAY, NOON + DAY)

    assert [(float(span.multiplier), span.sign) for span in spans] == [(2, 1), (1, 1)]
    assert [(span.start, span.end) for span in spans] == [(NOON - DAY, NOON), (NOON, NOON + DAY)]


def test_a_pole_without_a_row_is_as_the_meter_says() -> None:
    (span,) = instrument_spans((FIRST,), 2, NOON, NOON + DAY)

    assert (span.row, float(span.multiplier), span.sign) == (None, 1, 1)


def test_a_row_that_names_its_poles_says_more_than_one_of_the_unit_of_the_same_instant() -> None:
    of_pole = Instrument((3,), serial="A-1", multiplier=Fraction(4))

    for rows in ((FIRST, of_pole), (of_pole, FIRST)):
        assert in_force(rows, 3, NOON) == of_pole
        assert in_force(rows, 5, NOON) == FIRST
        assert not list(instrument_conflicts(rows))


def test_two_rows_of_one_kind_for_a_pole_and_an_instant_are_a_conflict_once() -> None:
    other = Instrument((3, 5), unit_id=8, serial="C-3")

    assert list(instrument_conflicts((FIRST, other))) == [
        (FIRST, other, "pole 3 has another row valid from the beginning")
    ]


def test_an_exchange_is_another_serial_number_or_a_stated_reading() -> None:
    silent = Instrument((1,), valid_from=NOON, serial="B-1")
    retested = Instrument((1,), valid_from=NOON + DAY, serial="B-1")

    (exchange,) = exchanges((FIRST, EXCHANGED), 3)
    assert (exchange.time, exchange.before, exchange.after) == (NOON, FIRST, EXCHANGED)
    assert (exchange.last_reading_kwh, exchange.first_reading_kwh) == (
        Decimal("1234.5"),
        Decimal("0.2"),
    )
    assert exchange.resolved
    (unresolved,) = exchanges((FIRST, silent, retested), 1)
    assert (unresolved.time, unresolved.resolved) == (NOON, False)
    assert exchanges((FIRST,), 1) == []


def test_readings_are_given_for_each_pole_in_the_order_of_the_poles() -> None:
    row = Instrument(
        (2, 4), valid_from=NOON, last_reading_kwh=(Decimal(5), Decimal(6)), first_reading_kwh=()
    )

    assert [row.last_reading_of(pole) for pole in (2, 4)] == [5, 6]
    assert row.first_reading_of(2) is None
    assert row.last_reading_of(1) is None


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (Instrument((49,)), "poles", "pole 49 is not on panel rpp-1a: expected 1 to 48"),
        (
            Instrument((1, 3), valid_from=NOON, last_reading_kwh=(Decimal(1),)),
            "last_reading",
            "1 readings for poles 1+3: expected 2 with + between them, one for each pole",
        ),
        (
            Instrument((1,), last_reading_kwh=(Decimal(1),)),
            "last_reading",
            "there is no meter before the first: give valid_from",
        ),
    ],
)
def test_what_is_wrong_with_a_row_names_its_column(
    row: Instrument, column: str, message: str
) -> None:
    assert list(instrument_problems(row, panel())) == [(column, message)]


@pytest.mark.parametrize(
    ("text", "percent"),
    [("", None), ("1", "1"), ("0.5S", "0.5"), ("B", "1"), ("C", "0.5"), ("0.2", "0.2")],
)
def test_a_class_is_a_limit_of_error_in_percent(text: str, percent: str | None) -> None:
    assert class_percent(text) == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize("text", ["D", "0", "1.2.3", "-1", "100", "S", "٣"])
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a class such as 1, 0\.5S or B"):
        class_percent(text)


HOURS = st.integers(-50, 50).map(lambda hours: NOON + timedelta(hours=hours))
ROWS = st.builds(
    Instrument,
    poles=st.sets(st.integers(1, 3), min_size=1).map(lambda poles: tuple(sorted(poles))),
    unit_id=st.sampled_from([None, 1]),
    valid_from=st.one_of(st.just(BEGINNING), HOURS),
    multiplier=st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3)]),
    sign=st.sampled_from([1, -1]),
)


@given(st.lists(ROWS, max_size=6), st.integers(1, 3), HOURS, st.integers(1, 48))
def test_spans_are_the_whole_time_with_the_row_in_force_at_each_instant(
    rows: list[Instrument], pole: int, start: datetime, hours: int
) -> None:
    end = start + timedelta(hours=hours)
    spans = instrument_spans(rows, pole, start, end)

    assert (spans[0].start, spans[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(spans))
    for span in spans:
        assert span.row == in_force(rows, pole, span.start)
        assert span.row == in_force(rows, pole, span.end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("multiplier", "200/150", Fraction(4, 3)),
        ("multiplier", "0.5", Fraction(1, 2)),
        ("multiplier", "1000", Fraction(1000)),
        ("sign", "-1", -1),
        ("ct_rating", "62.5", Decimal("62.5")),
        ("last_reading", "1234.50 + 7", (Decimal("1234.50"), Decimal(7))),
        ("approval_until", "2026-02-28", date(2026, 2, 28)),
        ("serial", "A, 1", "A, 1"),
        ("meter_class", "", ""),
        ("multiplier", "", Fraction(1)),
    ],
)
def test_a_text_says_a_value_and_is_written_as_one_that_says_it(
    name: str, text: str, value: object
) -> None:
    field = BY_NAME[name]

    assert field.value(text) == value
    assert field.value(field.text(field.value(text))) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("multiplier", text) for text in ("0", "-2", "1e3", "1001", "1/1001", "2/0", "1/2/3")),
        *(("sign", text) for text in ("0", "2", "minus")),
        *(("ct_rating", text) for text in ("0", "100/5", "100001", "1_0")),
        *(("last_reading", text) for text in ("-1", "1+", "1,5", "\u0661")),
        *(("last_test", text) for text in ("2026-02-30", "20260101", "soon")),
        *(("serial", text) for text in ("a\nb", "x" * 201)),
    ],
)
def test_a_text_that_says_no_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match="expected "):
        BY_NAME[name].value(text)


@given(ROWS)
def test_the_texts_of_a_row_read_as_the_row_again(row: Instrument) -> None:
    values = {field: field.value(row.texts()[field.name]) for field in FIELDS}

    assert Instrument.of(row.poles, row.unit_id, row.valid_from, values) == row
