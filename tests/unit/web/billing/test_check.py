"""A file is checked at the page: a customer learns of his own bills alone."""

from base64 import b64encode
from re import search, sub
from typing import Any

from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.web.billing.check_api import LARGEST_FILE
from unit.web.billing.conftest import API, Desk
from unit.web.billing.test_who_sees import RELEASE, roles

__all__ = ["roles"]


async def checked(desk: Desk, content: bytes, bill: int = 0) -> dict[str, Any]:
    body = {"content": b64encode(content).decode(), "bill": bill}
    answer = await desk.post(f"{API}/check", body)
    assert answer.status_code == 200, answer.text
    (only,) = answer.json()
    found: dict[str, Any] = only
    return found


async def test_who_may_check_and_what_he_learns(roles: dict[Role, Desk]) -> None:
    billing, customer = roles[Role.BILLING], roles[Role.CUSTOMER]
    await billing.process()
    await billing.post(f"{API}/months/2026-03/release", {**RELEASE, "by": "anybody"})
    await billing.issue()
    own, others = [
        (await billing.get(f"{API}/months/2026-03/bill/html?customer=Customer{number}")).content
        for number in (1, 2)
    ]
    summary = (await billing.get(f"{API}/months/2026-03/files/html")).content
    for desk, file, verdict in (
        (billing, own, "issued"),
        (billing, others, "issued"),
        (billing, summary, "issued"),
        (customer, own, "issued"),
        (customer, others, "unknown"),
        (customer, summary, "unknown"),
        (customer, own.replace(b"105.65", b"95.65"), "differs"),
        (customer, others.replace(b"Bill number", b"Bill  number"), "unknown"),
        (customer, b"", "unknown"),
    ):
        assert (await checked(desk, file))["verdict"] == verdict, file[:40]
    # Another's bill is answered as one that was never issued, but for the number that it prints.
    real = await checked(customer, others)
    made_up = await checked(customer, b"<!doctype html>Bill number 77")
    assert made_up == {**real, "what": real["what"].replace(f"bill {_number(others)}", "bill 77")}
    for role in (Role.VIEWER, Role.OPERATOR):
        refused = await roles[role].post(f"{API}/check", {"content": ""})
        assert refused.status_code == 403
        assert (await roles[role].get("/bills/check")).status_code == 403
    assert "Check a bill" in (await customer.get("/bills/check")).text


def _number(html: bytes) -> int:
    match = search(rb"Bill number\W+(\d+)", sub(rb"<[^<>]*>", b" ", html))
    assert match
    return int(match[1])


async def test_a_body_that_is_none_is_refused_with_its_field(desk: Desk) -> None:
    for body, status in (
        ({"content": "", "bill": -1}, 422),
        ({"content": "", "bill": False}, 422),
        ({"content": "abc"}, 422),
        ({}, 422),
        ({"content": "A" * (LARGEST_FILE // 3 * 4 + 4)}, 422),
        ({"content": "A" * (1 << 20)}, 413),
    ):
        assert (await desk.post(f"{API}/check", body)).status_code == status
