"""The pages and requests that change the configuration, as a browser and a program send them."""

import io
import json
import zipfile
from asyncio import gather
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.config import load
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer_item import ItemKind
from bcm_mqtt.domain.time import Month
from bcm_mqtt.setup.changing import SECTIONS, Configuration, Proposal, Wish
from bcm_mqtt.web import create_app
from bcm_mqtt.web.configuration.pages import TABS
from bcm_mqtt.web.configuration.rights import RIGHTS
from unit.site_files import write_site
from unit.web.conftest import Page, on_this_machine, page_of

API = "/api/v1/configuration"


@dataclass
class Configured:
    """A page of a site with files."""

    main: Path
    page: Page

    async def asked(self, path: str, **body: object) -> httpx.Response:
        """With the versions of now."""
        section = path.split("/", maxsplit=1)[0]
        shown = (await self.page.get(f"{API}/{section}")).json()
        return await self.page.post(f"{API}/{path}", {"versions": shown["versions"], **body})


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Configured]:
    main, page = write_site(tmp_path), page_of()
    ports = replace(page.ports, configuration=Configuration(main, page.clock, {}))
    transport = httpx.ASGITransport(on_this_machine(create_app(ports)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Configured(main, replace(page, ports=ports, client=client))


async def test_a_change_is_shown_first_then_audited_written_and_applied(site: Configured) -> None:
    before, body = site.main.read_text(), {"entry": "babel-1", "fields": {"timeout": "1s"}}

    preview = await site.asked("gateways/preview", **body)

    assert [line["sign"] for line in preview.json()["lines"]] == ["-", "+"]
    assert (site.main.read_text(), site.page.changes) == (before, [])
    saved = await site.asked("gateways/change", **body)
    assert saved.json()["lines"] == preview.json()["lines"]
    assert saved.json()["effects"] == ["Saved in bcm.yaml.", "Bridge dc1 has applied it."]
    assert load(site.main).gateways["babel-1"].timeout.total_seconds() == 1
    [change] = site.page.changes
    assert (change.what, "timeout: 1s" in change.after) == ("configuration gateways babel-1", True)
    assert [(bridge, action) for bridge, action, _ in site.page.bridge.asked] == [("dc1", "reload")]


async def test_one_preview_of_an_account_is_worked_out_at_a_time(
    site: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, most = 0, 0
    proposed = Configuration.proposed

    def counted(configuration: Configuration, wish: Wish) -> Proposal:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        try:
            return proposed(configuration, wish)
        finally:
            busy -= 1

    monkeypatch.setattr(Configuration, "proposed", counted)
    body = {"entry": "babel-1", "fields": {"timeout": "1s"}}
    answers = await gather(*(site.asked("gateways/preview", **body) for _ in range(3)))
    assert ({answer.status_code for answer in answers}, most) == ({200}, 1)


async def test_what_is_wrong_is_said_at_its_field(site: Configured) -> None:
    wrong = await site.asked("gateways/change", entry="babel-1", fields={"port": "many"})

    assert wrong.status_code == 409
    assert wrong.json()["fields"] == {"port": "expected a whole number from 1 to 65535, not 'many'"}
    text = await site.asked("tariffs/change", entry="standard", text="versions:\n- {energy: x}")
    assert "line 2" in text.json()["fields"]["text"]
    assert site.page.changes == []


async def test_what_the_bridge_says_against_it_is_said(site: Configured) -> None:
    site.page.bridge.objection = "mqtt: a change needs a restart of the bridge"

    saved = await site.asked("alarms/change", fields={"warning": "75"})

    assert saved.json()["effects"][1].endswith("has not applied it: " + site.page.bridge.objection)
    site.page.live.take_bridge("dc1", online=False, report=None)
    saved = await site.asked("alarms/change", fields={"warning": "70"})
    assert "offline" in saved.json()["effects"][1]


async def test_customers_and_tariffs_ask_nothing_of_the_bridge(site: Configured) -> None:
    saved = await site.asked(
        "customers/change", entry="Customer1", fields={"address": "Main St\nNY"}
    )

    assert "issued ones stay" in saved.json()["effects"][1]
    assert site.page.bridge.asked == []


async def test_a_file_changed_by_hand_is_noticed(site: Configured) -> None:
    versions = (await site.page.get(f"{API}/alarms")).json()["versions"]
    site.main.write_text(site.main.read_text() + "# by hand\n")

    refused = await site.page.post(
        f"{API}/alarms/change", {"versions": versions, "fields": {"warning": "75"}}
    )

    assert refused.status_code == 409
    assert "bcm.yaml: was changed since the page was opened" in refused.json()["error"]
    assert refused.json()["fields"] == {}  # of no field


async def test_changes_are_listed_and_undone(site: Configured) -> None:
    before = site.main.read_text()
    await site.asked("alarms/change", fields={"warning": "75"})
    [change] = (await site.page.get(f"{API}/changes")).json()
    assert (change["what"], change["by"], change["can_undo"]) == ("alarms", "local", True)

    preview = await site.page.post(f"{API}/changes/preview", {"id": change["id"]})
    undone = await site.page.post(f"{API}/changes/undo", {"id": change["id"]})

    assert undone.json()["lines"] == preview.json()["lines"]
    assert site.main.read_text() == before
    assert site.page.changes[-1].what == "configuration undo of alarms"
    unknown = await site.page.post(f"{API}/changes/undo", {"id": "../bcm"})
    assert unknown.status_code == 409


async def test_everything_is_exported(site: Configured) -> None:
    answer = await site.page.get(f"{API}/export")

    assert answer.headers["content-disposition"].startswith('attachment; filename="configuration-')
    assert "bcm.yaml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


@pytest.mark.parametrize("tab", [*TABS, "changes"])
async def test_every_page_shows_what_there_is(site: Configured, tab: str) -> None:
    await site.asked(
        "alarms-customers/change", entry="Customer1", is_new=True, fields={"warning": "70"}
    )

    answer = await site.page.get(f"/configuration/{tab}")

    assert answer.status_code == 200
    for section in TABS.get(tab, ()):
        for entry in (await site.page.get(f"{API}/{section}")).json()["entries"]:
            assert f'data-entry="{entry["id"]}"' in answer.text
            assert all(value in answer.text for value in entry["values"].values())


def test_every_section_has_a_right_and_a_page() -> None:
    assert RIGHTS.keys() == SECTIONS.keys()
    assert {section for sections in TABS.values() for section in sections} == SECTIONS.keys()
    for sections in TABS.values():
        assert len({RIGHTS[section] for section in sections}) == 1


async def test_a_file_that_is_no_yaml_is_named_by_the_page(site: Configured) -> None:
    site.main.write_text("site: [")

    answer = await site.page.get("/configuration/panels", accept="text/html")

    assert answer.status_code == 409
    assert "not YAML" in answer.text
    assert "<html" in answer.text


async def test_a_page_without_files_says_so(page: Page) -> None:
    answer = await page.get(f"{API}/gateways")
    assert (answer.status_code, "no configuration" in answer.text) == (404, True)


class _Touching:
    """Billing with an issued bill."""

    def touched(self, terms: BillingTerms) -> tuple[IssuedBill, ...]:
        return (IssuedBill(7, Month(2026, 3), "Customer1"),) if terms.dated else ()


@pytest.mark.parametrize(
    "change",
    [
        {"text": "versions:\n- {valid_from: 2026-03-10, tax_exempt: true}"},
        {"fields": {"versions": '[{"valid_from": "2026-03-10", "tax_exempt": "true"}]'}},
    ],
    ids=["as YAML", "in fields"],
)
async def test_dated_terms_name_the_issued_bills_before_and_after_they_are_saved(
    site: Configured, change: dict[str, object]
) -> None:
    block = "customers:\n  Customer1:\n    name: One\n"
    (site.main.parent / "customers.yaml").write_text(block)
    billing = SimpleNamespace(rehearsal=_Touching())
    ports = replace(site.page.ports, billing=billing)  # type: ignore[arg-type]
    app = on_this_machine(create_app(ports))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        site.page = replace(site.page, ports=ports, client=client)
        body = {"entry": "Customer1", **change}
        shown = (await site.asked("customers/preview", **body)).json()
        sentence = "Issued bills would differ until they are revised: bill 7 (Customer1, 2026-03)."
        assert shown["touched"] == sentence
        saved = (await site.asked("customers/change", **body)).json()
        assert saved["effects"][-1] == sentence
        shown = await site.asked("gateways/preview", entry="babel-1", fields={"timeout": "1s"})
        assert shown.json()["touched"] == ""


DATED = """\
# of Newark
customers:
  Customer1:
    name: One
    tariff: standard
    versions:
      - {valid_from: 2026-03-01, tax_exempt: true}   # agreed by phone
    items:
      - {name: Rack, amount: 200.00, from: 2026-01-01, by: A. Smith}
  Customer2:
    tariff: standard
    versions:
      - {valid_from: 2026-03-01, tariffs: {A: {tariff: standard, panels: [rpp-1a]}}}
"""


async def test_versions_and_items_are_rows_of_a_form(site: Configured) -> None:
    file = site.main.parent / "customers.yaml"
    file.write_text(DATED)
    one, two = (await site.page.get(f"{API}/customers")).json()["entries"]
    assert json.loads(one["values"]["versions"]) == [
        {"valid_from": "2026-03-01", "tax_exempt": "true"}
    ]
    (rack,) = json.loads(one["values"]["items"])
    assert (rack["amount"], rack["by"]) == ("200.00", "A. Smith")
    assert two["fixed"] == ["versions"]  # which has groups: it is changed as YAML
    page = (await site.page.get("/configuration/customers")).text
    assert 'type="date"' in page
    assert 'data-usual="' in page


async def test_rows_are_added_changed_and_removed_and_what_stays_keeps_its_comments(
    site: Configured,
) -> None:
    file = site.main.parent / "customers.yaml"
    file.write_text(DATED)
    first = {"valid_from": "2026-03-01", "tax_exempt": "true"}
    added = {
        "valid_from": "2026-09-01",
        "committed_kw": "2.50",
        "address": "2 Side Street\nNY",
        "language": "fr",
        "contract_end": "2027-03-09",
        "tax_id": "",
    }
    deposit = {
        "name": "Cage 4",
        "amount": "500.00",
        "kind": "deposit",
        "on": "2026-03-02",
        "by": "local",
        "entered": "2026-03-01",
        "reference": "contract 17",
    }
    body = {
        "entry": "Customer1",
        "fields": {"versions": json.dumps([first, added]), "items": json.dumps([deposit])},
    }
    saved = await site.asked("customers/change", **body)
    assert saved.status_code == 200, saved.text
    text = file.read_text()
    assert "# agreed by phone" in text
    assert "# of Newark" in text
    assert (
        "- {valid_from: 2026-09-01, committed_kw: 2.50, contract_end: 2027-03-09, address: [2 Side "
        "Street, NY], language: fr}" in text
    )
    assert "Rack" not in text
    terms = load(site.main).terms
    assert [one.valid_from for one in terms.dated["Customer1"]] == [
        *(None, date(2026, 3, 1), date(2026, 9, 1)),
    ]
    assert terms.items["Customer1"][0].kind is ItemKind.DEPOSIT
    (change,) = site.page.changes
    assert change.what == "configuration customers Customer1"
    assert "kind: deposit" in change.after
    assert "Rack" in change.before
    gone = await site.asked("customers/change", entry="Customer1", fields={"versions": "[]"})
    assert gone.status_code == 200
    assert "Customer1" not in load(site.main).terms.dated
    made = await site.asked(
        "customers/change",
        entry="Customer3",
        is_new=True,
        fields={"tariff": "standard", "versions": json.dumps([first]), "items": ""},
    )
    assert made.status_code == 200
    assert len(load(site.main).terms.dated["Customer3"]) == 2


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("{", "expected rows of"),
        ('[{"tariff": 1}]', "expected rows of"),
        ('[{"tariffs": "a"}]', "expected rows of"),
        ('[{"tariff": "standard"}]', "is required"),
        ('[{"valid_from": "2026-02-30"}]', "expected a date"),
    ],
)
async def test_rows_that_are_wrong_are_refused_and_nothing_is_written(
    site: Configured, rows: str, complaint: str
) -> None:
    file = site.main.parent / "customers.yaml"
    file.write_text(DATED)
    body = {"entry": "Customer1", "fields": {"versions": rows}}
    refused = await site.asked("customers/preview", **body)
    assert refused.status_code == 409
    assert complaint in refused.text
    assert file.read_text() == DATED
