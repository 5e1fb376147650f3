"""Entries about a circuit's intervals, and what is shown of them."""

from contextlib import closing
from typing import Any

import pytest

from bcm_mqtt.store import Store
from unit.site_files import database_url
from unit.web.billing.conftest import API, Desk

SET = {
    "panel": "rpp-1a",
    "pole": 1,
    "start": "2026-03-10T09:00",
    "end": "2026-03-10T10:00",
    "action": "set",
    "kw": "0.5",
    "by": "J. Doe",
    "reason": "CT was off",
}


async def intervals(desk: Desk, pole: int) -> dict[str, dict[str, Any]]:
    """By start."""
    answer = await desk.get(f"{API}/months/2026-03/intervals?panel=rpp-1a&pole={pole}")
    assert answer.status_code == 200
    return {one["start"]: one for one in answer.json()["intervals"]}


async def test_each_interval_is_shown_as_measured_and_as_billed(desk: Desk) -> None:
    found = await intervals(desk, 2)
    assert len(found) == 2972
    whole = found["2026-03-02T12:00:00Z"]
    assert (whole["measured_kw"], whole["measured_share"], whole["kw"]) == (3.6, 1.0, 3.6)
    assert whole["how"] == ""
    gap = found["2026-03-12T12:00:00Z"]
    assert (gap["measured_kw"], gap["measured_share"], gap["kw"]) == (None, 0.0, 3.6)
    assert gap["how"] == "estimated by like days"


async def test_what_validation_found_is_on_the_intervals(desk: Desk) -> None:
    answer = await desk.get(f"{API}/months/2026-03/intervals?panel=rpp-1a&pole=2")
    circuit = answer.json()
    assert (circuit["customers"], circuit["descriptions"]) == (
        ["Customer2"],
        ["Customer2-<b>A</b>-1"],
    )
    assert {one["flag"] for one in circuit["findings"]} == {
        "above_rating",
        "energy_above_rating",
        "flat",
    }
    first = circuit["intervals"][0]
    assert "above_rating" in first["flags"]


async def test_an_entry_changes_what_is_billed_and_keeps_what_was_measured(desk: Desk) -> None:
    await desk.process()
    answer = await desk.post(f"{API}/entries/enter", SET)
    assert answer.status_code == 201
    assert (answer.json()["id"], answer.json()["in_force"]) == (1, True)
    at_nine = (await intervals(desk, 1))["2026-03-10T13:00:00Z"]
    assert (at_nine["measured_kw"], at_nine["kw"], at_nine["how"]) == (1.2, 0.5, "edited")
    assert (await desk.month())["changed"] == ["entry 1 about rpp-1a:1"]
    await desk.process()
    month = await desk.month()
    assert month["customers"]["Customer1"]["kwh"] == "890.900"
    assert month["changed"] == []
    (change,) = desk.changes
    assert change.what == "intervals of rpp-1a:1"
    assert change.after.endswith("by J. Doe: CT was off")


async def test_discarded_readings_are_estimated(desk: Desk) -> None:
    discard = {**SET, "action": "discard", "kw": None}
    assert (await desk.post(f"{API}/entries/enter", discard)).status_code == 201
    found = (await intervals(desk, 1))["2026-03-10T13:00:00Z"]
    assert (found["measured_kw"], found["how"]) == (1.2, "estimated by interpolation")


async def test_accepted_readings_are_no_finding(desk: Desk) -> None:
    span = {"start": "2026-03-01", "end": "2026-04-01", "pole": 2}
    accept = {**SET, "action": "accept", "kw": None, **span}
    assert (await desk.post(f"{API}/entries/enter", accept)).status_code == 201
    answer = await desk.get(f"{API}/months/2026-03/intervals?panel=rpp-1a&pole=2")
    assert answer.json()["findings"] == []


async def test_an_entry_is_taken_back_by_one_of_its_own(desk: Desk) -> None:
    await desk.post(f"{API}/entries/enter", SET)
    back = {"id": 1, "by": "A. Roe", "reason": "wrong breaker"}
    answer = await desk.post(f"{API}/entries/withdraw", back)
    assert (answer.status_code, answer.json()["withdraws"]) == (201, 1)
    listed = (await desk.get(f"{API}/entries?panel=rpp-1a&pole=1")).json()
    assert [(one["id"], one["action"], one["in_force"]) for one in listed] == [
        (1, "set", False),
        (2, "withdraw", False),
    ]
    assert (await intervals(desk, 1))["2026-03-10T13:00:00Z"]["kw"] == 1.2
    page = (await desk.get("/billing/2026-03/intervals?panel=rpp-1a&pole=1")).text
    assert "A. Roe: wrong breaker" in page
    assert "withdrawn" in page


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"start": "2026-03-10T09:07"}, 409, "its start is not on a quarter hour"),
        ({"end": "2026-03-10T08:00"}, 409, "its end is not after its start"),
        ({"end": "soon"}, 409, "expected a date or time"),
        ({"end": "2027-03-10"}, 409, "it is longer than 62 days"),
        ({"pole": 7}, 409, "rpp-1a:7 is no circuit at that time"),
        ({"panel": "rpp-9"}, 409, "unknown panel 'rpp-9'"),
        ({"panel": "../etc"}, 409, "unknown panel '../etc'"),
        ({"kw": None}, 409, "expected kw with set"),
        ({"action": "accept"}, 409, "expected kw with set"),
        ({"action": "withdraw", "kw": None}, 409, "expected set, discard or accept"),
        ({"kw": "-1"}, 422, "kw: "),
        ({"kw": "NaN"}, 422, "kw: "),
        ({"kw": "1.0000001"}, 422, "kw: "),
        ({"by": " "}, 422, "by: "),
        ({"reason": ""}, 422, "reason: "),
        ({"pole": "x"}, 422, "pole: "),
        ({"more": 1}, 422, "more: "),
    ],
)
async def test_what_cannot_be_entered_changes_nothing(
    desk: Desk, change: dict[str, object], status: int, said: str
) -> None:
    answer = await desk.post(f"{API}/entries/enter", SET | change)
    assert answer.status_code == status
    assert said in answer.json()["error"]
    with closing(Store(database_url(desk.folder))) as store:
        assert store.entries.all() == []


async def test_an_entry_that_is_not_there_cannot_be_taken_back(desk: Desk) -> None:
    back = {"id": 9, "by": "A. Roe", "reason": "wrong"}
    answer = await desk.post(f"{API}/entries/withdraw", back)
    assert (answer.status_code, answer.json()["error"]) == (409, "there is no entry 9")
    with closing(Store(database_url(desk.folder))) as store:
        assert store.entries.all() == []


async def test_a_circuit_that_is_not_there_is_told(desk: Desk) -> None:
    for query, said in (
        ("panel=rpp-1a&pole=9", "rpp-1a:9 is no circuit in 2026-03"),
        ("panel=rpp-9&pole=1", "unknown panel 'rpp-9': expected one of rpp-1a"),
    ):
        answer = await desk.get(f"{API}/months/2026-03/intervals?{query}")
        assert (answer.status_code, answer.json()["error"]) == (409, said)


async def test_what_stands_out_is_listed_with_its_span(desk: Desk) -> None:
    page = (await desk.get("/billing/2026-03/intervals?panel=rpp-1a&pole=2")).text
    assert "Current above 1.2 times the breaker&#39;s rating" in page
    assert "Estimated by like days" in page
    assert "2026-03-11 01:15 EDT to 2026-03-15 01:00 EDT" in page
    assert "Customer2-&lt;b&gt;A&lt;/b&gt;-1" in page
    assert "<b>A</b>" not in page
