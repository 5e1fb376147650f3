"""One search over all sites."""

import pytest

from bcm_mqtt.domain.printable import has_controls
from unit.builders import circuit, directory
from unit.portfolio_files import SITES
from unit.web.office.conftest import PAGES, Desk

EVIL = "Evil\x1b]0;x\x07\u202eB"


async def hits(desk: Desk, asked: str) -> list[tuple[str, str, str]]:
    """Site, kind and title of each."""
    with desk.client() as client:
        answer = await client.get("/api/v1/search", params={"q": asked})
    assert answer.status_code == 200, answer.text
    return [
        (site["id"], hit["kind"], hit["title"]) for site in answer.json() for hit in site["hits"]
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("initech", ("dc2", "customer", "Initech")),
        ("INITECH", ("dc2", "customer", "Initech")),
        ("acme", ("", "account", "acme")),
        ("acme", ("dc2", "customer", "ACME")),
        ("rpp-1a", ("dc1", "panel", "RPP 1A")),
        ("umbrella", ("dc3", "customer", "Umbrella")),
    ],
)
async def test_customers_panels_and_accounts_are_found_in_any_case(
    desk: Desk, asked: str, expected: tuple[str, str, str]
) -> None:
    assert expected in await hits(desk, asked)


async def test_circuits_are_found_by_their_description_as_the_bridge_has_it(desk: Desk) -> None:
    desk.shows("dc1")
    live = desk.sites["dc1"].live
    panel = live.panels["rpp-1a"].directory.panel
    live.take_directory("rpp-1a", directory(circuit((7,), "Customer1-chiller 7"), of=panel))
    assert ("dc1", "circuit", "Customer1-chiller 7") in await hits(desk, "chiller")
    with desk.client() as client:
        page = await client.get("/search", params={"q": "chiller"})
    assert f'href="{PAGES["dc1"]}panels/rpp-1a/circuits/7"' in page.text


async def test_a_bill_is_found_by_its_number_at_each_seller(billed: Desk) -> None:
    desk = billed
    found = [(site, title) for site, kind, title in await hits(desk, "1") if kind == "bill"]
    assert found == [("dc1", "Bill 1"), ("dc3", "Bill 1")]
    assert [site for site, kind, _ in await hits(desk, "3") if kind == "bill"] == ["dc2"]
    with desk.client() as client:
        page = await client.get("/search", params={"q": "3"})
    assert f'href="{PAGES["dc2"]}billing/2026-03/bill?customer=' in page.text


async def test_where_bills_cannot_be_looked_for_it_is_said(desk: Desk) -> None:
    (desk.folder / "data").rename(desk.folder / "away")
    with desk.client() as client:
        answer = await client.get("/api/v1/search", params={"q": "1"})
    if answer.status_code == 503:  # who asks is not known without the home database, either
        return
    assert [one["id"] for one in answer.json() if one["problem"]] == [*SITES]


@pytest.mark.parametrize("asked", ["", "   ", "nothing of that name"])
async def test_nothing_is_found_by_nothing(desk: Desk, asked: str) -> None:
    assert await hits(desk, asked) == []
    with desk.client() as client:
        page = await client.get("/search", params={"q": asked})
    assert page.status_code == 200
    assert ("Nothing is found." in page.text) == bool(asked)


async def test_what_an_earlier_release_stored_is_written_out(desk: Desk) -> None:
    desk.shows("dc1")
    live = desk.sites["dc1"].live
    panel = live.panels["rpp-1a"].directory.panel
    live.take_directory("rpp-1a", directory(circuit((7,), EVIL), of=panel))
    with desk.client() as client:
        page = await client.get("/search", params={"q": "evil"})
    assert r"\x1b]0;x" in page.text
    assert not has_controls(page.text, lines=True)
