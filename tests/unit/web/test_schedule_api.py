"""A panel schedule by the API: what it says, as changes that the edit of circuits takes."""

from base64 import b64encode
from typing import Any

from unit.web.conftest import SMALL, Page

URL = "/api/v1/circuits/schedule"
TEXT = "Ckt;Load;Whose;Trip;P\n1;New;Initech;25 A;\n7;More;;20;3\n2;Bad;;2O;\n"


async def read(page: Page, text: str = TEXT, **more: object) -> Any:  # noqa: ANN401
    page.shows(SMALL, 1000)
    content = b64encode(text.encode()).decode()
    answer = await page.post(URL, {"panel": "rpp-1a", "content": content, **more})
    assert (page.bridge.asked, page.changes) == ([], [])
    return answer.json() | {"status": answer.status_code}


async def test_headings_problems_and_changes(page: Page) -> None:
    found = await read(page, name="plan.csv", columns={"customer": "Whose"})
    assert found["headings"] == [
        {"heading": "Ckt", "column": "pole"},
        {"heading": "Load", "column": "description"},
        {"heading": "Whose", "column": "customer"},
        {"heading": "Trip", "column": "rating"},
        {"heading": "P", "column": "poles"},
    ]
    (problem,) = found["problems"]
    assert problem.startswith("plan.csv:4: Trip: expected whole amps")
    new = {"description": "New", "customer": "Initech", "rating": 25}
    more = {"poles": [7, 9, 11], "description": "More", "rating": 20}
    assert found["changes"] == [
        {"panel": "rpp-1a", "pole": 1, **new},
        {"panel": "rpp-1a", "pole": 7, **more},
    ]


async def test_the_changes_go_in_by_the_edit_of_circuits_as_one_request(page: Page) -> None:
    found = await read(page)
    body = {"changes": found["changes"]}
    preview = (await page.post("/api/v1/circuits/preview", body)).json()
    assert any(item["after"] == "7+9+11" for item in preview["differences"])
    assert (await page.post("/api/v1/circuits", body)).status_code == 200
    assert [action for _, action, _ in page.bridge.asked] == ["circuit"]
    assert {change.what for change in page.changes} == {"circuit rpp-1a 1", "circuit rpp-1a 7"}


async def test_what_is_no_schedule_is_refused_in_one_line(page: Page) -> None:
    found = await read(page, "\x00\x01")
    assert (found["status"], found["changes"]) == (200, [])
    assert "expected a row of headings" in found["problems"][0]
    found = await read(page, 'Ckt,Load\n1,"open\n', name="a.csv")
    assert (found["status"], found["error"][:28]) == (409, "a.csv:2: not CSV from here o")
    assert (await read(page, panel="rpp-9"))["status"] == 404
    assert (await read(page, columns={"nonsense": "Ckt"}))["status"] == 422
    assert (await read(page, content="no base64"))["status"] == 422
