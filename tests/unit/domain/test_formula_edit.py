"""A change of a formula: the version it copies, amends or makes, and why it cannot be made."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bcm_mqtt.domain.site.formula.edit import FormulaChange, FormulaEdit, edit_of
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.errors import InputError
from unit.builders import NOON

REST = FormulaVersion(
    "floor-3",
    "f-rest",
    members_of("msb-1:5 - floor-3:1"),
    "Common areas",
    "Tenant3",
    NOON - timedelta(days=30),
)
TWO = members_of("msb-1:5 - floor-3:1 - floor-3:3")


def change(**given: object) -> FormulaChange:
    return replace(FormulaChange("floor-3", "f-rest"), **given)  # type: ignore[arg-type]


def done(*formulas: FormulaVersion, **given: object) -> FormulaEdit | None:
    return edit_of(formulas or (REST,), change(**given), NOON)


def test_a_change_copies_what_it_does_not_name_into_a_version_from_then_on() -> None:
    begins = NOON - timedelta(days=3)
    edit = done(members=TWO, valid_from=begins)
    assert edit == FormulaEdit(REST, replace(REST, members=TWO, valid_from=begins))
    assert edit.applied_to((REST,)) == (REST, edit.after)
    assert not edit.amends


def test_what_begins_at_the_same_instant_is_amended() -> None:
    edit = done(customer="Tenant4", valid_from=REST.valid_from)
    assert edit == FormulaEdit(REST, replace(REST, customer="Tenant4"))
    assert edit.applied_to((REST,)) == (edit.after,)


def test_a_form_that_is_being_filled_in_is_one_version_but_other_members_are_another() -> None:
    begun = replace(REST, valid_from=NOON - timedelta(minutes=9))
    edit = done(begun, description="Lobby")
    assert edit
    assert edit.amends
    edit = done(begun, members=TWO)
    assert edit
    assert (edit.amends, edit.after.valid_from) == (False, NOON)
    older = done(replace(REST, valid_from=NOON - timedelta(minutes=11)), description="Lobby")
    assert older
    assert not older.amends


def test_it_ends_and_an_ended_one_begins_anew_with_nothing_of_before() -> None:
    edit = done(members=())
    assert edit
    assert edit.after == FormulaVersion("floor-3", "f-rest", (), valid_from=NOON)
    again = edit_of((REST, edit.after), change(members=TWO, is_new=True, valid_from=NOON), NOON)
    assert again
    assert again.after == FormulaVersion("floor-3", "f-rest", TWO, valid_from=NOON)
    assert again.applied_to((REST, edit.after)) == (REST, again.after)


def test_it_says_until_when_it_holds() -> None:
    later = replace(REST, members=TWO, valid_from=NOON + timedelta(days=1))
    edit = done(REST, later, customer="Tenant4")
    assert edit
    assert edit.until == later.valid_from


def test_what_is_so_already_is_no_edit() -> None:
    assert done(members=REST.members, customer="Tenant3") is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"is_new": True, "members": TWO}, "f-rest: id: is there already: expected another id"),
        ({"id": "f-x", "members": TWO}, "f-x: valid_from: there is no such formula then"),
        ({"id": "f-x", "is_new": True}, "f-x: members: expected at least one circuit"),
        (
            {"valid_from": REST.valid_from - timedelta(days=1)},
            "f-rest: valid_from: there is no such formula then: expected a later time",
        ),
    ],
)
def test_why_it_cannot_be_made_is_one_line(given: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        done(**given)
