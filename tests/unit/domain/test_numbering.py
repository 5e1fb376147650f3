"""Numbers of documents as they are printed: what a format writes, and that none repeats."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.numbering import DocumentKind, NumberFormat, Numbering
from unit.builders import NEW_YORK

DAY = date(2026, 4, 1)
OTHERS = st.lists(st.sampled_from(["{year}", "{month}", "-", "/", "2", "0", "B"]), max_size=5)
COUNTERS = st.sampled_from(
    [["{number}"], ["{number:2}"], ["{count}", "{year}"], ["{count:4}{year}"]]
)
FORMATS = (
    st.tuples(OTHERS, COUNTERS)
    .flatmap(lambda parts: st.permutations([*parts[0], *parts[1]]))
    .map("".join)
    .filter(lambda text: len(text) <= 30)
    .map(NumberFormat.parse)
)


@pytest.mark.parametrize(
    ("text", "place", "written"),
    [
        ("{year}-{count:4}", 17, "2026-0017"),
        ("{year}-{count:4}", 12345, "2026-12345"),
        ("{number}", 17, "17"),
        ("CN-{year}/{month}-{count}", 3, "CN-2026/04-3"),
    ],
)
def test_what_a_format_writes(text: str, place: int, written: str) -> None:
    assert NumberFormat.parse(text).written(place, DAY) == written


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{year}", "a number repeats without exactly one counter"),
        ("{count}-{number}-{year}", "a number repeats without exactly one counter"),
        ("B-{count:4}", "{count} begins again each year, so numbers repeat without {year}"),
        ("{year:2}-{count}", "{year} has 4 digits"),
        ("{year} {count}", "capitals, digits and . / _ - around"),
        ("{customer}-{count}", "capitals, digits and . / _ - around"),
        ("", "a number repeats without exactly one counter"),
        ("B" * 30 + "{number}", "of at most 30 characters"),
    ],
)
def test_what_could_repeat_is_no_format(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"expected a format such as \{year\}-\{count:4\}") as told:
        NumberFormat.parse(text)
    assert why in str(told.value)


@given(FORMATS, st.data())
def test_two_documents_never_have_the_same_number(form: NumberFormat, data: st.DataObject) -> None:
    days, places = st.dates(date(2000, 1, 1), date(2999, 12, 31)), st.integers(1, 20_000)
    one, other = (data.draw(st.tuples(places, days)) for _ in range(2))
    same_place = one[0] == other[0] and (not form.by_year or one[1].year == other[1].year)
    if not same_place:
        assert form.written(*one) != form.written(*other)


@given(FORMATS, FORMATS, st.data())
def test_formats_that_never_meet_write_nothing_twice(
    one: NumberFormat, other: NumberFormat, data: st.DataObject
) -> None:
    days, places = st.dates(date(2000, 1, 1), date(2999, 12, 31)), st.integers(1, 20_000)
    written = [form.written(data.draw(places), data.draw(days)) for form in (one, other)]
    if written[0] == written[1]:
        assert one.may_equal(other)
    assert one.may_equal(other) == other.may_equal(one)
    assert one.may_equal(one)


@pytest.mark.parametrize(
    ("bills", "notes", "meet"),
    [
        ("{year}-{count:4}", "{year}-{count:4}", True),
        ("{year}-{count:4}", "{year}-{number}", True),
        ("{year}-{count:4}", "CN-{year}-{count:4}", False),
        ("{year}{count}", "{number}", True),
        ("2026-{number}", "{year}-{count}", True),
        ("{year}/{count}", "{year}-{count}", False),
        ("1{number}", "2{number}", False),
    ],
)
def test_whether_a_credit_note_could_have_the_number_of_a_bill(
    bills: str, notes: str, *, meet: bool
) -> None:
    formats = Numbering(NumberFormat.parse(bills), NumberFormat.parse(notes))
    assert bool(formats.problem) is meet


def test_the_year_is_that_of_the_seller_and_counts_from_one() -> None:
    asked = list[tuple[int | None, tuple[datetime, datetime] | None]]()

    def counted(
        _kind: DocumentKind, year: int | None, within: tuple[datetime, datetime] | None
    ) -> int:
        asked.append((year, within))
        return 41

    formats = Numbering(NumberFormat.parse("{year}-{count:4}"))
    begin = datetime(2027, 1, 1, tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))
    before = begin - timedelta(seconds=1)
    for at, text, year in ((before, "2026-0043", 2026), (begin, "2027-0043", 2027)):
        number = formats.next(DocumentKind.BILL, counted, 1, at, NEW_YORK)
        assert number
        assert (number.text, number.year) == (text, year)
    assert [year for year, _ in asked] == [2026, 2027]
    assert asked[0][1] == (datetime(2026, 1, 1, 5, tzinfo=ZoneInfo("UTC")), begin)
    assert formats.next(DocumentKind.CREDIT_NOTE, counted, 0, begin, NEW_YORK) is None
