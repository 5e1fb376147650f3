"""The past in the API: real rows in a database, asked for as programs ask."""

import csv
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NEW_YORK, NOON, polled
from unit.web.conftest import Page
from unit.web.past import CURRENT, OF, START, store_past


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_past(tmp_path / "bcm.db")


@pytest.fixture
async def past(page: Page, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Asks about the stored past."""
    transport = httpx.ASGITransport(create_app(replace(page.ports, past=store)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    store.close()


CIRCUIT = "/api/v1/panels/rpp-1a/circuits/1"


async def test_a_circuits_days_have_its_amps_power_and_energy(past: httpx.AsyncClient) -> None:
    answer = await past.get(f"{CIRCUIT}/history?from=2026-11-16&to=2026-11-18&step=1d")
    assert answer.status_code == 200
    found = answer.json()
    assert found["step"] == "1d"
    assert found["sources"] == ["15-minute intervals"]
    assert found["starts"] == ["2026-11-16T05:00:00Z", "2026-11-17T05:00:00Z"]
    assert found["amps"] == [
        {"pole": 1, "phase": "A", "min": [10, 10], "mean": [10, 10], "max": [10, 10]}
    ]
    assert found["kw"]["mean"] == [1.2, 1.2]
    assert found["kwh"] == [28.8, 28.8]
    assert found["measured"] == [1, 1]
    assert found["total_kwh"] == 57.6
    assert [one["customer"] for one in found["versions"]] == ["Acme"]


async def test_what_is_missing_is_null(past: httpx.AsyncClient) -> None:
    found = (await past.get(f"{CIRCUIT}/history?from=2026-11-15&to=2026-11-17&step=1d")).json()
    assert found["kwh"] == [None, 28.8]
    assert found["amps"][0]["mean"] == [None, 10]
    assert found["measured"] == [None, 1]


async def test_without_a_step_it_is_as_short_as_a_chart_has_room_for(
    past: httpx.AsyncClient,
) -> None:
    week = (await past.get(f"{CIRCUIT}/history?from=2026-11-13&to=2026-11-20")).json()
    assert week["step"] == "15min"
    assert len(week["starts"]) == 7 * 96
    year = (await past.get(f"{CIRCUIT}/history?from=2025-11-20&to=2026-11-20")).json()
    assert year["step"] == "6h"
    assert len(year["starts"]) == 1460


async def test_a_short_time_is_told_by_snapshots(page: Page, store: Store) -> None:
    store.arrivals.add(polled(NOON - timedelta(hours=1), NOON, CURRENT, poll_ms=15_000))
    transport = httpx.ASGITransport(create_app(replace(page.ports, past=store)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        found = (await client.get(f"{CIRCUIT}/history?from=2026-11-20T11:00Z")).json()
    assert found["sources"] == ["snapshots"]
    assert found["step"] == "15s"
    assert found["kw"]["mean"] == [1.2] * 240
    store.close()


async def test_days_whose_intervals_were_removed_are_told_by_their_totals(
    past: httpx.AsyncClient, store: Store, tmp_path: Path
) -> None:
    while store.roll_up.days(NEW_YORK):
        pass
    gone = int(START.timestamp() * 1000) + 86_400_000
    with closing(sqlite3.connect(tmp_path / "bcm.db")) as connection:
        connection.execute("DELETE FROM interval WHERE start < ?", [gone])
        connection.execute("DELETE FROM load_profile WHERE day <= '2026-11-17'")
        connection.commit()
    found = (await past.get(f"{CIRCUIT}/history?from=2026-11-16&to=2026-11-18&step=1d")).json()
    assert found["sources"] == ["15-minute intervals", "daily totals"]
    assert found["kwh"] == [28.8, 28.8]
    assert found["amps"][0]["mean"] == [10, 10]


async def test_each_version_is_told_with_its_time(past: httpx.AsyncClient) -> None:
    found = (await past.get(f"{CIRCUIT}/history?from=2026-11-17&to=2026-11-19&step=1d")).json()
    assert [(one["description"], one["rating"], one["start"]) for one in found["versions"]] == [
        ("Acme-web", 20, "2026-11-17T05:00:00Z"),
        ("Globex-web", 30, "2026-11-18T05:00:00Z"),
    ]


async def test_a_customer_has_the_circuits_that_were_his_at_the_time(
    past: httpx.AsyncClient,
) -> None:
    days = "history?from=2026-11-16&to=2026-11-20&step=1d"
    acme = (await past.get(f"/api/v1/customers/Acme/{days}")).json()
    # 120 V x 10 A until it moved, and 208 V x 5 A.
    assert acme["kw"]["mean"] == [2.24, 2.24, 1.04, 1.04]
    assert acme["kwh"] == [53.76, 53.76, 24.96, 24.96]
    assert "amps" not in acme
    globex = (await past.get(f"/api/v1/customers/Globex/{days}")).json()
    assert globex["kw"]["mean"] == [0.24, 0.24, 1.44, 1.44]
    assert {(one["poles"][0], one["start"]) for one in globex["versions"]} == {
        (1, "2026-11-18T05:00:00Z"),
        (3, "2026-11-16T05:00:00Z"),
    }


async def test_the_typical_week_counts_its_hours(past: httpx.AsyncClient) -> None:
    week = (await past.get(f"{CIRCUIT}/week")).json()
    assert [len(day) for day in week["kw"]] == [24] * 7
    assert week["kw"][0] == [1.2] * 24
    assert week["hours"][0] == [1] * 24
    assert week["kw"][6] == [None] * 24
    assert week["hours"][6] == [0] * 24
    acme = (await past.get("/api/v1/customers/Acme/week")).json()
    assert (acme["kw"][1][0], acme["kw"][3][0]) == (2.24, 1.04)


async def test_the_export_has_a_row_for_each_point_with_the_sites_time(
    past: httpx.AsyncClient,
) -> None:
    answer = await past.get(f"{CIRCUIT}/history.csv?from=2026-11-15&to=2026-11-17&step=1d")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "rpp-1a-1_2026-11-15_2026-11-17_1d.csv" in answer.headers["content-disposition"]
    assert list(csv.DictReader(io.StringIO(answer.text))) == [
        {
            "start": "2026-11-16T00:00:00-05:00",
            "end": "2026-11-17T00:00:00-05:00",
            "pole_1_min_amps": "10.000",
            "pole_1_mean_amps": "10.000",
            "pole_1_max_amps": "10.000",
            "min_kw": "1.2000",
            "mean_kw": "1.2000",
            "max_kw": "1.2000",
            "kwh": "28.8000",
            "measured_share": "1.0000",
        }
    ]


async def test_an_export_may_be_longer_than_a_chart(past: httpx.AsyncClient) -> None:
    year = "from=2025-11-20&to=2026-11-20&step=15min"
    assert (await past.get(f"{CIRCUIT}/history?{year}")).status_code == 422
    table = await past.get(f"/api/v1/customers/Acme/history.csv?{year}")
    assert table.status_code == 200
    assert table.text.count("\n") == 1 + 96 * 4


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/api/v1/panels/rpp-9/circuits/1/history", 404, "unknown panel 'rpp-9'"),
        ("/api/v1/panels/rpp-1a/circuits/4/history", 404, "no circuit whose first pole is 4"),
        ("/api/v1/panels/rpp-1a/circuits/x/history", 422, "pole"),
        ("/api/v1/customers/Nobody/history", 404, "there are Acme, Globex"),
        (f"{CIRCUIT}/history?from=yesterday", 422, "expected a date or time"),
        (f"{CIRCUIT}/history?from=2026-11-18&to=2026-11-17", 422, "is not after"),
        (f"{CIRCUIT}/history?from=2027-01-01&to=2027-01-02", 422, "has not come yet"),
        (f"{CIRCUIT}/history?from=2001-01-01&to=2026-01-01", 422, "expected at most 1500"),
        (f"{CIRCUIT}/history?from=0001-01-01&to=9999-12-31T23:59:59Z", 422, "to: "),
        (f"{CIRCUIT}/history?step=7min", 422, "step: '7min' is none of auto, 1s"),
        (f"{CIRCUIT}/history?from=2026-11-01&step=1min", 422, "more than 1500 points"),
        (
            f"{CIRCUIT}/history?from=2026-11-14&step=1min&to=2026-11-14T06:00",
            404,
            "needs snapshots",
        ),
        ("/api/v1/customers/Acme/history?step=1min", 404, "15min or longer"),
        ("/api/v1/customers/Acme/week?from=%00", 422, "without control characters"),
    ],
)
async def test_what_cannot_be_answered_is_told_in_one_line(
    past: httpx.AsyncClient, path: str, status: int, reason: str
) -> None:
    answer = await past.get(path)
    assert answer.status_code == status
    assert reason in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


async def test_a_page_without_a_database_says_so(page: Page) -> None:
    answer = await page.get(f"{CIRCUIT}/history")
    assert answer.status_code == 404
    assert "no database" in answer.json()["error"]


async def test_a_panel_without_a_directory_shows_each_pole_by_itself(
    page: Page, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path}/empty.db")
    store.database.ensure_schema()
    empty = Directory(OF.panel)
    store.directories.add(empty, encode_directory(empty), START)
    store.arrivals.add(polled(START, START + timedelta(hours=1), CURRENT))
    store.roll_up.intervals()
    transport = httpx.ASGITransport(create_app(replace(page.ports, past=store)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        found = (
            await client.get(
                "/api/v1/panels/rpp-1a/circuits/4/history?from=2026-11-16&to=2026-11-17&step=1d"
            )
        ).json()
    # 120 V x 5 A for an hour, and the last reading stands for half a poll more.
    assert found["kwh"] == [0.675]
    store.close()


@pytest.mark.parametrize("way", ["history", "history.csv", "week"])
@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01",
        "0001-01-01T00:00+14:00",
        "9999-12-31",
        "9999-12-31T23:59-12:00",
        "9999-12-31T23:59",
    ],
)
async def test_the_edges_of_the_calendar_are_refused(
    past: httpx.AsyncClient, way: str, at: str
) -> None:
    for name in ("from", "to"):
        answer = await past.get(f"{CIRCUIT}/{way}", params={name: at})
        assert answer.status_code == 422, answer.text
