"""Formula circuits edited at the page: what it would do, what is written, what is refused."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bcm_mqtt.access.audit import Change
from bcm_mqtt.billing.issue import IssueRequest
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.config import load
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import PanelReport
from bcm_mqtt.setup.changing import Configuration
from bcm_mqtt.store import Store
from bcm_mqtt.web import Ports, create_app
from unit.builders import NOON, SetClock, circuit, directory, panel
from unit.web.billing.conftest import ports_with
from unit.web.billing.measured_site import CIRCUITS
from unit.web.conftest import REPORT

API = "/api/v1/formulas"
HEADER = "panel,id,members,description,customer,valid_from\n"
REST = f"# Ask Jo first.\n{HEADER}rpp-1a,f-rest,rpp-1a:3,,Customer1,2026-04-01\n"
CHANGED = {"panel": "rpp-1a", "id": "f-rest", "members": "rpp-1a:3 + rpp-1a:4"}


@dataclass
class Formulas:
    """A page of a site with a formula, whose circuits 3 and 4 are of no customer."""

    folder: Path
    ports: Ports
    billing: SiteBilling
    client: httpx.AsyncClient
    changes: list[Change]

    @property
    def file(self) -> Path:
        return self.folder / "formulas.csv"

    async def asked(self, path: str = "/change", **body: object) -> httpx.Response:
        """With the version of now, unless another is given."""
        version = (await self.client.get(API)).json()["version"]
        return await self.client.post(API + path, json={"version": version, **body})

    async def effects(self, **body: object) -> list[str]:
        answer = await self.asked("/preview", **body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert found["changes"]
        return list(found["effects"])


@pytest.fixture
async def site(folder: Path) -> AsyncIterator[Formulas]:
    clock, changes = SetClock(NOON), list[Change]()
    (folder / "formulas.csv").write_text(REST)
    settings = load(folder / "bcm.yaml")
    with closing(Store(settings.database_url)) as store:
        billing = SiteBilling(store, settings, clock)
        configuration = Configuration(folder / "bcm.yaml", clock, {})
        ports = replace(ports_with(billing, clock, changes), configuration=configuration)
        ports.live.take_bridge("dc1", online=True, report=REPORT)
        shown = directory(*CIRCUITS, circuit((3,), ""), circuit((4,), ""))
        ports.live.take_directory("rpp-1a", shown)
        transport = httpx.ASGITransport(create_app(ports))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield Formulas(folder, ports, billing, client, changes)


async def test_there_are_all_versions_and_the_circuits_to_make_formulas_of(site: Formulas) -> None:
    found = (await site.client.get(API)).json()
    (one,) = found["formulas"]
    assert (one["id"], one["members"], one["valid_from"]) == ("f-rest", "rpp-1a:3", "2026-04-01")
    assert one["now"]
    places = [each["place"] for each in found["circuits"]]
    assert places == ["rpp-1a:1", "rpp-1a:2", "rpp-1a:3", "rpp-1a:4", "rpp-1a:f-rest"]


async def test_a_preview_says_what_it_would_do_and_does_nothing(site: Formulas) -> None:
    assert await site.effects(**CHANGED, customer="Customer2", valid_from="2026-11-10") == [
        "Circuit rpp-1a:f-rest changes from 2026-11-10 00:00 on; before that it stays as it is.",
        "It is rpp-1a:3 + rpp-1a:4, not rpp-1a:3.",
        "Its energy is Customer2's from 2026-11-10 00:00 on, not Customer1's.",
        "Bills change from 2026-11 on.",
    ]
    assert (site.file.read_text(), site.changes) == (REST, [])


async def test_it_is_audited_written_below_its_version_and_the_bridge_reads_it(
    site: Formulas,
) -> None:
    answer = await site.asked(**CHANGED, valid_from="2026-11-10")
    assert answer.json()["effects"][-1] == "Bridge dc1 has applied it."
    assert site.file.read_text() == (
        f"{REST}rpp-1a,f-rest,rpp-1a:3 + rpp-1a:4,,Customer1,2026-11-10\n"
    )
    [change] = site.changes
    assert change.what == "formula rpp-1a:f-rest"
    assert change.before == "valid_from 2026-04-01, members rpp-1a:3, customer Customer1"
    assert change.after.startswith("valid_from 2026-11-10, members rpp-1a:3 + rpp-1a:4")
    assert len(site.billing.terms().formulas) == 2
    configuration = site.ports.configuration
    assert configuration
    [(past, can_undo)] = configuration.past()
    assert (past.what, can_undo) == ("formulas rpp-1a:f-rest", True)
    undo = "/api/v1/configuration/changes/undo"
    undone = (await site.client.post(undo, json={"id": past.id})).json()
    assert undone["effects"][-1] == "Bridge dc1 has applied it."
    assert site.file.read_text() == REST
    assert "formulas rpp-1a:f-rest" in (await site.client.get("/configuration/changes")).text


async def test_a_new_one_and_an_end(site: Formulas) -> None:
    new: dict[str, Any] = {"panel": "rpp-1a", "id": "f-new", "members": "rpp-1a:4", "is_new": True}
    (said, *_) = await site.effects(**new, customer="Customer2")
    assert said == "Formula circuit rpp-1a:f-new is new from now on: rpp-1a:4."
    assert (await site.asked(**new, description="Lobby", customer="Customer2")).status_code == 200
    assert "rpp-1a,f-new,rpp-1a:4,Lobby,Customer2,2026-11-20T07:00-05:00\n" in site.file.read_text()
    (said, *_) = await site.effects(panel="rpp-1a", id="f-rest", ends=True)
    assert said == "Formula circuit rpp-1a:f-rest ends from now on."
    assert (await site.asked(panel="rpp-1a", id="f-rest", ends=True)).status_code == 200
    assert "rpp-1a,f-rest,,,,2026-11-20T07:00-05:00\n" in site.file.read_text()


async def test_where_several_bridges_poll_its_members_no_live_value_is_published(
    site: Formulas,
) -> None:
    other = replace(REPORT, bridge="dc2", panels={"rpp-1b": PanelReport("B", "gw", answering=True)})
    site.ports.live.take_bridge("dc2", online=True, report=other)
    site.ports.live.take_directory("rpp-1b", directory(circuit((1,), ""), of=panel("rpp-1b")))
    changed = {"panel": "rpp-1a", "id": "f-rest", "members": "rpp-1a:3 + rpp-1b:1"}
    said = await site.effects(**changed)
    assert said[-1] == (
        "No bridge publishes its power and energy: its members are polled by dc1, dc2."
    )


async def test_issued_bills_that_it_touches_are_named_before_it_is_saved(site: Formulas) -> None:
    """March's bill of Customer1 is issued; it gets energy of a formula, or loses it."""
    site.file.unlink()
    site.billing.issue(IssueRequest(Month(2026, 3)), lambda _done, _of: None)
    new = {"panel": "rpp-1a", "id": "f-rest", "members": "rpp-1a:3", "is_new": True}
    said = await site.effects(**new, customer="Customer1", valid_from="2026-03-20")
    assert said[-2].startswith("Bills change from 2026-03 on; bills already issued stay as they")
    assert said[-1] == "Bill 1 of Customer1 for 2026-03 differs until it is revised."
    said = await site.effects(**new, customer="Customer1", valid_from="2026-04-01")
    assert said[-1].startswith("Bills change from 2026-04 on")
    site.file.write_text(REST.replace("2026-04-01", "2026-03-20"))
    moved = {"panel": "rpp-1a", "id": "f-rest", "customer": "Customer2"}
    said = await site.effects(**moved, valid_from="2026-03-25")
    assert said[-1] == "Bill 1 of Customer1 for 2026-03 differs until it is revised."


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        (
            {"members": "rpp-1a:1 + rpp-1a:2"},
            "members",
            "energy of rpp-1a:1 is billed 2 times from 2026-11-10: + rpp-1a:1 (Customer1), ",
        ),
        ({"members": "rpp-1a:3 + rpp-1a:3"}, "members", "rpp-1a:3 is in the formula twice"),
        ({"members": "rpp-1a:3 rpp-1a:4"}, "members", "'rpp-1a:4': expected circuits with +"),
        ({"members": "rpp-1a:f-rest"}, "members", "it goes in a circle: rpp-1a:f-rest -> "),
        ({"members": "rpp-1a:9"}, "members", "member rpp-1a:9 is no circuit from 2026-11-10"),
        ({"members": "elsewhere:1"}, "members", "unknown panel 'elsewhere'"),
        ({"members": ""}, "members", "expected at least one circuit"),
        ({"id": "rest", "is_new": True, "members": "rpp-1a:3"}, "id", "'rest': expected f-"),
        ({"is_new": True, "members": "rpp-1a:3"}, "id", "is there already"),
        ({"valid_from": "2026-03-01", "customer": "x"}, "valid_from", "there is no such formula"),
        ({"valid_from": "soon", "customer": "x"}, "valid_from", "expected a date or time"),
    ],
)
async def test_what_the_rules_refuse_is_one_line_at_its_field(
    site: Formulas, body: dict[str, Any], field: str, problem: str
) -> None:
    given = {"panel": "rpp-1a", "id": "f-rest", "valid_from": "2026-11-10", **body}
    for path in ("/preview", "/change"):
        answer = await site.asked(path, **given)
        assert answer.status_code == 409, answer.text
        assert problem in answer.json()["fields"][field]
        assert "; formula" not in answer.json()["error"]
    assert (site.file.read_text(), site.changes) == (REST, [])


