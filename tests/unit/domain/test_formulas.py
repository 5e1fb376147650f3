"""Formula circuits: what they say, what they come to, and how often a pole is billed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.claims import Claims, Misbilled
from bcm_mqtt.domain.site.formula.formula import (
    FormulaVersion,
    Member,
    circuit_id,
    members_of,
    members_text,
)
from bcm_mqtt.domain.site.formula.spans import formula_problems, formula_spans
from bcm_mqtt.domain.time import BEGINNING
from unit.builders import UNHURRIED, circuit, directory, panel

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
TENTH = datetime(2026, 3, 10, tzinfo=UTC)
RULE = CustomerRule()


def formula(
    members: str,
    id_: str = "f-rest",
    customer: str = "Tenant3",
    *,
    valid_from: datetime = BEGINNING,
    on: str = "floor-3",
) -> FormulaVersion:
    return FormulaVersion(on, id_, members_of(members), customer=customer, valid_from=valid_from)


def test_members_are_circuits_with_signs_between_them() -> None:
    read = members_of("msb-1:5 - floor-3:1 + floor-3:f-other")
    assert read == (
        Member(1, "msb-1", 5),
        Member(-1, "floor-3", 1),
        Member(1, "floor-3", "f-other"),
    )
    assert members_of("- msb-1:5") == (Member(-1, "msb-1", 5),)
    assert members_of("  ") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("msb-1:5 floor-3:1", "'floor-3:1': expected circuits with + and -"),
        ("msb-1:5 -", "nothing follows '-'"),
        ("msb-1:5 - - floor-3:1", "'-': expected"),
        ("msb-1", "'msb-1': expected"),
        ("msb-1:5 - msb-1:5", "msb-1:5 is in the formula twice"),
        ("msb-1:0", "'msb-1:0': expected"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"expected") as refused:
        members_of(text)
    assert says in str(refused.value)


PLACES = st.tuples(
    st.sampled_from([1, -1]),
    st.sampled_from(["msb-1", "a", "b_2", "0-9"]),
    st.one_of(st.integers(1, 999), st.from_regex(r"f-[a-z0-9_-]{1,8}", fullmatch=True)),
)


@given(st.lists(PLACES, unique_by=lambda one: one[1:], max_size=6))
def test_members_are_read_as_they_are_written(places: list[tuple[int, str, int | str]]) -> None:
    members = tuple(Member(*one) for one in places)
    assert members_of(members_text(members)) == members


def test_an_id_is_a_pole_or_a_formula() -> None:
    assert (circuit_id("17"), circuit_id("f-rest")) == (17, "f-rest")
    for text in ("", "f-", "F-rest", "1.5", "-1", "rest"):
        with pytest.raises(ValueError, match="expected a pole"):
            circuit_id(text)


def test_a_formula_within_a_formula_is_resolved_with_its_sign() -> None:
    inner = formula("floor-3:1 - floor-3:3", "f-inner")
    outer = formula("msb-1:5 - floor-3:f-inner")
    spans = {span.version.id: span for span in formula_spans([outer, inner], START, END)}
    assert members_text(spans["f-rest"].terms) == "msb-1:5 - floor-3:1 + floor-3:3"
    assert (spans["f-rest"].start, spans["f-rest"].end) == (START, END)


def test_a_formula_is_cut_where_one_that_it_names_changes_and_ends_without_members() -> None:
    rows = [
        formula("floor-3:1", "f-inner"),
        formula("floor-3:3", "f-inner", valid_from=TENTH),
        formula("msb-1:5 - floor-3:f-inner"),
        formula("", valid_from=datetime(2026, 3, 20, tzinfo=UTC)),
    ]
    own = [span for span in formula_spans(rows, START, END) if span.version.id == "f-rest"]
    assert [(span.start.day, span.end.day, members_text(span.terms)) for span in own] == [
        (1, 10, "msb-1:5 - floor-3:1"),
        (10, 20, "msb-1:5 - floor-3:3"),
    ]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [formula("a:f-y", "f-x", on="a"), formula("a:f-x", "f-y", on="a")],
            "it goes in a circle: a:f-x -> a:f-y -> a:f-x",
        ),
        ([formula("floor-3:f-gone")], "floor-3:f-gone is no formula then"),
        (
            [formula("a:1 + a:3", "f-x", on="a"), formula("a:f-x + a:1", "f-y", on="a")],
            "a:1 counts +2 times through its members",
        ),
        (
            [formula("a:1", "f-x", on="a"), formula("a:1 - a:f-x", "f-y", on="a")],
            "its members cancel each other",
        ),
        ([formula("a:1"), formula("a:3")], "two rows valid from the same time"),
    ],
)
def test_formulas_that_cannot_be_resolved_say_why_and_have_no_time(
    rows: list[FormulaVersion], says: str
) -> None:
    problems = [message for _, message in formula_problems(rows)]
    assert any(says in message for message in problems)


def building(*circuits: CircuitVersion) -> dict[str, Directory]:
    """A switchboard that feeds a floor by breaker 5, which nobody pays for."""
    board = directory(circuit((5,), "", rating=100), of=panel("msb-1"))
    return {"msb-1": board, "floor-3": directory(*circuits, of=panel("floor-3"))}


FLOOR = circuit((1,), "Tenant1-1"), circuit((3,), "Tenant2-1"), circuit((5,), "")
FED = {"floor-3": Feeder("msb-1", 5)}


def misbilled(
    directories: dict[str, Directory],
    *rows: FormulaVersion,
    feeders: dict[str, Feeder] = FED,
) -> list[Misbilled]:
    spans = formula_spans(rows, START, END)
    claims = Claims(directories, spans, feeders, RULE.customer_of, (START, END))
    return list(claims.misbilled())


def test_the_rest_of_a_floor_bills_no_energy_twice() -> None:
    rest = formula("msb-1:5 - floor-3:1 - floor-3:3")
    assert misbilled(building(*FLOOR), rest) == []


def test_a_circuit_that_is_billed_and_not_taken_away_is_billed_twice() -> None:
    (one,) = misbilled(building(*FLOOR), formula("msb-1:5 - floor-3:1"))
    assert (one.panel, one.pole, one.times) == ("floor-3", 3, 2)
    assert one.circuits == "+ floor-3:3 (Tenant2), + floor-3:f-rest (Tenant3)"


def test_it_is_billed_twice_from_when_its_customer_has_it() -> None:
    later = circuit((5,), "Tenant4-1", valid_from=TENTH)
    rest = formula("msb-1:5 - floor-3:1 - floor-3:3")
    (one,) = misbilled(building(*FLOOR, later), rest)
    assert (one.pole, one.start, one.end) == (5, TENTH, END)


def test_without_a_feeder_the_formula_itself_says_what_is_within_what() -> None:
    rest = formula("msb-1:5 - floor-3:1")
    assert misbilled(building(*FLOOR), rest, feeders={}) == []
    both = formula("floor-3:1 + floor-3:5", "f-sum", "Tenant4")
    (one,) = misbilled(building(*FLOOR), both, feeders={})
    assert (one.pole, one.circuits) == (1, "+ floor-3:1 (Tenant1), + floor-3:f-sum (Tenant4)")


def test_two_formulas_of_one_main_bill_it_twice_and_a_formula_of_nobody_bills_nothing() -> None:
    rest = formula("msb-1:5 - floor-3:1 - floor-3:3")
    again = formula("msb-1:5", "f-again", "Tenant4")
    found = misbilled(building(*FLOOR), rest, again)
    assert {(one.panel, one.pole) for one in found} >= {("msb-1", 5)}
    nobody = formula("msb-1:5", "f-again", "")
    assert misbilled(building(*FLOOR), rest, nobody) == []


def test_a_customer_of_the_main_itself_bills_what_a_formula_of_the_floor_bills() -> None:
    site = building(*FLOOR)
    site["msb-1"] = directory(circuit((5,), "Tenant9-1"), of=panel("msb-1"))
    found = misbilled(site, formula("floor-3:5", "f-x", "Tenant4"))
    assert [(one.panel, one.pole, one.times) for one in found] == [("floor-3", 5, 2)]


def test_a_circuit_that_is_taken_away_twice_is_billed_less_than_not_at_all() -> None:
    taken = formula("msb-1:5 - floor-3:1 - floor-3:3")
    again = formula("msb-1:7 - floor-3:1", "f-again", "Tenant4")
    site = building(*FLOOR)
    site["msb-1"] = directory(circuit((5,), ""), circuit((7,), ""), of=panel("msb-1"))
    (one,) = misbilled(site, taken, again, feeders={})
    assert (one.panel, one.pole, one.times) == ("floor-3", 1, -1)
    assert one.circuits == (
        "+ floor-3:1 (Tenant1), - floor-3:f-again (Tenant4), - floor-3:f-rest (Tenant3)"
    )


def test_a_site_whose_circuits_alone_overlap_is_as_before() -> None:
    site = building(*FLOOR)
    site["msb-1"] = directory(circuit((5,), "Tenant9-1"), of=panel("msb-1"))
    assert misbilled(site) == []


SIGNS = st.lists(st.sampled_from([0, 1, -1]), min_size=3, max_size=3)


@UNHURRIED
@given(st.sampled_from([0, 1]), SIGNS, st.lists(st.booleans(), min_size=3, max_size=3))
def test_the_sum_over_all_that_is_billed_is_counted_for_each_pole(
    main: int, signs: list[int], billed: list[bool]
) -> None:
    """Whatever a formula takes of a main and three circuits, by an account of its own."""
    poles = (1, 3, 5)
    circuits = [
        circuit((pole,), f"Tenant{pole}-1" if is_billed else "")
        for pole, is_billed in zip(poles, billed, strict=True)
    ]
    terms = [Member(main, "msb-1", 5)] if main else []
    terms += [
        Member(sign, "floor-3", pole) for sign, pole in zip(signs, poles, strict=True) if sign
    ]
    rows = [FormulaVersion("floor-3", "f-x", tuple(terms), customer="Tenant9")] if terms else []
    found = {(one.panel, one.pole) for one in misbilled(building(*circuits), *rows)}
    expected = {
        ("floor-3", pole)
        for pole, sign, is_billed in zip(poles, signs, billed, strict=True)
        if not 0 <= main + sign + is_billed <= 1
        and (is_billed or sign)  # of what the formula names the main alone, the main is at fault
    }
    assert found == expected
