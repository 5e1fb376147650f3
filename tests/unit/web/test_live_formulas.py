"""Formula circuits on the page and in the API: their members' power as it is now."""

from dataclasses import replace

import pytest

from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.web.live.formulas import LiveFormula, formulas_of
from unit.builders import circuit, directory, panel
from unit.web.conftest import Page

MAIN = directory(circuit((5,), "", rating=100), of=panel("msb-1"))
FLOOR = directory(circuit((1,), "Tenant1-1"), of=panel("floor-3"))
FORMULA = FormulaVersion(
    "floor-3", "f-rest", members_of("msb-1:5 - floor-3:1"), "Common areas", "Tenant3"
)


def now(page: Page, *formulas: FormulaVersion) -> list[LiveFormula]:
    return list(formulas_of(page.live, formulas or (FORMULA,), "floor-3", page.clock()))


async def test_a_formula_is_its_members_power_with_their_signs(page: Page) -> None:
    page.shows(MAIN, None, None, None, None, 50_000)
    page.shows(FLOOR, 15_000)
    (one,) = now(page)
    assert (one.id, one.customer, one.members) == ("f-rest", "Tenant3", "msb-1:5 - floor-3:1")
    assert one.watts == pytest.approx((50 - 15) * 120)
    assert list(formulas_of(page.live, (FORMULA,), "msb-1", page.clock())) == []


async def test_it_is_unknown_where_a_member_is_not_read_or_not_of_now(page: Page) -> None:
    page.shows(FLOOR, 15_000)
    assert [one.watts for one in now(page)] == [None]
    page.shows(MAIN, None, None, None, None, None)
    assert [one.watts for one in now(page)] == [None]
    page.shows(MAIN, None, None, None, None, 50_000)
    page.clock.advance(3600)
    assert [one.watts for one in now(page)] == [None]


async def test_one_that_has_ended_is_listed_no_more(page: Page) -> None:
    ended = replace(FORMULA, members=(), valid_from=page.clock())
    assert now(page, FORMULA, ended) == []
