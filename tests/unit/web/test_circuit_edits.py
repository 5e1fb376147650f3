"""Edits of circuits by the API: what they would do, in words, and what is asked of the bridge."""

import json
from typing import Any

import pytest

from unit.web.conftest import SMALL, Page

BILLS = (
    "Bills change from 2026-10 on; bills already issued stay as they are until they are revised."
)


async def preview(page: Page, **change: Any) -> Any:  # noqa: ANN401
    body = {"changes": [{"panel": "rpp-1a", **change}]}
    answer = await page.post("/api/v1/circuits/preview", body)
    assert (page.bridge.asked, page.changes) == ([], [])
    return answer.json() | {"status": answer.status_code}


async def test_a_preview_says_field_by_field_and_in_sentences_what_would_be(page: Page) -> None:
    page.shows(SMALL, 1000)
    found = await preview(page, pole=1, description="Globex-web", valid_from="2026-10-10")
    assert found["effects"] == [
        "Circuit 1 changes from 2026-10-10 00:00 on; before that it stays as it is.",
        "Its energy is Globex's from 2026-10-10 00:00 on, not Acme's.",
        BILLS,
    ]
    described = {item["field"]: (item["before"], item["after"]) for item in found["differences"]}
    assert described["description"] == ("Acme-web", "Globex-web")


async def test_tying_poles_ends_the_breakers_that_had_them(page: Page) -> None:
    page.shows(SMALL, 1000)
    found = await preview(page, pole=1, connection="3P")
    assert found["effects"][:3] == [
        "Circuit 3+5 is removed from now on; poles 3, 5 become free.",
        "Circuit 1+3+5 changes from now on; before that it stays as it is.",
        "It takes poles 3, 5.",
    ]


async def test_a_breaker_that_reaches_beyond_is_for_people_to_untie(page: Page) -> None:
    page.shows(SMALL, 1000)
    found = await preview(page, pole=1, connection="2P")
    assert found["status"] == 409
    assert "3" in found["error"]


async def test_untying_frees_poles(page: Page) -> None:
    page.shows(SMALL, 1000)
    found = await preview(page, pole=3, connection="1P")
    assert "Pole 5 becomes free." in found["effects"]


async def test_what_is_as_it_was_changes_nothing(page: Page) -> None:
    page.shows(SMALL, 1000)
    found = await preview(page, pole=1, rating=20)
    assert found["effects"] == ["Nothing changes."]
    assert found["differences"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pole": 1, "rating": 0}, "0.rating"),
        ({"pole": 1, "rating": "many"}, "0.rating"),
        ({"pole": 1, "power_factor": 1.5}, "0.power_factor"),
        ({"pole": 1, "connection": "9P"}, "0.connection"),
        ({"pole": 1, "valid_from": "some day"}, "valid_from"),
        ({"pole": 1, "nonsense": 1}, "0.nonsense"),
        ({"pole": 600}, "0.pole"),
    ],
)
async def test_a_wrong_value_is_said_at_its_field(
    page: Page, change: dict[str, object], field: str
) -> None:
    page.shows(SMALL, 1000)
    found = await preview(page, **change)
    assert found["status"] in {409, 422}
    assert field in found["fields"]


async def test_a_change_is_asked_of_the_panels_bridge_and_noted(page: Page) -> None:
    page.shows(SMALL, 1000)
    body = {"changes": [{"panel": "rpp-1a", "pole": 1, "rating": 25}]}
    answer = await page.post("/api/v1/circuits", body)
    assert answer.status_code == 200
    [(bridge, action, payload)] = page.bridge.asked
    assert (bridge, action) == ("dc1", "circuit")
    assert json.loads(payload)["transaction"] == "t1"
    [change] = page.changes
    assert change.what == "circuit rpp-1a 1"
    assert change.before == "poles 1, description Acme-web, rating 20, connection 1P"
    assert change.after.startswith("poles 1, description Acme-web, rating 25, connection 1P")
    assert change.at == page.clock()


