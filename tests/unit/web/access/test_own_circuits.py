"""A customer sees his own circuits, at the times at which they were his, and nobody else's."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.web.access.conftest import Guarded
from unit.web.past import OF, store_past

SPAN = "from=2026-11-16&to=2026-11-20&step=1d"
API = "/api/v1/panels/rpp-1a/circuits"


class Customer:
    """The account of Acme's: pole 1 was Acme's for two of the four days, poles 2+4 always."""

    def __init__(self, guarded: Guarded, client: httpx.AsyncClient) -> None:
        self._guarded = guarded
        self._client = client
        self._sent = guarded.sent_by(Role.CUSTOMER)

    async def get(self, path: str, role: Role = Role.CUSTOMER) -> httpx.Response:
        sent = self._sent if role is Role.CUSTOMER else self._guarded.sent_by(role)
        return await self._client.get(path, headers=sent)

    async def told(self, path: str, role: Role = Role.CUSTOMER) -> dict[str, Any]:
        answer = await self.get(path, role)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(store_past(tmp_path_factory.mktemp("past") / "past.db")) as stored:
        yield stored


@pytest.fixture
def customer(guarded: Guarded, past: Store) -> Customer:
    guarded.page.clock.now += timedelta(seconds=1)
    guarded.page.shows(OF, 10_000, 5_000, 2_000, 5_000)
    transport = httpx.ASGITransport(create_app(replace(guarded.page.ports, past=past)))
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    return Customer(guarded, client)


async def test_a_circuit_that_moved_away_is_told_until_then(customer: Customer) -> None:
    own = await customer.told(f"{API}/1/history?{SPAN}")
    everything = await customer.told(f"{API}/1/history?{SPAN}", Role.VIEWER)
    assert everything["kwh"] == pytest.approx([28.8] * 4, rel=0.01)
    assert own["kwh"][:2] == pytest.approx([28.8] * 2, rel=0.01)
    assert not any(own["kwh"][2:])
    assert [one["customer"] for one in own["versions"]] == ["Acme"]
    sheet = (await customer.get(f"{API}/1/history.csv?{SPAN}")).text
    assert "2026-11-17" in sheet


@pytest.mark.parametrize("way", ["history", "history.csv", "week"])
async def test_what_is_anothers_is_as_if_it_were_not_there(customer: Customer, way: str) -> None:
    for path, said in (
        (f"{API}/3/{way}?{SPAN}", "panel rpp-1a has no circuit whose first pole is 3"),
        (f"{API}/5/{way}?{SPAN}", "panel rpp-1a has no circuit whose first pole is 5"),
        (
            f"/api/v1/customers/Globex/{way}?{SPAN}",
            "no circuit was 'Globex''s then: there are Acme",
        ),
        (
            f"/api/v1/customers/Nobody/{way}?{SPAN}",
            "no circuit was 'Nobody''s then: there are Acme",
        ),
    ):
        answer = await customer.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, said)


async def test_a_typical_week_is_of_ones_own_time_alone(customer: Customer) -> None:
    own = await customer.told(f"{API}/1/week?{SPAN}")
    hours = [sum(day) for day in own["hours"]]
    assert hours == pytest.approx([24, 24, 0, 0, 0, 0, 0])


async def test_the_pages_show_ones_own_and_no_present_reading_of_anothers(
    customer: Customer,
) -> None:
    everybody = (await customer.get("/customers")).text
    assert "Acme" in everybody
    assert "Globex" not in everybody
    moved = (await customer.get("/panels/rpp-1a/circuits/1")).text
    assert "Globex" not in moved
    assert ">10.0</b> A" not in moved
    assert ">10.0</b> A" in (await customer.get("/panels/rpp-1a/circuits/1", Role.VIEWER)).text
    own = (await customer.get("/panels/rpp-1a/circuits/2")).text
    assert ">5.0</b> A" in own
    for path in ("/panels/rpp-1a/circuits/3", "/customers/Globex"):
        assert (await customer.get(path)).status_code == 404
    home = await customer.get("/")
    assert (home.status_code, home.headers["location"]) == (303, "customers")


async def test_the_streams_tell_ones_own_alone(customer: Customer, guarded: Guarded) -> None:
    live = guarded.page.live

    async def first_of(path: str) -> str:
        """What a stream tells until the site closes it soon after."""
        live.closing.clear()
        guarded.page.clock.now += timedelta(seconds=1)
        guarded.page.shows(OF, 10_000, 5_000, 2_000, 5_000)  # which takes the last close back
        asyncio.get_running_loop().call_later(0.5, live.close)
        return (await customer.get(path)).text

    assert (await customer.get("/events/customers/Globex")).status_code == 404
    for path, own in (
        ("/events/customers/Acme", {"w2": True, "w1": False, "w3": False}),
        ("/events/panels/rpp-1a/circuits/2", {"w2": True, "p2": True, "p1": False}),
        ("/events/panels/rpp-1a/circuits/1", {"w1": False, "p1": False}),
        ("/events/panels/rpp-1a/circuits/3", {"w3": False, "p3": False}),
    ):
        told = await first_of(path)
        assert {key: f'"{key}":' in told for key in own} == own, told
    for path in ("/events/panels/rpp-1a", "/events/site", "/api/v1/panels", "/panels/rpp-1a"):
        assert (await customer.get(path)).status_code == 403
