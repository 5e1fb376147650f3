"""Of a site that somebody may not see nothing is told, by any route of the page of all sites."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bcm_mqtt.access.credentials import hash_of
from bcm_mqtt.access.rights import RIGHTS, Who
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.domain.site.account import ApiToken, Role
from bcm_mqtt.web.access.roles import DeclaredRoute, declared_routes
from bcm_mqtt.web.office.app import with_routes
from bcm_mqtt.web.office.office import Office
from unit.portfolio_files import SITES
from unit.web.access.conftest import ENTRY
from unit.web.access.test_role_matrix import EVERYBODY, path_of
from unit.web.office.conftest import Desk

STAFF = [role for role in Role if role not in {Role.ADMIN, Role.CUSTOMER}]
OTHERS = re.compile(
    r"dc2|dc3|Chicago|Frankfurt|\bACME\b|Initech|Umbrella|harbor-eu|GmbH|EUR|111\.49|1,?041"
)
"""What is of the sites that are not seen: ids, names, customers, sellers, money."""
ASKED = {
    "search": [
        *({"q": text} for text in ("dc2", "chicago", "initech", "globex", "umbrella", "acme")),
        *({"q": str(number)} for number in range(1, 6)),
    ],
    "statement": [{"account": name, "month": "2026-03"} for name in ("acme", "globex", "umbrella")],
}


def routes(desk: Desk) -> list[DeclaredRoute]:
    return list(declared_routes(with_routes(desk.ports, desk.office)))


@pytest.fixture
async def issued(billed: Desk) -> Desk:
    """Every site is shown; an account of each role is limited to dc1."""
    desk = billed
    for site in SITES:
        desk.shows(site)
    desk.looked()
    desk.office.look()
    desk.ports.live.closing.set()  # so that streams end
    desk.add("root", Role.ADMIN)
    for role in STAFF:
        desk.add(role.value, role, "dc1")
    desk.add("customer", Role.CUSTOMER, "dc1", customers=("Customer1",))
    desk.add("stray", Role.CUSTOMER, customers=("Customer1",))
    return desk


@pytest.mark.parametrize("role", EVERYBODY, ids=lambda role: role or "nobody")
async def test_a_role_reaches_what_its_rights_say_and_nothing_else(
    issued: Desk, role: Role | None
) -> None:
    wrong = []
    name = "root" if role is Role.ADMIN else role.value if role else ""
    for route in routes(issued):
        secret = issued.secret(name) if name else ""
        with issued.client(secret) as client:
            answer = await client.request(
                route.method, path_of(route), json={} if route.method != "GET" else None
            )
        if role is None:
            expected = set() if route.right is None else {401}
        else:
            may = route.right is None or route.right in RIGHTS[role]
            expected = set() if may else {403}
        if {answer.status_code} & {401, 403} != expected:
            wrong.append((route, answer.status_code, answer.text[:100]))
    assert wrong == []


def of_everything(desk: Desk) -> Iterator[tuple[str, dict[str, str]]]:
    for route in routes(desk):
        if route.method == "GET" and not route.path.startswith("/static"):
            nothing: list[dict[str, str]] = [{}]
            asked = next((ASKED[name] for name in ASKED if name in route.path), nothing)
            yield from ((path_of(route), query) for query in asked)


@pytest.mark.parametrize("name", ["viewer", "billing", "customer", "stray"])
async def test_nothing_of_another_site_is_told(issued: Desk, name: str) -> None:
    told, answered = [], 0
    with issued.client(issued.secret(name)) as client:
        for path, query in of_everything(issued):
            answer = await client.get(path, params=query, headers={"accept": "text/html"})
            asked = {value.casefold() for value in query.values()}
            answered += answer.status_code == 200
            if "openapi" in path or path in {"/docs", "/api/docs"} or b"%PDF" in answer.content:
                continue
            # What was asked for may be repeated.
            found = [one for one in OTHERS.findall(answer.text) if one.casefold() not in asked]
            if found:
                told.append((path, query, found))
    assert told == []
    assert answered > 5


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_what_is_another_sites_is_answered_as_what_is_not_there(
    issued: Desk, accept: str
) -> None:
    with issued.client(issued.secret("billing")) as client:
        for path in ("/search", "/api/v1/search"):
            there, absent = [
                (await client.get(path, params={"q": q}, headers={"accept": accept})).text.replace(
                    q, "?"
                )
                for q in ("initech", "wayne_x")
            ]
            assert there == absent
        for path in ("/statement", "/api/v1/statement", "/api/v1/statement/pdf"):
            answers = [
                await client.get(path, params={"account": q}, headers={"accept": accept})
                for q in ("umbrella", "nobodyxx")
            ]
            assert [one.status_code for one in answers] == [404, 404]
            assert answers[0].text.replace("umbrella", "?") == answers[1].text.replace(
                "nobodyxx", "?"
            )


async def test_sums_are_of_the_sites_that_are_seen(issued: Desk) -> None:
    seen = {}
    for name in ("viewer", "root"):
        with issued.client(issued.secret(name)) as client:
            seen[name] = (await client.get("/api/v1/sites")).json()
    (newark,) = seen["viewer"]["sites"]
    assert seen["viewer"]["kw"] == newark["kw"]
    assert len(seen["root"]["sites"]) == 3
    assert seen["root"]["kw"] > newark["kw"]


async def test_a_statement_has_the_bills_of_the_sites_that_are_seen(issued: Desk) -> None:
    parts = {}
    for name in ("billing", "root", "customer"):
        with issued.client(issued.secret(name)) as client:
            answer = await client.get(
                "/api/v1/statement", params={"account": "acme", "month": "2026-03"}
            )
        parts[name] = [bill["site"] for part in answer.json()["parts"] for bill in part["bills"]]
    assert parts == {"billing": ["dc1"], "root": ["dc1", "dc2"], "customer": ["dc1"]}


async def test_a_token_is_limited_as_a_user_is(issued: Desk) -> None:
    token = ApiToken("ems", Role.VIEWER, hash_of("bcm_x"), issued.clock(), sites=("dc2",))
    issued.accounts.add_token(token, ENTRY)
    with issued.client(token="bcm_x") as client:
        seen = (await client.get("/api/v1/sites")).json()
        who = (await client.get("/api/v1/session")).json()
    assert [one["id"] for one in seen["sites"]] == ["dc2"]
    assert who["sites"] == ["dc2"]


async def test_a_limit_holds_at_once_and_is_lifted_by_none(issued: Desk) -> None:
    with (
        issued.client(issued.secret("viewer")) as viewer,
        issued.client(issued.secret("root")) as root,
    ):

        async def seen(*sites: str) -> list[str]:
            given = {"name": "viewer", "sites": list(sites)}
            answer = await root.post("/api/v1/users/sites", json=given)
            assert answer.status_code == 204, answer.text
            return [one["id"] for one in (await viewer.get("/api/v1/sites")).json()["sites"]]

        assert await seen("dc3", "dc2") == ["dc2", "dc3"]
        assert await seen() == [*SITES]
        assert await seen("dc9") == []
        last = next(one for one in issued.accounts.audit() if one.what == "user viewer")
    assert (last.what, last.before, last.after) == ("user viewer", "viewer", "viewer at dc9")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("users/add", {"name": "eve", "role": "admin", "sites": ["dc1"], "password": "x" * 20}),
        ("users/role", {"name": "viewer", "role": "admin"}),
        ("users/sites", {"name": "root", "sites": ["dc1"]}),
        ("tokens/add", {"name": "eve", "role": "admin", "sites": ["dc1"]}),
    ],
)
async def test_whoever_adds_users_has_no_limit(
    issued: Desk, path: str, body: dict[str, object]
) -> None:
    with issued.client(issued.secret("root")) as client:
        answer = await client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 409
    assert "role admin: who adds users could lift any limit" in answer.json()["error"]


async def test_users_from_before_see_all_sites(desk: Desk) -> None:
    desk.add("vera", Role.VIEWER)
    with desk.client(desk.secret("vera")) as client:
        seen = (await client.get("/api/v1/sites")).json()
    assert [one["id"] for one in seen["sites"]] == [*SITES]


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ({"dc1"}, {"acme": {"dc1": "Customer1"}}),
        ({"dc2"}, {"acme": {"dc2": "ACME"}, "stranger": {"dc2": "Customer1"}}),
        ({"dc1", "dc2"}, {"acme": {"dc2": "ACME"}}),
    ],
)
async def test_an_id_that_strangers_have_at_two_sites_shows_the_bills_of_neither(
    desk: Desk, sites: set[str], expected: dict[str, dict[str, str]]
) -> None:
    accounts = {
        "acme": JointAccount("acme", {"dc1": "Customer1", "dc2": "ACME"}),
        "stranger": JointAccount("stranger", {"dc2": "Customer1"}),
    }
    portfolio = replace(desk.portfolio, accounts=accounts)
    office = Office(portfolio, desk.sites.values(), desk.ports.live)
    who = Who("c", Role.CUSTOMER, frozenset({"Customer1", "ACME"}), sites=frozenset(sites))
    seen = office.accounts_of(who)
    assert {key: dict(account.customers) for key, account in seen.items()} == expected
