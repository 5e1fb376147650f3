"""The page of findings, the effect of a change before it is made, and acceptances."""

import re
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, snapshot
from unit.site_files import database_url
from unit.web.billing.conftest import API, Desk, site_billing

MONTH = f"{API}/months/2026-03"
CIRCUIT = {"panel": "rpp-1a", "pole": 2}
ACCEPT = {**CIRCUIT, "flag": "energy_above_rating"}
SIGNED = {"by": "J. Doe", "reason": "a 40 A breaker since May"}


async def effect(desk: Desk, **proposed: object) -> dict[str, Any]:
    answer = await desk.post(f"{MONTH}/effect", proposed)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_page_lists_what_was_found_by_circuit_and_flag(desk: Desk) -> None:
    assert "has not been processed yet" in (await desk.get("/billing/2026-03/findings")).text
    await desk.process()
    page = (await desk.get("/billing/2026-03/findings")).text
    held, others = page.split('id="others-title"')
    assert "Energy above 1.2 times what the breaker carries" in held
    assert "Current above 1.2 times the breaker&#39;s rating" in others
    assert 'href="intervals?panel=rpp-1a&amp;pole=2"' in held
    assert "Customer2-&lt;b&gt;A&lt;/b&gt;-1" in page
    assert "<b>A</b>" not in page


async def test_a_clock_that_was_set_back_is_in_one_list_for_the_page_and_the_command(
    desk: Desk,
) -> None:
    """Snapshots of which the numbers do not follow their times."""
    start, _ = Month(2026, 3).bounds(NEW_YORK)
    with closing(Store(database_url(desk.folder))) as store:
        for seq, minute in enumerate((1, 4, 3, 6, 5, 8), start=10**6):
            at = start + timedelta(minutes=minute, seconds=7)
            store.arrivals.add([snapshot(at, [10_000, 30_000], seq=seq)])
    await desk.process()
    page = (await desk.get("/billing/2026-03/findings")).text
    assert page.count('data-flag="clock_back"') == 1
    assert "2 snapshots lie among later ones" in page
    with site_billing(desk.folder / "bcm.yaml", desk.clock) as billing:
        listed = [one.finding for one in billing.check_month(Month(2026, 3)) if one.finding]
        assert [one for one in listed if one.flag is Flag.CLOCK_BACK]
        assert set(listed) == set(billing.process(Month(2026, 3)).drafts.all_findings)

    of_panel = {"panel": "rpp-1a", "pole": 0, "flag": "clock_back"}
    assert [one["flag"] for one in (await effect(desk, accept=of_panel))["gone"]] == ["clock_back"]
    answer = await desk.post(f"{MONTH}/accept", {**of_panel, **SIGNED})
    assert answer.status_code == 201, answer.text
    await desk.process()
    assert 'data-flag="clock_back"' not in (await desk.get("/billing/2026-03/findings")).text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("flag=flat", {"1", "2"}),
        ("flag=above_rating", {"2"}),
        ("customer=Customer1", {"1"}),
        ("panel=rpp-1a", {"1", "2"}),
        ("panel=rpp-9", set()),
        ("customer=%3Cscript%3E", set()),
    ],
)
async def test_findings_are_chosen(desk: Desk, query: str, shown: set[str]) -> None:
    await desk.process()
    page = (await desk.get(f"/billing/2026-03/findings?{query}")).text
    assert {pole for pole in ("1", "2") if f'data-pole="{pole}"' in page} == shown
    assert "<script>" not in page


async def test_many_findings_are_shown_by_pages_those_that_hold_bills_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.process()
    whole = (await desk.get("/billing/2026-03/findings")).text
    assert 'class="pager"' not in whole
    assert "Energy above 1.2 times what the breaker carries (1)" in whole
    monkeypatch.setattr("bcm_mqtt.web.billing.findings.view._PAGE", 1)
    found = []
    for number in (1, 2, 3):
        page = (await desk.get(f"/billing/2026-03/findings?page={number}")).text
        assert page.count(f"Page {number} of 3") == 2
        assert (f"page={number + 1}" in page, f"page={number - 1}" in page) == (
            number < 3,
            number > 1,
        )
        holds = 'id="holding-title"' in page
        assert holds != ('id="others-title"' in page)
        found.append((holds, set(re.findall('data-pole="([0-9]+)"', page))))
    assert found == [(True, {"2"}), (False, {"1"}), (False, {"2"})]
    beyond = (await desk.get("/billing/2026-03/findings?flag=flat&page=99")).text
    assert "Page 2 of 2" in beyond
    assert 'href="findings?flag=flat&amp;page=1"' in beyond
    assert (await desk.get("/billing/2026-03/findings?page=0")).status_code == 422


async def test_the_way_from_a_panel_leads_to_the_last_month(desk: Desk) -> None:
    answer = await desk.get("/billing/findings?panel=rpp-1a")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "2026-10/findings?panel=rpp-1a",
    )
    await desk.process()
    answer = await desk.get("/billing/findings")
    assert answer.headers["location"] == "2026-03/findings"


