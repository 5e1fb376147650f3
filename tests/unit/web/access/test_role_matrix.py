"""Every route is tried with every role, and without any: the list is the application's own."""

import re

import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bcm_mqtt.access.rights import RIGHTS, Right
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.web.access.roles import ANYBODY, DeclaredRoute, declared_routes, needs
from bcm_mqtt.web.app import with_routes
from unit.web.access.conftest import Guarded
from unit.web.conftest import Page

EVERYBODY = [None, *Role]
PARAMETERS = {
    "panel": "rpp-1a",
    "pole": "1",
    "customer": "Acme",
    "month": "2026-03",
    "form": "pdf",
    "language": "de",
}
"""What stands for the parameters of paths; a new one needs a value here."""


def routes_of(page: Page) -> list[DeclaredRoute]:
    return list(declared_routes(with_routes(page.ports)))


def path_of(route: DeclaredRoute) -> str:
    return re.sub(r"{(\w+)[^}]*}", lambda match: PARAMETERS[match[1]], route.path)


@pytest.mark.parametrize("by", ["session", "token"])
@pytest.mark.parametrize("role", EVERYBODY, ids=lambda role: role or "nobody")
async def test_a_role_reaches_what_its_rights_say_and_nothing_else(
    guarded: Guarded, role: Role | None, by: str
) -> None:
    guarded.page.live.close()  # so that streams end
    wrong = []
    headers = guarded.sent_by(role, token=by == "token")
    for route in routes_of(guarded.page):
        answer = await guarded.ask(route.method, path_of(route), headers, {})
        if role is None:
            expected = set() if route.right is None else {401}
        else:
            may = route.right is None or route.right in RIGHTS[role]
            expected = set() if may else {403}
        refused = {answer.status_code} & {401, 403}
        if refused != expected:
            wrong.append((route, answer.status_code, answer.text[:100]))
        if route.path == "/api/v1/session/end":
            headers = guarded.sent_by(role, token=by == "token")
    assert wrong == []


async def test_nothing_was_asked_of_the_bridge_by_those_who_may_not(guarded: Guarded) -> None:
    change = {"changes": [{"panel": "rpp-1a", "pole": 1, "description": "Mine"}]}
    for role in (None, Role.VIEWER, Role.BILLING, Role.CUSTOMER):
        answer = await guarded.ask("POST", "/api/v1/circuits", guarded.sent_by(role), change)
        assert answer.status_code == (401 if role is None else 403)
        assert set(answer.json()) == {"error", "fields"}
    assert (guarded.page.bridge.asked, guarded.page.changes) == ([], [])


async def test_no_change_is_taken_from_a_session_without_its_own_proof(guarded: Guarded) -> None:
    headers = guarded.sent_by(Role.ADMIN)
    others = guarded.sent_by(Role.ADMIN)["x-csrf-token"]
    taken = []
    for route in routes_of(guarded.page):
        if route.method == "GET" or route.right is None:
            continue
        for proof in ("", "x", others):
            sent = {**headers, "x-csrf-token": proof}
            answer = await guarded.ask(route.method, path_of(route), sent, {})
            if answer.status_code != 403 or "x-csrf-token" not in answer.text:
                taken.append((route, proof, answer.status_code))
    assert taken == []


def test_only_login_and_texts_are_open_to_those_who_are_nobody(page: Page) -> None:
    found = {(route.method, route.path) for route in routes_of(page) if route.right is None}
    assert found == {
        ("GET", "/forgotten"),
        ("GET", "/login"),
        ("GET", "/reset"),
        ("GET", "/static/texts/{language}.json"),
        ("POST", "/api/v1/session/begin"),
        ("POST", "/api/v1/session/forgotten"),
        ("POST", "/api/v1/session/reset"),
    }


def test_every_right_is_needed_somewhere(page: Page) -> None:
    assert {route.right for route in routes_of(page)} >= set(Right)


@pytest.mark.parametrize("given", [[], [needs(Right.BILL), ANYBODY]], ids=["none", "two"])
def test_a_route_without_one_declaration_keeps_the_application_from_starting(
    given: list[object],
) -> None:
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter()
    router.add_api_route("/secret", lambda: None, dependencies=given)  # type: ignore[arg-type]
    app.include_router(router)
    with pytest.raises(ValueError, match="route /secret: expected one declaration of the right"):
        list(declared_routes(app))


def test_a_route_past_the_declarations_keeps_the_application_from_starting() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.routes.append(Route("/raw", lambda _: PlainTextResponse("")))
    with pytest.raises(ValueError, match="route /raw"):
        list(declared_routes(app))
    with pytest.raises(ValueError, match=r"route /openapi\.json"):
        list(declared_routes(FastAPI()))
