"""The pages of formula circuits and of those who have them, with their power now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.web import create_app
from unit.web.conftest import Page
from unit.web.past import CURRENT, MOVED, OF, store_past

FORMULA = FormulaVersion("rpp-1a", "f-rest", members_of("rpp-1a:1 - rpp-1a:3"), "Rest", "Acme")
EARLIER = replace(FORMULA, members=members_of("rpp-1a:1"), description="<b>All</b>")
FORMULAS = (EARLIER, replace(FORMULA, valid_from=MOVED))
HISTORY = "/api/v1/panels/rpp-1a/circuits/f-rest/history"
POWER = "/api/v1/panels/rpp-1a/circuits/{}/power"


@dataclass(frozen=True)
class Terms:
    """What a site with these formulas bills by."""

    formulas: tuple[FormulaVersion, ...] = FORMULAS


class Billing:
    def terms(self) -> Terms:
        return Terms()


@pytest.fixture
async def past(page: Page, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    store = store_past(tmp_path / "bcm.db")
    page.shows(OF, *CURRENT)
    ports = replace(page.ports, past=store, billing=cast("Any", Billing()))
    transport = httpx.ASGITransport(create_app(ports))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    store.close()


async def test_a_formulas_page_says_what_it_is_made_of(past: httpx.AsyncClient) -> None:
    text = (await past.get("/panels/rpp-1a/circuits/f-rest")).text
    assert "<h1>Rest</h1>" in text
    made = '<a href="../../../panels/rpp-1a/circuits/{}">rpp-1a:{}</a>'
    both = f"{made.format(1, 1)} &minus; {made.format(3, 3)}"
    assert text.count(both) == 2  # in its head, and in its newest version
    assert "&lt;b&gt;All&lt;/b&gt;" in text
    assert '<b id="kw-now">0.96</b>' in text  # 120 V x (10 - 2) A
    assert 'href="../../../customers/Acme"' in text
    assert '<option value="api/v1/panels/rpp-1a/circuits/2/history">' in text


async def test_its_history_is_that_of_a_circuit(past: httpx.AsyncClient) -> None:
    query = "?from=2026-11-18T12:00&to=2026-11-18T13:00"
    answer = (await past.get(HISTORY + query)).json()
    assert (answer["pole"], answer["amps"], answer["step"]) == ("f-rest", [], "15min")
    assert (answer["kwh"], answer["below_zero"]) == ([0.24] * 4, 0)
    (version,) = answer["versions"]
    assert (version["formula"], version["poles"], version["customer"]) == ("f-rest", [], "Acme")
    sheet = await past.get(f"{HISTORY}.csv{query}")
    assert len(sheet.text.splitlines()) == 5
    week = await past.get("/api/v1/panels/rpp-1a/circuits/f-rest/week?from=2026-11-16")
    assert week.status_code == 200


async def test_points_below_0_are_counted(
    past: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = replace(FORMULA, members=members_of("rpp-1a:3 - rpp-1a:1"))
    monkeypatch.setattr(Billing, "terms", lambda _: Terms((turned,)))
    answer = (await past.get(f"{HISTORY}?from=2026-11-18T12:00&to=2026-11-18T13:00")).json()
    assert (answer["kwh"], answer["below_zero"]) == ([-0.24] * 4, 4)
    sheet = (await past.get(f"{HISTORY}.csv?from=2026-11-18T12:00&to=2026-11-18T13:00")).text
    assert sheet.count("-0.9600,-0.9600,-0.9600,-0.2400,") == 4


async def test_power_now_has_formulas_in_it(past: httpx.AsyncClient) -> None:
    for circuit, watts in (("f-rest", 960), ("1", 1200)):
        answer = (await past.get(POWER.format(circuit))).json()
        assert answer == {"watts": pytest.approx(watts)}
    # Acme: 5 A at 208 V, and the formula
    assert (await past.get("/api/v1/customers/Acme/power")).json() == {"watts": pytest.approx(2000)}
    text = (await past.get("/customers/Acme")).text
    assert '<b id="kw-now">2.00</b>' in text
    assert 'data-power="../api/v1/customers/Acme/power"' in text
    assert "data-power" not in (await past.get("/customers/Globex")).text
    assert '<td class="amount">2.00 kW</td>' in (await past.get("/customers")).text


@pytest.mark.parametrize("path", ["circuits/f-x/history", "circuits/f-x", "circuits/f-x/power"])
async def test_a_formula_that_is_not_there_is_404(past: httpx.AsyncClient, path: str) -> None:
    answer = await past.get(f"{'' if path == 'circuits/f-x' else '/api/v1'}/panels/rpp-1a/{path}")
    assert answer.status_code == 404
    assert "panel rpp-1a has no formula circuit f-x" in answer.json()["error"]


async def test_what_is_no_circuit_is_refused_as_before(past: httpx.AsyncClient) -> None:
    for wrong in ("0", "1000", "x", "f-", "F-rest"):
        answer = await past.get(f"/api/v1/panels/rpp-1a/circuits/{wrong}/history")
        assert answer.status_code == 422, wrong
