"""The set-up page: who is let in, what gets requests, and what is written, once."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bcm_mqtt.config import load
from bcm_mqtt.modbus import Tcp
from bcm_mqtt.setup.one_time_token import OneTimeToken
from bcm_mqtt.setup.site_scan import Place
from bcm_mqtt.web.setup import SetupPorts, create_setup_app

PANEL = {
    "name": "RPP 1A",
    "gateway": "gateway-1",
    "profile": "bg08",
    "first_unit": 1,
    "service": "120/208",
    "poles": 42,
}
SITE = {"name": "My site", "time_zone": "Europe/Berlin", "currency": "eur", "panels": [PANEL]}


@dataclass
class Setup:
    """A set-up page, and what came of it."""

    file: Path
    client: httpx.AsyncClient
    ports: SetupPorts
    tokens: list[str]
    done: list[bool] = field(default_factory=list)

    async def post(self, act: str, body: object, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(f"/api/v1/setup/{act}", json=body, headers=named)

    async def enter(self) -> None:
        begun = (await self.post("begin", {"token": self.tokens[-1]})).json()
        self.client.headers["authorization"] = f"Bearer {begun['session']}"

    def scanned(self) -> None:
        """As after a scan that was stopped."""
        self.ports.scan.places = (Place("gateway-1", [Tcp("10.0.0.21", 502)], 247),)


@pytest.fixture
async def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Setup]:
    monkeypatch.setattr("bcm_mqtt.setup.making.another_answers", lambda *_: False)
    tokens, done = list[str](), list[bool]()
    token = OneTimeToken(lambda: datetime(2026, 1, 1, tzinfo=UTC), tokens.append)
    file = tmp_path / "config" / "bcm.yaml"
    ports = SetupPorts(
        file, token, lambda: done.append(True), 8480, serial_ports=lambda: ["/dev/x"]
    )
    transport = httpx.ASGITransport(create_setup_app(ports))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Setup(file, client, ports, tokens, done)


async def test_without_the_session_nothing_but_the_empty_page_is_answered(setup: Setup) -> None:
    assert (await setup.client.get("/")).status_code == 200
    for act in ("scan", "progress", "stop", "schedule", "finish"):
        for headers in (
            {},
            {"authorization": "Bearer "},
            {"authorization": f"Bearer {setup.tokens[0]}"},
        ):
            assert (await setup.post(act, SITE, **headers)).status_code == 401
    for path in ("/api/v1/panels", "/api/v1/setup/begin", "/openapi.json", "/panels/rpp-1a"):
        assert (await setup.client.get(path)).status_code == 401
    assert (await setup.post("begin", {"token": "x"})).status_code == 401
    assert setup.tokens[0] not in (await setup.client.get("/")).text
    await setup.enter()
    assert (await setup.post("progress", {})).status_code == 200


async def test_the_token_is_spent_by_the_first_browser(setup: Setup) -> None:
    await setup.enter()
    again = await setup.post("begin", {"token": setup.tokens[0]})
    assert (again.status_code, "one browser tab" in again.json()["error"]) == (401, True)
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "0.0.0.0:8480"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"content_type": "text/plain"}, 415),
    ],
)
async def test_other_pages_of_the_same_browser_cannot_use_it(
    setup: Setup, headers: dict[str, str], status: int
) -> None:
    assert (await setup.post("begin", {"token": setup.tokens[0]}, **headers)).status_code == status
    await setup.enter()  # the token is not spent by them
    setup.scanned()
    assert (await setup.post("finish", SITE, **headers)).status_code == status
    assert not setup.file.exists()


@pytest.mark.parametrize(
    ("gateways", "expected"),
    [
        (["10.0.0.0/24"], "10.0.0.0/24"),
        (["10.0.0.1,10.0.0.2"], "expected HOST"),
        (["http://10.0.0.1"], "expected HOST"),
        (["/dev/sda"], "'/dev/sda' is no serial port of this machine: there are /dev/x"),
        (["/dev/x/../sda"], "is no serial port"),
        (["gw:0"], "expected HOST or HOST:PORT"),
    ],
)
async def test_what_is_no_address_and_no_serial_port_gets_no_request(
    setup: Setup, gateways: list[str], expected: str
) -> None:
    await setup.enter()
    answer = await setup.post("scan", {"gateways": gateways})
    assert (answer.status_code, expected in answer.json()["error"]) == (409, True), answer.text
    assert setup.ports.scan.places == ()


async def test_a_site_with_a_pasted_schedule_is_written_once(setup: Setup) -> None:
    await setup.enter()
    setup.scanned()
    pasted = b"Ckt\tDescription\tRating\n1\tTenant A\t20 A\n2,4,6\tTenant B\t30 A\n"
    body = {"site": SITE, "panel": 0, "content": b64encode(pasted).decode()}
    read = (await setup.post("schedule", body)).json()
    assert (read["panels"], read["problems"]) == (["rpp-1a"], [])
    breakers: list[dict[str, Any]] = read["changes"]
    for breaker in breakers:
        assert breaker.pop("panel") == "rpp-1a"
    whole = {**SITE, "panels": [{**PANEL, "breakers": breakers}]}
    answer = await setup.post("finish", whole)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["address"], setup.done) == ("http://127.0.0.1:8480/", [True])
    settings = load(setup.file)
    assert (settings.site.currency, len(settings.directories["rpp-1a"].versions)) == ("EUR", 2)
    before = setup.file.read_bytes()
    again = await setup.post("finish", {**whole, "name": "Another"})
    assert (again.status_code, "is there already" in again.json()["error"]) == (409, True)
    assert setup.file.read_bytes() == before


async def test_a_configuration_by_hand_is_never_written_over(setup: Setup) -> None:
    await setup.enter()
    setup.scanned()
    setup.file.parent.mkdir()
    setup.file.write_text("by hand")
    assert (await setup.post("finish", SITE)).status_code == 409
    assert [one.read_text() for one in setup.file.parent.iterdir()] == ["by hand"]
    assert setup.done == []


@pytest.mark.parametrize("kept", [[], ["gateway-3"]])
async def test_gateways_that_did_not_answer_are_written_only_if_used_or_kept(
    setup: Setup, kept: list[str]
) -> None:
    await setup.enter()
    setup.ports.scan.places = tuple(
        Place(f"gateway-{number}", [Tcp(f"10.0.0.2{number}", 502)], 247) for number in (1, 2, 3)
    )
    answer = await setup.post("finish", {**SITE, "silent": kept})
    assert answer.status_code == 200, answer.text
    assert sorted(load(setup.file).gateways) == ["gateway-1", *kept]


async def test_after_a_new_start_the_scan_has_to_be_repeated(setup: Setup) -> None:
    await setup.enter()
    answer = await setup.post("finish", SITE)
    assert answer.status_code == 409
    assert "scan again" in answer.json()["fields"]["gateways"]
    assert not setup.file.exists()


@pytest.mark.parametrize(
    ("change", "field_"),
    [
        ({"time_zone": "Mars"}, "time_zone"),
        ({"currency": "euro"}, "currency"),
        ({"broker": "mqtt://broker"}, "broker"),
        ({"energy": "0,12"}, "energy"),
        ({"energy": "11.50 ct: x"}, "energy"),
        ({"panels": [{**PANEL, "service": "9 V"}]}, "service"),
        ({"panels": [{**PANEL, "gateway": "gateway-9"}]}, "gateway"),
        ({"panels": [{**PANEL, "profile": "none"}]}, "profile"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_nothing_is_written(
    setup: Setup, change: dict[str, object], field_: str
) -> None:
    await setup.enter()
    setup.scanned()
    answer = await setup.post("finish", {**SITE, **change})
    assert answer.status_code == 409, answer.text
    assert [key.split(".")[-1] for key in answer.json()["fields"]] == [field_]
    assert not setup.file.exists()
    assert setup.done == []


async def test_a_broker_that_is_away_is_said_before_anything_is_written(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.setup.making.another_answers", lambda *_: None)
    await setup.enter()
    setup.scanned()
    answer = await setup.post("finish", SITE)
    assert (answer.status_code, list(answer.json()["fields"])) == (409, ["broker"])
    assert not setup.file.exists()
