"""Every figure leads to how it came about, down to the registers."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest

from unit.web.billing.conftest import API, Desk


class Links(HTMLParser):
    """The links of a page by class, and the texts of cells that are figures without one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.whys: list[str] = []
        self.all: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            href = found.get("href") or ""
            self.all.append(href)
            if found.get("class") == "why":
                self.whys.append(href)


async def explained(desk: Desk, **asked: object) -> list[dict[str, Any]]:
    query = urlencode({"customer": "Customer1", **asked})
    answer = await desk.get(f"{API}/months/2026-03/explain?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def sees(sections: list[dict[str, Any]]) -> list[Mapping[str, object]]:
    return [
        {key: value for key, value in step["see"].items() if value is not None}
        for section in sections
        for step in section["steps"]
        if step["see"]
    ]


async def test_a_bill_leads_to_its_registers_step_by_step(desk: Desk) -> None:
    await desk.process()
    whole = await explained(desk)
    assert {"line": 1} in sees(whole)
    line = await explained(desk, line=1)
    assert {"panel": "rpp-1a", "pole": 1} in sees(line)
    circuit = await explained(desk, panel="rpp-1a", pole=1)
    days = sees(circuit)
    assert {"panel": "rpp-1a", "pole": 1, "day": "2026-03-08"} in days
    day = await explained(desk, panel="rpp-1a", pole=1, day="2026-03-08")
    assert len(sees(day)) == 92  # an hour was skipped
    interval = await explained(desk, **sees(day)[0])
    text = str(interval)
    assert "9,000,000,000 mA ms x 120 V x pf 1 / 3,600" in text
    assert "unit id 1, meter 1 channel 1, register 501" in text
    assert "read 100 x 0.1 A = 10 A" in text


async def test_every_link_of_every_explanation_answers(desk: Desk) -> None:
    await desk.process()
    seen, waiting = set[str](), ["explain?customer=Customer2"]
    while waiting and len(seen) < 150:
        href = waiting.pop()
        if href in seen:
            continue
        seen.add(href)
        page = await desk.get(f"/billing/2026-03/{href}")
        assert page.status_code == 200, href
        waiting += Links(page.text).whys
    assert len(seen) > 100


async def test_every_figure_of_a_bill_is_a_link_to_its_explanation(desk: Desk) -> None:
    await desk.process()
    page = await desk.get("/billing/2026-03/bill?customer=Customer1")
    links = Links(page.text)
    for href in set(links.whys):
        answer = await desk.get(f"/billing/2026-03/{href}")
        assert answer.status_code == 200, href
    for figure in ("891.600", "105.65", "0.1185", "1.200"):
        assert f">{figure}</a>" in page.text
        assert f">{figure}<" not in page.text.replace(f">{figure}</a>", "")


async def test_the_part_beside_the_bill_is_that_of_the_page(desk: Desk) -> None:
    await desk.process()
    part = (await desk.get("/billing/2026-03/explanation?customer=Customer1&line=1")).text
    page = (await desk.get("/billing/2026-03/explain?customer=Customer1&line=1")).text
    assert part.strip() in page
    assert "<html" not in part


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("line=7", 409, "line 7: expected a line from 1 to 1"),
        ("line=0", 422, "line: "),
        ("panel=rpp-1a", 409, "expected panel and pole together"),
        ("panel=rpp-1a&pole=2", 409, "expected one of rpp-1a:1"),
        ("day=2026-03-01", 409, "expected panel and pole with a day"),
        ("panel=rpp-1a&pole=1&day=2026-04-01", 409, "not that of Customer1 on 2026-04-01"),
        ("panel=rpp-1a&pole=1&day=today", 422, "day: "),
        ("at=2026-04-01T12:00", 409, "expected a time of 2026-03"),
        ("at=noon", 409, "expected a date or time"),
    ],
)
async def test_what_cannot_be_explained_is_told_in_a_line(
    desk: Desk, query: str, status: int, said: str
) -> None:
    await desk.process()
    answer = await desk.get(f"{API}/months/2026-03/explain?customer=Customer1&{query}")
    assert answer.status_code == status
    assert said in answer.json()["error"]
