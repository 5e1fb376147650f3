"""Commissioning by the API: polls drive the walk, results are stored and logged."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bcm_mqtt.domain.commissioning.result import newest
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import directory, panel
from unit.web.conftest import SMALL, Page, page_of

API = "/api/v1/commissioning/rpp-1a"


@pytest.fixture
async def walked(tmp_path: Path) -> AsyncIterator[Page]:
    made = page_of()
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        ports = replace(made.ports, past=store)
        transport = httpx.ASGITransport(create_app(ports))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield replace(made, ports=ports, client=client)


async def act(page: Page, name: str, **body: Any) -> Any:  # noqa: ANN401
    answer = await page.post(f"{API}/walk", {"act": name, **body})
    return answer.json() | {"status": answer.status_code}


async def polls(page: Page, *amps: float, count: int = 4) -> Any:  # noqa: ANN401
    for _ in range(count):
        page.clock.advance(15)
        page.shows(SMALL, *(round(1000 * one) for one in amps), *[0] * 43)
    return await act(page, "look")


async def test_a_walk_by_polls_of_the_bridge(walked: Page) -> None:
    await polls(walked, 1, 2, 3, 4, 3)
    started = await act(walked, "start", clamp="Fluke 376")
    assert started["request"] == "Switch a load on at pole 1 (Acme-web)."
    await polls(walked, 1, 2, 3, 4, 3)
    found = await polls(walked, 9.3, 2, 3, 4, 3)
    assert found["said"] == ["Pole 1: right (+8.3 A)"]
    assert found["request"] == "Switch a load on at pole 2 (Globex-db)."
    compared = await act(walked, "clamp", amps=[9.5])
    assert compared["results"][0]["comparison"] == "9.3 A, clamp meter 9.5 A: within ±0.9 A"
    assert (await act(walked, "nothing"))["said"] == ["Pole 2: no transformer answered"]
    assert (await act(walked, "pass"))["said"] == []
    main = await act(walked, "main", amps=[11.3, 7.0, 3.0])
    assert [one["place"] for one in main["results"]] == ["1", "2", "main A", "main B", "main C"]
    assert walked.ports.past
    stored = newest(walked.ports.past.commissionings.of_panel("rpp-1a"))
    assert {one.who for one in stored.values()} == {"local"}
    assert stored["1"].clamp == "Fluke 376 (±2 % ±0.5 A)"
    assert [change.what for change in walked.changes][:2] == [
        "commissioning rpp-1a",
        "commissioning rpp-1a 1",
    ]
    assert (await act(walked, "stop"))["walking"] is False


async def test_a_mistake_says_what_was_expected(walked: Page) -> None:
    walked.shows(SMALL, 1000)
    assert (await act(walked, "look"))["error"].endswith("start first")
    await act(walked, "start")
    wrong = await act(walked, "clamp", amps=[1.0, 2.0])
    assert (wrong["status"], "expected the amps of 0 poles" in wrong["error"]) == (409, True)
    assert (await act(walked, "dance"))["status"] == 422


async def test_the_sheet_is_a_pdf_of_one_panel_or_of_all(walked: Page) -> None:
    walked.shows(SMALL, 1000)
    walked.shows(directory(of=panel("rpp-1b")), 1000)
    one, every = [
        await walked.get(f"/api/v1/commissioning/sheet{query}") for query in ("?panel=rpp-1a", "")
    ]
    assert one.headers["content-type"] == every.headers["content-type"] == "application/pdf"
    assert one.content.startswith(b"%PDF")
    assert len(every.content) > len(one.content)
    assert (await walked.get("/api/v1/commissioning/sheet?panel=none")).status_code == 404


async def test_the_page_offers_the_walk(walked: Page) -> None:
    walked.shows(SMALL, 1000)
    text = (await walked.get("/panels/rpp-1a/commission")).text
    assert 'id="start"' in text
    assert "Sign-off sheet" in text


async def test_without_a_database_it_says_so(page: Page) -> None:
    page.shows(SMALL, 1000)
    answer = await page.get(API)
    assert answer.status_code == 404
    assert "no database" in answer.json()["error"]
