"""The pages of suppliers' invoices: a file is previewed, entered, revised, and seen divided."""

from base64 import b64encode

import pytest

from unit.web.billing.conftest import API, Desk

CSV = """\
supplier,number,first_day,last_day,invoice_kwh,tax,component,amount
Grid <b>Co</b>,0047,2026-03-01,2026-03-31,5000,50.00,energy,400.00
Grid <b>Co</b>,0047,2026-03-01,2026-03-31,5000,50.00,fixed,100.00
"""
TARIFFS = """\
allocations:
  grid:
    supplier: Grid <b>Co</b>
    other: {by: energy}
tariffs:
  standard:
    currency: USD
    versions: [{valid_from: 2026-01-01, allocation: grid}]
"""


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


ENTER = {"content": encoded(CSV), "by": "J. Doe", "reason": ""}
ONE = "/billing/invoices/one?supplier=Grid+%3Cb%3ECo%3C%2Fb%3E&number=0047"


async def test_a_file_is_previewed_before_it_is_entered(desk: Desk) -> None:
    page = (await desk.get("/billing/invoices")).text
    assert "No invoice has been entered." in page
    answer = await desk.post(f"{API}/invoices/preview", {"content": encoded(CSV)})
    assert answer.json() == {
        "invoices": 1,
        "revised": False,
        "sentences": [
            "Invoice 0047 of Grid <b>Co</b>, 2026-03-01 to 2026-03-31, USD 550.00 is new."
        ],
    }
    assert "No invoice has been entered." in (await desk.get("/billing/invoices")).text
    assert desk.changes == []


async def test_an_entered_invoice_is_in_the_list_and_in_the_audit_log(desk: Desk) -> None:
    answer = await desk.post(f"{API}/invoices", ENTER)
    assert answer.status_code == 201
    page = (await desk.get("/billing/invoices")).text
    assert "Grid &lt;b&gt;Co&lt;/b&gt;" in page
    for text in ("2026-03-01 to 2026-03-31", "USD 500.00", "USD 50.00", "USD 0.10000"):
        assert text in page
    (change,) = desk.changes
    assert (change.what, change.before, change.after) == (
        "invoice 0047 of Grid <b>Co</b>",
        "",
        "revision 1 entered by J. Doe",
    )
    one = (await desk.get(ONE)).text
    assert "Process 2026-03 to see what its bills have of it." in one
    assert "entered by J. Doe" in one
    assert "USD 550.00" in one


async def test_a_revision_names_the_bills_it_touches_and_needs_a_reason(desk: Desk) -> None:
    (desk.folder / "tariffs.yaml").write_text(TARIFFS)
    await desk.post(f"{API}/invoices", ENTER)
    await desk.process()
    run = await desk.issue(first=True)
    assert run["state"] == "done", run
    revised = {**ENTER, "content": encoded(CSV.replace("400.00", "410.00"))}
    preview = (await desk.post(f"{API}/invoices/preview", {"content": revised["content"]})).json()
    assert preview["revised"]
    assert preview["sentences"][0].endswith("USD 560.00 becomes revision 2.")
    assert preview["sentences"][1] == (
        "Bill 1 of Customer1 for 2026-03 will differ until it is revised."
    )
    refused = await desk.post(f"{API}/invoices", revised)
    assert refused.status_code == 409
    assert "expected why an invoice is revised" in refused.text
    entered = await desk.post(f"{API}/invoices", {**revised, "reason": "Grid Co corrected it"})
    assert entered.status_code == 201
    assert desk.changes[-1].before == "revision 1"
    assert desk.changes[-1].after == "revision 2 entered by J. Doe: Grid Co corrected it"
    again = (await desk.post(f"{API}/invoices/preview", {"content": revised["content"]})).json()
    assert again["invoices"] == 0
    assert again["sentences"] == ["Invoice 0047 of Grid <b>Co</b> is there as the file has it."]


async def test_the_division_is_on_the_invoice_and_on_the_month(desk: Desk) -> None:
    (desk.folder / "tariffs.yaml").write_text(TARIFFS)
    await desk.post(f"{API}/invoices", ENTER)
    await desk.process()
    for path in (ONE, "/billing/2026-03"):
        page = (await desk.get(path)).text
        for text in ("On bills", "Landlord", "USD 400.00", "not measured USD"):
            assert text in page, path
        assert "<b>Co</b>" not in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "invoices.csv:1"),
        ("a,b\n1,2\n", "invoices.csv:1"),
        (CSV.replace("400.00", "x"), "invoices.csv:2: amount: expected a number"),
        (CSV.replace("400.00", "400.001"), "in steps of 0.01 USD, not 400.001"),
    ],
)
async def test_a_file_that_is_wrong_is_a_line_and_stores_nothing(
    desk: Desk, content: str, said: str
) -> None:
    for path, body in (("preview", {}), ("", {"by": "J. Doe", "reason": ""})):
        url = f"{API}/invoices/{path}".rstrip("/")
        answer = await desk.post(url, {**body, "content": encoded(content)})
        assert answer.status_code == 409, answer.text
        assert said in answer.text
    assert desk.changes == []


async def test_an_invoice_that_is_none_is_not_found(desk: Desk) -> None:
    assert (await desk.get("/billing/invoices/one?supplier=x&number=1")).status_code == 404