async def test_what_was_wrong_before_keeps_nobody_from_mending_it(site: Formulas) -> None:
    wrong = REST.replace("rpp-1a:3,", "rpp-1a:1 + rpp-1a:3,")
    site.file.write_text(wrong)
    said = await site.effects(panel="rpp-1a", id="f-rest", members="rpp-1a:3")
    assert said[1] == "It is rpp-1a:3, not rpp-1a:1 + rpp-1a:3."


async def test_a_file_that_was_changed_since_it_was_shown_is_not_written_to(site: Formulas) -> None:
    version = (await site.client.get(API)).json()["version"]
    edited = f"{REST}rpp-1a,f-b,rpp-1a:4,,,\n"
    site.file.write_text(edited)
    answer = await site.asked(**CHANGED, valid_from="2026-11-10", version=version)
    assert answer.status_code == 409
    assert "formulas.csv: was changed since the page was opened" in answer.json()["error"]
    assert (site.file.read_text(), site.changes) == (edited, [])


async def test_the_panels_page_has_the_dialog_and_what_is_to_begin(site: Formulas) -> None:
    site.file.write_text(f"{REST}rpp-1a,f-later,rpp-1a:4,Year's end,,2027-01-01\n")
    text = (await site.client.get("/panels/rpp-1a")).text
    assert 'id="formula-add"' in text
    assert 'data-edit-formula="f-rest"' in text
    assert "from 2027-01-01 00:00 on" in text
    assert '<dialog id="formula"' in text


async def test_a_page_without_a_database_edits_none(site: Formulas) -> None:
    ports = replace(site.ports, billing=None)
    transport = httpx.ASGITransport(create_app(ports))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get(API)).status_code == 404
        assert 'id="formula' not in (await client.get("/panels/rpp-1a")).text
