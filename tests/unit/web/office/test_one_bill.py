"""One bill over several sites at the page of all sites: who sees it, and who does not."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from bcm_mqtt.domain.site.account import Role
from unit.portfolio_files import change
from unit.web.office.conftest import Desk, desk_of

MARCH = {"account": "acme", "month": "2026-03"}
BOTH = ("Customer1", "ACME")


@pytest.fixture
async def joint(measured: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """An account of two sites gets one bill; nothing is issued."""
    shutil.copytree(measured.parent, tmp_path / "asked")
    file = tmp_path / "asked" / measured.name
    one = "acme: {bill: one, sites: {dc1: Customer1, dc2: ACME}}"
    change(file, "acme: {dc1: Customer1, dc2: ACME}", one)
    with desk_of(file, tmp_path) as made:
        yield made


async def stated(desk: Desk, user: str) -> list[tuple[object, ...]]:
    """The bills of the account as somebody sees them."""
    with desk.client(desk.secret(user)) as client:
        answer = (await client.get("/api/v1/statement", params=MARCH)).json()
    return [
        (bill["site"], bill["customer"], bill["number"], bill["status"], bill["amount"])
        for part in answer.get("parts", ())
        for bill in part["bills"]
    ]


async def found(desk: Desk, user: str) -> list[tuple[str, str]]:
    """What somebody finds of bill 3 at the office itself."""
    with desk.client(desk.secret(user)) as client:
        sites = (await client.get("/api/v1/search", params={"q": "3"})).json()
    of_office = [hit for site in sites if not site["id"] for hit in site["hits"]]
    return [(hit["about"], hit["href"]) for hit in of_office if hit["kind"] == "bill"]


async def test_who_sees_all_of_its_sites_sees_it_and_nobody_else_does(joint: Desk) -> None:
    joint.add("root", Role.ADMIN)
    joint.add("anna", Role.BILLING, "dc1")
    joint.add("acme", Role.CUSTOMER, "dc1", "dc2", customers=BOTH)
    joint.add("kim", Role.CUSTOMER, "dc1", customers=BOTH)
    assert await stated(joint, "root") == [("+acme", "acme", None, "draft", "400.28")]
    assert await stated(joint, "acme") == []
    assert main(["bill", "2026-03", "--portfolio", str(joint.portfolio.file), "--issue"]) == 0
    assert await stated(joint, "root") == [("+acme", "acme", 3, "issued", "400.28")]
    assert await stated(joint, "acme") == [("+acme", "acme", 3, "issued", "400.28")]
    assert await stated(joint, "kim") == []
    assert await found(joint, "root") == [("acme, 2026-03", "statement?account=acme&month=2026-03")]
    assert await found(joint, "anna") == []
    part = [("dc1", "Customer1", None, "billed jointly", "288.79")]
    assert await stated(joint, "anna") == part


async def test_the_page_names_the_sites_and_a_site_that_is_away(joint: Desk) -> None:
    with joint.client() as client:
        page = await client.get("/statement", params=MARCH)
        (joint.folder / "dc2/data/bcm.db").rename(joint.folder / "away.db")
        away = await client.get("/statement", params=MARCH)
    assert "Newark, Chicago" in page.text
    assert "USD 400.28" in page.text
    assert "The bills of these sites are not known now: Newark, Chicago." in away.text


async def test_a_customer_who_is_billed_jointly_keeps_no_month_open(joint: Desk) -> None:
    joint.looked("dc1")
    month = joint.sites["dc1"].now().month
    assert month
    assert (month.month_end.issued, month.month_end.open) == (0, 1)