async def test_the_effect_of_a_ratio_in_kwh_and_money(desk: Desk) -> None:
    """30 A of 120 V at a third of the ratio: 743 h of 1.2 kW, not of 3.6 kW."""
    row = {"panel": "rpp-1a", "poles": [2], "multiplier": "1/3", "valid_from": "2026-02-01"}
    found = await effect(desk, instrument=row)

    (account,) = found["accounts"]
    assert account["customer"] == "Customer2"
    assert account["kwh"] == ["2674.800", "891.600", "-1783.200"]
    assert {one["flag"] for one in found["gone"]} == {"above_rating", "energy_above_rating"}
    assert desk.changes == []


async def test_the_effect_of_a_discarded_hour_is_the_estimate(desk: Desk) -> None:
    hour = {"start": "2026-03-02T09:00", "end": "2026-03-02T10:00", "action": "set", "kw": "0"}
    found = await effect(desk, entry={**CIRCUIT, **hour})
    (account,) = found["accounts"]
    assert account["kwh"][2] == "-3.600"
    assert (await desk.get(f"{API}/entries?panel=rpp-1a&pole=2")).json() == []


async def test_an_acceptance_is_signed_and_logged_and_shown_until_the_month_is_processed(
    desk: Desk,
) -> None:
    await desk.process()
    shown = await effect(desk, accept=ACCEPT)
    assert [one["flag"] for one in shown["gone"]] == ["energy_above_rating"]
    assert any("no longer found" in one.lower() for one in shown["effects"])

    answer = await desk.post(f"{MONTH}/accept", {**ACCEPT, **SIGNED})
    assert answer.status_code == 201
    (entry,) = answer.json()
    assert (entry["action"], entry["flag"], entry["author"]) == (
        "accept",
        "energy_above_rating",
        "J. Doe",
    )
    (change,) = desk.changes
    assert (change.what, "a 40 A breaker" in change.after) == ("findings of rpp-1a:2", True)
    page = (await desk.get("/billing/2026-03/findings")).text
    assert "accepted by J. Doe, entry 1" in page
    await desk.process()
    page = (await desk.get("/billing/2026-03/findings")).text
    assert 'data-flag="energy_above_rating"' not in page


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("accept", {**ACCEPT, "flag": "spike", **SIGNED}, 409, "has no finding spike"),
        ("accept", {**ACCEPT, **SIGNED, "reason": " "}, 422, "reason"),
        ("accept", {**ACCEPT, **SIGNED, "flag": "x"}, 422, "flag"),
        ("effect", {}, 409, "expected one of accept, entry and instrument"),
        ("effect", {"accept": ACCEPT, "entry": None}, 409, "expected one of"),
        ("effect", {"accept": {**ACCEPT, "panel": "rpp-9"}}, 409, "rpp-9"),
        (
            "effect",
            {"instrument": {"panel": "rpp-1a", "poles": [2], "multiplier": "0"}},
            409,
            "expected a ratio",
        ),
        ("effect", {"instrument": {"panel": "rpp-1a", "poles": []}}, 422, "poles"),
        ("effect", {"entry": {**CIRCUIT, "start": "x", "end": "y", "action": "discard"}}, 409, ""),
    ],
)
async def test_what_cannot_be_is_refused(
    desk: Desk, path: str, body: dict[str, object], status: int, said: str
) -> None:
    await desk.process()
    answer = await desk.post(f"{MONTH}/{path}", body)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
    assert desk.changes == []


async def test_findings_of_a_month_that_was_not_processed_cannot_be_accepted(desk: Desk) -> None:
    answer = await desk.post(f"{MONTH}/accept", {**ACCEPT, **SIGNED})
    assert answer.status_code == 409


async def test_what_is_found_of_a_formula_is_accepted_for_it_alone(desk: Desk) -> None:
    rows = "".join(f"rpp-1a,f-{one},rpp-1a:1 - rpp-1a:2,,Customer8\n" for one in ("x", "y"))
    (desk.folder / "formulas.csv").write_text(f"panel,id,members,description,customer\n{rows}")
    await desk.process()
    page = (await desk.get("/billing/2026-03/findings")).text
    assert 'data-pole="f-x" data-flag="formula_negative"' in page
    assert 'href="intervals?panel=rpp-1a&amp;pole=f-x"' in page
    of_formula = {"panel": "rpp-1a", "pole": "f-x", "flag": "formula_negative"}
    refused = await desk.post(f"{MONTH}/accept", {**of_formula, "pole": "x", **SIGNED})
    assert refused.status_code == 422
    shown = await effect(desk, accept=of_formula)
    assert [one["detail"].split(":")[0] for one in shown["gone"]] == ["f-x"]
    answer = await desk.post(f"{MONTH}/accept", {**of_formula, **SIGNED})
    assert answer.status_code == 201, answer.text
    assert [one["pole"] for one in answer.json()] == ["f-x"]
    assert desk.changes[-1].what == "findings of rpp-1a:f-x"
    await desk.process()
    page = (await desk.get("/billing/2026-03/findings")).text
    assert 'data-pole="f-x" data-flag="formula_negative"' not in page
    assert 'data-pole="f-y" data-flag="formula_negative"' in page
