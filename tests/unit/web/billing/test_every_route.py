"""Every route of the page, with times at the edges and with characters that are none of a text."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.config import load
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from bcm_mqtt.web.access.roles import DeclaredRoute, declared_routes
from bcm_mqtt.web.app import described, with_routes
from bcm_mqtt.web.ports import Ports
from unit.builders import NOON, SetClock
from unit.site_files import database_url
from unit.web.access.conftest import ENTRY, HASH
from unit.web.billing.conftest import ports_with, site_billing

EDGES = (
    *("0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31", "9999-12-31T23:59-12:00"),
    *("0000-00", "0001-01", "9999-12", "99999-01", "2026-13", "-001-01", "1e999", "9" * 400),
    *("2026-03-08T02:30", "2026-01-01T00:00+99:99", "\u0661\u0662", "nan", "-1", "\x00"),
)
GOOD = {
    "panel": "rpp-1a",
    "pole": "1",
    "customer": "Customer1",
    "month": "2026-03",
    "form": "json",
    "language": "de",
}


@pytest.fixture
def ports(folder: Path) -> Iterator[Ports]:
    clock = SetClock(NOON)
    with (
        site_billing(folder / "bcm.yaml", clock) as billing,
        closing(Store(database_url(folder))) as store,
    ):
        store.database.ensure_schema()
        for role in Role:
            customers = ("Customer1",) if role is Role.CUSTOMER else ()
            store.accounts.add_account(Account(role.value, role, HASH, NOON, customers), ENTRY)
        tenancy = Tenancy.of(store, load(folder / "bcm.yaml"), clock, clock)
        made = ports_with(billing, clock, [], store.accounts)
        yield replace(made, past=store, tenancy=tenancy)


def client_of(ports: Ports, role: Role) -> httpx.AsyncClient:
    secret = ports.entrance.begin(role.value, "127.0.0.1")
    headers = {"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)}
    transport = httpx.ASGITransport(create_app(ports))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


def looks(ports: Ports) -> list[DeclaredRoute]:
    """What only reads; streams have no end."""
    found = declared_routes(with_routes(ports))
    return [one for one in found if one.method == "GET" and not one.path.startswith("/events")]


def path_of(route: DeclaredRoute, **changed: str) -> str:
    values = {**GOOD, **changed}
    return re.sub(r"{(\w+)[^}]*}", lambda match: quote(values[match[1]], safe=""), route.path)


def query_names() -> set[str]:
    schema = described()
    return {
        parameter["name"]
        for path in schema["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }


async def failure(client: httpx.AsyncClient, path: str, query: dict[str, str]) -> str:
    """What is wrong with the answer, or ""."""
    try:
        answer = await client.get(path, params=query)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return repr(error)
    # A service that is away may say so.
    is_good = answer.status_code < 500 or answer.status_code == 503
    return "" if is_good else f"{answer.status_code}: {answer.text}"


async def test_no_time_or_number_at_the_edges_is_an_error_of_the_server(ports: Ports) -> None:
    names = query_names()
    assert {"from", "to", "at"} <= names
    wrong = []
    async with client_of(ports, Role.ADMIN) as client:
        for route, edge in product(looks(ports), EDGES):
            queries = [dict.fromkeys(given, edge) for given in (("from", "at"), ("to",), names)]
            asked = [(path_of(route), {"customer": "Customer1", **query}) for query in queries]
            parameters = re.findall(r"{(\w+)", route.path)
            asked += [(path_of(route, **{name: edge}), {}) for name in parameters]
            for path, query in asked:
                if said := await failure(client, path, query):
                    wrong.append((path, query, said))
    assert wrong == []


def texts_in(
    schema: dict[str, Any], named: dict[str, Any], place: tuple[str, ...] = ()
) -> list[Any]:
    """The places of a body that take any text, as its description has them."""
    schema = named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    found = [] if schema.get("type") != "string" or "enum" in schema else [place]
    for name, each in schema.get("properties", {}).items():
        found += texts_in(each, named, (*place, name))
    if "items" in schema:
        found += texts_in(schema["items"], named, (*place, "0"))
    for each in schema.get("anyOf", ()):
        found += texts_in(each, named, place)
    return found


def body_with(place: tuple[str, ...], text: str) -> object:
    body: object = text
    for name in reversed(place):
        body = [body] if name == "0" else {name: body}
    return body


HOSTILE = "\x1b]0;x\x07A\u202eB\r\nX"
PASSWORDS = {"password", "old", "new"}


async def test_numbers_that_json_has_not_are_refused_in_every_body(ports: Ports) -> None:
    """Python's parser takes them, and whatever keeps them answers with what is no JSON."""
    wrong, tried = [], 0
    async with client_of(ports, Role.ADMIN) as client:
        for route in declared_routes(with_routes(ports)):
            for number in ("NaN", "-Infinity", "1e999") if route.method != "GET" else ():
                tried += 1
                answer = await client.request(
                    route.method,
                    path_of(route),
                    content=f'{{"x":[{number}]}}',
                    headers={"content-type": "application/json"},
                )
                said = f"{number}: expected JSON, which has no such number"
                if (answer.status_code, answer.json()["fields"]) != (422, {"body": said}):
                    wrong.append((route.path, answer.status_code, answer.text))
    assert wrong == []
    assert tried > 60


async def test_control_characters_are_refused_in_every_text(ports: Ports) -> None:
    """In each text of each body, each parameter of a path and each query."""
    schema = described()
    named, tried, wrong = schema["components"]["schemas"], 0, []
    async with client_of(ports, Role.ADMIN) as client:

        async def refused(method: str, path: str, field: str, **given: Any) -> None:  # noqa: ANN401 - as httpx takes it
            nonlocal tried
            tried += 1
            answer = await client.request(method, path, **given)
            said = answer.json().get("fields", {}).get(field) if answer.status_code == 422 else ""
            if said != "expected one line without control characters":
                wrong.append((method, path, field, answer.status_code, answer.text[:100]))

        for path, methods in schema["paths"].items():
            good = re.sub(r"{(\w+)}", lambda found: GOOD.get(found[1], "1"), path)
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {})
                body = content.get("application/json", {}).get("schema", {})
                for place in texts_in(body, named):
                    if place[-1] not in PASSWORDS:
                        field = ".".join(part for part in place if part != "changes")
                        await refused(method, good, field, json=body_with(place, HOSTILE))
                given: dict[str, Any] = {"json": {}} if method != "get" else {}
                for parameter in operation.get("parameters", ()):
                    name = parameter["name"]
                    if parameter["in"] == "query":
                        await refused(method, good, name, params={name: HOSTILE}, **given)
                    elif parameter["in"] == "path":
                        bad = path.replace(f"{{{name}}}", quote(HOSTILE, safe=""))
                        bad = re.sub(r"{(\w+)}", lambda found: GOOD.get(found[1], "1"), bad)
                        await refused(method, bad, name, **given)
    assert wrong == []
    assert tried > 60
