"""A month's end on one page: the checklist, last month beside this one, sending, exporting."""

import re
from collections.abc import Mapping
from contextlib import closing
from html import unescape
from pathlib import Path

from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from peers.mail_server import MailBox
from unit.builders import NEW_YORK, circuit, polled
from unit.site_files import database_url
from unit.web.billing.conftest import API, Desk

MARCH, FEBRUARY = f"{API}/months/2026-03", f"{API}/months/2026-02"
RELEASE = {"customer": "Customer2", "by": "Ada", "reason": "looked at"}


def measure_february(folder: Path) -> None:
    """10 A of Customer1 as in March; of Customer2 20 A, less than in March."""
    with closing(Store(database_url(folder))) as store:
        store.arrivals.add(polled(*Month(2026, 2).bounds(NEW_YORK), [10_000, 20_000]))
        while store.roll_up.intervals():
            pass


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


async def checklist(desk: Desk) -> Mapping[str, tuple[str, str]]:
    """State and text of each line, by what it is about."""
    page = (await desk.get("/billing/2026-03/content")).text
    found = {}
    for state, line in re.findall(r'<li class="(done|open|later)">(.*?)</li>', page, re.DOTALL):
        what = re.search("<b>(.*?)<span", line)
        assert what
        found[text_of(what[1])] = (state, text_of(line.partition("</b>")[2]))
    return found


async def row_of(desk: Desk, customer: str) -> str:
    page = (await desk.get("/billing/2026-03/content")).text
    row = re.search(f'<tr data-id="{customer}".*?</tr>', page, re.DOTALL)
    assert row
    return text_of(row[0])


async def issue_february(desk: Desk) -> None:
    measure_february(desk.folder)
    answer = await desk.post(f"{FEBRUARY}/issue", {})
    assert answer.is_success, answer.text
    await desk.done(f"{FEBRUARY}/run")


async def test_a_draft_month_says_what_is_open(desk: Desk) -> None:
    await desk.process()
    found = await checklist(desk)
    assert {what: state for what, (state, _) in found.items()} == {
        "Calculated": "done",
        "Data complete": "done",
        "Findings of validation": "open",
        "Compared with the month before": "later",
        "Held bills released": "open",
        "Bills issued": "open",
    }
    assert found["Held bills released"][1] == "Customer2: held for review. Customers"
    assert found["Bills issued"][1] == "2 bills are not issued. Issue…"
    assert found["Data complete"][1].endswith("of the time is estimated or entered by hand.")


async def test_what_was_done_is_done(desk: Desk) -> None:
    await desk.process()
    assert (await desk.post(f"{MARCH}/release", RELEASE)).is_success
    assert (await checklist(desk))["Calculated"][0] == "open"
    await desk.process()
    await desk.issue()
    found = await checklist(desk)
    assert found["Bills issued"] == ("done", "2 bills are issued.")
    assert found["Held bills released"][0] == "done"
    assert found["Unchanged after issue"][0] == "done"
    assert found["Bills sent"][0] == "later"
    assert found["Exported for accounting"] == ("open", "Not yet. Export")


async def test_a_customers_row_has_last_month_beside_it_and_a_jump_is_flagged(desk: Desk) -> None:
    await issue_february(desk)
    await desk.process()
    # 10 A at 120 V and a power factor of 1 are 28.8 kWh a day in both months.
    first = await row_of(desk, "Customer1")
    assert "891.600 105.65 USD 806.400 kWh 0.0% 95.56 USD 0.0%" in first
    assert "jump" not in first
    second = await row_of(desk, "Customer2")
    assert "energy and cost jump" in second
    last = (await desk.month())["customers"]["Customer2"]["last_month"]
    assert (last["change"], last["kwh"], last["jumps"]) == ("jump", "1612.800", ["energy", "cost"])
    assert last["kwh_share"] == "0.5000"
    found = await checklist(desk)
    assert found["Compared with the month before"] == ("open", "Customer2: a jump. Customers")


async def test_who_went_is_listed_and_who_came_is_new(desk: Desk) -> None:
    await issue_february(desk)
    desk.put(circuit((1,), "Customer1-A-1"), circuit((2,), "Customer3-A-1"))
    await desk.process()
    assert (await checklist(desk))["Compared with the month before"] == (
        "done",
        "Customer2: ended.",
    )
    assert "not issued last month" in await row_of(desk, "Customer3")


async def test_an_export_is_a_file_and_a_line_that_is_done(desk: Desk) -> None:
    refused = await desk.get(f"{MARCH}/accounting")
    assert refused.status_code == 409
    assert "there is nothing to export" in refused.json()["error"]
    await desk.process()
    await desk.issue(customer="Customer1")
    answer = await desk.get(f"{MARCH}/accounting")
    assert answer.status_code == 200
    assert "2026-03-accounting.csv" in answer.headers["content-disposition"]
    head, line = answer.text.splitlines()
    assert head.startswith("invoice,status,corrects,customer,")
    assert line.startswith("1,issued,,Customer1,")
    found = await checklist(desk)
    assert found["Exported for accounting"][0] == "done"
    desk.clock.advance(3600)
    assert (await desk.post(f"{MARCH}/release", RELEASE)).is_success
    await desk.issue()
    state, said = (await checklist(desk))["Exported for accounting"]
    assert state == "open"
    assert said.startswith("1 bill was issued since the export of 2026-11-20 07:00 EST.")


async def test_the_sites_template_says_how_it_is_exported(desk: Desk) -> None:
    (desk.folder / "accounts.yaml").write_text(
        "columns: {Invoice: invoice, Amount: amount}\ndelimiter: ';'\ndecimal: ','\n"
    )
    main = desk.folder / "bcm.yaml"
    main.write_text(main.read_text().replace("billing: {", "billing: {accounting: accounts.yaml, "))
    await desk.process()
    await desk.issue(customer="Customer1")
    answer = await desk.get(f"{MARCH}/accounting")
    assert answer.text == "Invoice;Amount\r\n1;105,65\r\n"


async def test_bills_are_sent_once_and_who_has_no_address_is_named(desk: Desk) -> None:
    refused = await desk.post(f"{MARCH}/send", {})
    assert refused.status_code == 409
    assert "expected host and sender" in refused.json()["error"]
    assert desk.changes == []
    with MailBox() as box:
        with (desk.folder / "bcm.yaml").open("a") as main:
            main.write(
                f"mail: {{host: 127.0.0.1, port: {box.port}, security: none, "
                "sender: b@example.com}\n"
            )
        (desk.folder / "customers.yaml").write_text(
            "customers: {Customer1: {name: 'Customer One, Inc.', email: [one@example.com]}}\n"
        )
        assert (await desk.process())["problems"] == []
        released = await desk.post(f"{MARCH}/release", RELEASE)
        assert released.is_success, released.text
        await desk.issue()
        state, said = (await checklist(desk))["Bills sent"]
        assert (state, said) == ("open", "0 bills were mailed. Customer2: no address. Send 1 bill…")
        for sent in ("1 bill was mailed.", "0 bills were mailed."):
            assert (await desk.post(f"{MARCH}/send", {})).status_code == 202
            run = await desk.done()
            assert (run["state"], run["said"]) == ("done", [sent])
        assert [to for to, _ in box.taken] == [("one@example.com",)]
    assert [(one.what, one.after) for one in desk.changes][-1] == ("bills of 2026-03", "mailed")
    state, said = (await checklist(desk))["Bills sent"]
    assert (state, said) == ("open", "1 bill was mailed. Customer2: no address.")
