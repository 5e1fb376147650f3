"""The folder of a month: one name for each file, all or nothing of each, the same ZIP again."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import openpyxl
import pypdfium2
import pytest

from bcm_mqtt.billing.reports import formats
from bcm_mqtt.billing.reports.folder import count_files, file_names, month_files, write_month
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports, all_forms
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.errors import WorkError
from unit.billing import example_bill as example
from unit.billing.example_bill import ISSUER, MADE
from unit.builders import panel

BILL = example.issued(example.bill(6))
OTHER = example.bill(4, Customer("Globex", "Globex"), seed=2)
PANELS = {name: panel(name) for name in ("rpp-1a", "rpp-1b")}
REPORTS = MonthReports(example.site(BILL, OTHER), ISSUER, MADE, PANELS)
ESPI = "{http://naesb.org/espi}"


def from_text(text: str) -> tuple[Decimal, Decimal]:
    """Amount and kWh as people read them."""
    amount = re.search(r"USD ([\d,]+\.\d\d)\b", text)
    kwh = re.search(r"([\d,]+\.\d{3}) kWh", text)
    assert amount
    assert kwh
    return Decimal(amount[1].replace(",", "")), Decimal(kwh[1].replace(",", ""))


def from_html(files: dict[str, bytes]) -> tuple[Decimal, Decimal]:
    figures = files["Acme.html"].decode().split('<dl class="figures">')[1]
    return from_text(" ".join(re.sub(r"<[^>]*>", " ", figures).split()))


def from_pdf(files: dict[str, bytes]) -> tuple[Decimal, Decimal]:
    document = pypdfium2.PdfDocument(files["Acme.pdf"])
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    return from_text(" ".join(text.split()))


def from_csv(files: dict[str, bytes]) -> tuple[Decimal, Decimal]:
    rows = list(csv.DictReader(io.StringIO(files["bills.csv"].decode())))
    own = [row for row in rows if row["customer"] == "Acme"]
    return (
        sum((Decimal(row["amount"]) for row in own if row["row"] == "line"), Decimal(0)),
        sum((Decimal(row["quantity"]) for row in own if row["row"] == "circuit"), Decimal(0)),
    )


def from_xlsx(files: dict[str, bytes]) -> tuple[Decimal, Decimal]:
    sheet = openpyxl.load_workbook(io.BytesIO(files["Acme.xlsx"]), data_only=True)["Bill"]
    cells = {row[0].value: row for row in sheet.iter_rows()}
    amount, kwh = cells["Total"][4].value, cells["Energy, kWh"][1].value
    return Decimal(str(amount)), Decimal(str(kwh))


def from_json(files: dict[str, bytes]) -> tuple[Decimal, Decimal]:
    bill = json.loads(files["bills.json"], parse_float=Decimal)["bills"][0]
    return bill["amount"], bill["kwh"]


def from_green_button(files: dict[str, bytes]) -> tuple[Decimal, Decimal]:
    summary = ET.fromstring(files["Acme.xml"]).find(f".//{ESPI}ElectricPowerUsageSummary")
    assert summary is not None
    amount = Decimal(summary.findtext(f"{ESPI}billLastPeriod", ""))
    kwh = Decimal(summary.findtext(f"{ESPI}overallConsumptionLastPeriod/{ESPI}value", ""))
    return amount / 100_000, kwh / 10**9


PLAIN = all_forms(REPORTS.issuer)
READERS: dict[str, Callable[[dict[str, bytes]], tuple[Decimal, Decimal]]] = {
    "html": from_html,
    "pdf": from_pdf,
    "csv": from_csv,
    "xlsx": from_xlsx,
    "json": from_json,
    "greenbutton": from_green_button,
}


def test_there_is_a_reader_for_every_format() -> None:
    assert tuple(READERS) == PLAIN
    assert {*FORMATS} == {*PLAIN, *Profile}  # unit/billing/einvoices has readers of these


@pytest.mark.parametrize("form", PLAIN)
def test_every_format_states_the_same_total_and_energy(form: str) -> None:
    assert READERS[form](dict(month_files(REPORTS, [form]))) == (BILL.amount, BILL.kwh)


def test_a_month_is_a_file_for_each_bill_and_those_of_the_site(tmp_path: Path) -> None:
    written = list(write_month(REPORTS, PLAIN, tmp_path))
    assert [path.name for path in written] == [
        *("Acme.html", "Globex.html", "summary.html"),
        *("Acme.pdf", "Globex.pdf", "summary.pdf"),
        "bills.csv",
        *("Acme.xlsx", "Globex.xlsx", "summary.xlsx"),
        "bills.json",
        *("Acme.xml", "Globex.xml"),
    ]
    assert set((tmp_path / "2026-03").iterdir()) == set(written)
    assert len(written) == count_files(REPORTS, PLAIN)


def test_one_customers_month_has_no_summary(tmp_path: Path) -> None:
    one = replace(REPORTS, site=example.site(BILL), whole=False)
    written = list(write_month(one, ["html", "pdf"], tmp_path))
    assert [path.name for path in written] == ["Acme.html", "Acme.pdf"]
    assert len(written) == count_files(one, ["html", "pdf"])


def test_the_zip_has_every_file_and_is_the_same_again(tmp_path: Path) -> None:
    *files, packed = write_month(REPORTS, PLAIN, tmp_path, zipped=True)
    assert packed == tmp_path / "2026-03.zip"
    first = packed.read_bytes()
    with ZipFile(packed) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"2026-03/{path.name}" for path in files]
        for path in files:
            assert archive.read(f"2026-03/{path.name}") == path.read_bytes()
    list(write_month(REPORTS, PLAIN, tmp_path, zipped=True))
    assert packed.read_bytes() == first
    assert {path.name for path in tmp_path.iterdir()} == {"2026-03", "2026-03.zip"}


def test_the_summary_links_the_bills_of_its_own_format() -> None:
    files = dict(month_files(REPORTS, ["html"]))
    assert b'href="Acme.html"' in files["summary.html"]


def test_a_report_that_fails_leaves_the_files_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {
        path: path.read_bytes() for path in write_month(REPORTS, ["pdf"], tmp_path, zipped=True)
    }

    def broken(bill: Bill, *_: object) -> bytes:
        if bill.customer.id == "Globex":
            raise OSError(28, "No space left on device")
        return b"new"

    monkeypatch.setattr(formats, "pdf_bill", broken)
    with pytest.raises(WorkError, match="cannot be written: No space left on device"):
        list(write_month(REPORTS, ["pdf"], tmp_path, zipped=True))
    now = {path: path.read_bytes() for path in before}
    changed = [path.name for path in before if now[path] != before[path]]
    assert changed == ["Acme.pdf"]
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert everything == set(before)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "bills").write_text("a file")
    with pytest.raises(WorkError) as raised:
        list(write_month(REPORTS, ["csv"], tmp_path / "bills"))
    assert str(raised.value) == f"{tmp_path}/bills/2026-03: cannot be written: Not a directory"


def test_a_file_that_cannot_be_replaced_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "2026-03" / "bills.csv").mkdir(parents=True)
    with pytest.raises(WorkError, match=r"bills\.csv.*cannot be written: Is a directory"):
        list(write_month(REPORTS, ["csv"], tmp_path))
    assert [path.name for path in (tmp_path / "2026-03").iterdir()] == ["bills.csv"]


def test_a_customers_file_name_does_not_depend_on_who_else_has_a_bill() -> None:
    def names(*ids: str) -> dict[str, str]:
        bills = (replace(BILL, customer=replace(BILL.customer, id=one)) for one in ids)
        return file_names(example.site(*bills))

    together = names("a/b", "a\\b", "a_b", "Москва", "aux", "Acme")
    assert all(names(one)[one] == name for one, name in together.items())
    assert together["a_b"] == "a_b"
    assert together["Москва"] == "Москва"
    assert len({name.casefold() for name in together.values()}) == len(together)
    cased = names("acme", "ACME")
    assert len({name.casefold() for name in cased.values()}) == 2
    assert not {"acme", "ACME"} & set(cased.values())
