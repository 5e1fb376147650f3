"""formulas.csv edited by the page: comments, quotes and order stay; a bad edit writes nothing."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.config.directory import changed_formulas
from bcm_mqtt.domain.site.formula.edit import FormulaChange
from bcm_mqtt.domain.site.formula.formula import members_of
from bcm_mqtt.domain.time import BEGINNING, midnight
from bcm_mqtt.errors import InputError
from unit.builders import NEW_YORK, NOON, panel

PANELS = {key: panel(key) for key in ("floor-3", "msb-1")}
FILE = (
    "# Ask Jo first.\r\n"
    "panel,id,members,customer\r\n"
    'floor-3,f-rest,"msb-1:5 - floor-3:1",Tenant3\r\n'
    "# below: the lifts\r\n"
    "msb-1,f-lifts,msb-1:7 + msb-1:9,\r\n"
)
REST = FormulaChange("floor-3", "f-rest")
ALWAYS = BEGINNING


def changed(change: FormulaChange, content: str | None = FILE, zone: ZoneInfo = NEW_YORK) -> str:
    old = None if content is None else content.encode()
    done = changed_formulas(old, change, PANELS, zone, NOON, "formulas.csv")
    return done.content.decode()


def test_a_new_version_stands_below_the_last_one_and_all_else_stays_byte_for_byte() -> None:
    members = members_of("msb-1:5 - floor-3:1 - floor-3:3")
    at = midnight(NOON.date(), NEW_YORK)
    assert changed(replace(REST, members=members, valid_from=at)) == (
        "# Ask Jo first.\r\n"
        "panel,id,members,customer,valid_from\r\n"
        'floor-3,f-rest,"msb-1:5 - floor-3:1",Tenant3\r\n'
        "floor-3,f-rest,msb-1:5 - floor-3:1 - floor-3:3,Tenant3,2026-11-20\r\n"
        "# below: the lifts\r\n"
        "msb-1,f-lifts,msb-1:7 + msb-1:9,\r\n"
    )


def test_a_correction_and_an_end() -> None:
    amended = changed(FormulaChange("msb-1", "f-lifts", customer="Tenant1", valid_from=ALWAYS))
    assert amended == FILE.replace("msb-1:9,\r\n", "msb-1:9,Tenant1\r\n")
    ended = changed(replace(REST, members=(), valid_from=midnight(NOON.date(), NEW_YORK)))
    assert "\r\nfloor-3,f-rest,,,2026-11-20\r\n# below" in ended


def test_the_first_formula_makes_the_file_and_a_byte_order_mark_stays() -> None:
    new = FormulaChange("msb-1", "f-a", members_of("msb-1:1"), 'A, "B"', is_new=True)
    header = "panel,id,members,description,customer,valid_from\n"
    made = changed(new, None)
    assert made == f'{header}msb-1,f-a,msb-1:1,"A, ""B""",,2026-11-20T07:00-05:00\n'
    assert changed(new, f"\ufeff{header}") == f"\ufeff{made}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (replace(REST, id="f-b", members=members_of("x:1"), is_new=True), "f-b: members: unknown"),
        (replace(REST, id="b", members=members_of("msb-1:1"), is_new=True), "floor-3:b: id: 'b'"),
        (
            replace(REST, members=members_of("floor-3:f-rest + msb-1:1")),
            "floor-3:f-rest: members: it goes in a circle: floor-3:f-rest -> floor-3:f-rest",
        ),
    ],
)
def test_a_mistake_is_one_line_at_its_field(change: FormulaChange, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as refused:
        changed(change)
    assert len(refused.value.problems) == 1


def test_a_formula_that_another_is_made_of_does_not_end_alone() -> None:
    rows = f"{FILE}msb-1,f-both,floor-3:f-rest + msb-1:f-lifts,\r\n"
    with pytest.raises(InputError, match=r"members: msb-1:f-both: floor-3:f-rest is no formula"):
        changed(replace(REST, members=()), rows)


def test_a_file_that_is_wrong_as_it_stands_is_left_alone() -> None:
    with pytest.raises(InputError, match=r"formulas\.csv:3: members"):
        changed(REST, "panel,id,members\n\nfloor-3,f-x,7\n")