async def test_what_the_bridge_says_against_it_is_the_answer(page: Page) -> None:
    page.shows(SMALL, 1000)
    page.bridge.objection = "circuits.csv is gone: bring it back first"
    body = {"changes": [{"panel": "rpp-1a", "pole": 1, "rating": 25}]}
    answer = await page.post("/api/v1/circuits", body)
    assert answer.status_code == 409
    assert answer.json()["error"] == "circuits.csv is gone: bring it back first"


async def test_rows_of_csv_are_previewed_and_then_taken_over(page: Page) -> None:
    page.shows(SMALL, 1000)
    csv = "panel,poles,customer\nrpp-1a,1,Initech\nrpp-1a,3+5,Initech\n"
    found = (await page.post("/api/v1/circuits/csv/preview", {"csv": csv})).json()
    assert {item["poles"] for item in found["differences"]} == {"1", "3+5"}
    assert page.bridge.asked == []
    assert (await page.post("/api/v1/circuits/csv", {"csv": csv})).status_code == 200
    assert len(page.bridge.asked) == 1
    assert len(page.changes) == 2


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("", "CSV"),
        ("panel,poles\nrpp-9,1\n", "rpp-9"),
        ("panel,poles,rating\nrpp-1a,1,many\n", "rating"),
        ("panel,poles,nonsense\nrpp-1a,1,2\n", "nonsense"),
    ],
)
async def test_rows_that_are_wrong_are_refused_whole_with_line_and_column(
    page: Page, csv: str, said: str
) -> None:
    page.shows(SMALL, 1000)
    answer = await page.post("/api/v1/circuits/csv", {"csv": csv})
    assert answer.status_code == 409
    assert said in answer.json()["error"]
    assert page.bridge.asked == []


async def test_rows_with_control_characters_are_refused(page: Page) -> None:
    page.shows(SMALL, 1000)
    answer = await page.post("/api/v1/circuits/csv", {"csv": "\x00\x00"})
    assert answer.status_code == 422
    assert "csv: expected one line without control characters" in answer.json()["error"]
    assert page.bridge.asked == []


async def test_alarms_are_acknowledged_and_shelved_by_the_bridge(page: Page) -> None:
    page.shows(SMALL, 1000)
    named = {"panel": "rpp-1a", "pole": 1, "kind": "overload"}
    assert (await page.post("/api/v1/alarms/acknowledge", named)).status_code == 200
    assert (await page.post("/api/v1/alarms/shelve", named | {"hours": 8})).status_code == 200
    assert [action for _, action, _ in page.bridge.asked] == ["acknowledge", "shelve"]
    assert len(page.changes) == 2


async def test_an_alarm_of_an_unknown_panel_is_404(page: Page) -> None:
    answer = await page.post("/api/v1/alarms/acknowledge", {"panel": "rpp-9", "pole": "main"})
    assert answer.status_code == 404
    assert page.bridge.asked == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/circuits", {"changes": [{"panel": "rpp-1a", "pole": 1, "rating": 30}]}),
        ("/api/v1/circuits/csv", {"csv": "panel,poles,rating\nrpp-1a,1,30\n"}),
        ("/api/v1/meters", {"panel": "rpp-1a", "poles": [1], "serial": "N-1"}),
        ("/api/v1/meters", {"panel": "rpp-1a", "poles": [1], "serial": "N-1", "exchange": True}),
        ("/api/v1/alarms/acknowledge", {"panel": "rpp-1a", "pole": 1}),
        ("/api/v1/alarms/shelve", {"panel": "rpp-1a", "pole": 1, "hours": 1}),
    ],
    ids=["change", "csv", "meter", "exchange", "acknowledge", "shelve"],
)
async def test_a_bridge_that_is_offline_is_asked_nothing(
    page: Page, path: str, body: dict[str, object]
) -> None:
    page.shows(SMALL)
    page.live.take_bridge("dc1", online=False)
    answer = await page.post(path, body)
    assert answer.status_code == 503
    offline = "not done: bridge dc1 is offline: try again when it is online"
    assert answer.json()["error"] == offline
    assert page.bridge.asked == []
    assert page.changes == []  # nor is there anything to audit
