"""The journal as a file: CSV, and a Buchungsstapel of DATEV; templates that are shipped."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.billing.delivery.accounting_file import accounting_csv
from bcm_mqtt.billing.delivery.journal_file import datev_csv, journal_csv
from bcm_mqtt.config import AccountingTemplate, read_template
from bcm_mqtt.domain.bill.booking.accounting import accounting_lines
from bcm_mqtt.domain.bill.booking.accounting_line import AccountingLine
from bcm_mqtt.errors import InputError
from unit.billing.issued_bills import DAYS, FIRST, NOW, REVISED
from unit.builders import NEW_YORK

CONFIG = Path(__file__).parents[3] / "config"
BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 4, 2, 8, 30, 5, 123_000, tzinfo=UTC)
DATEV = read_template(CONFIG / "accounting-datev.yaml")


def template(folder: Path, text: str) -> AccountingTemplate:
    file = folder / "accounts.yaml"
    file.write_text(text)
    return read_template(file)


def lines(of: AccountingTemplate, **changes: object) -> list[AccountingLine]:
    """Of a bill and its revision, in euros."""
    found = [
        line
        for bill in (FIRST, REVISED)
        for line in accounting_lines(replace(bill, currency="EUR"), of.items, DAYS, NEW_YORK, NOW)
    ]
    return [replace(line, **changes) for line in found]  # type: ignore[arg-type]


def test_a_buchungsstapel_is_as_datev_describes_it() -> None:
    """Worked by hand: 107,12 and 8,57 of bill 7; 7,12 and 0,57 back by bill 9."""
    text = datev_csv(lines(DATEV), DATEV, AT, BERLIN).decode("cp1252")
    head, columns, *rows = text.split("\r\n")
    assert head == (
        '"EXTF";700;21;"Buchungsstapel";13;20260402103005123;;"BC";"bcm-mqtt";"";1001;1;20260101;4;'
        '20260401;20260401;"Rechnungen 2026-04";"";1;0;0;"EUR";;;;;;;;;'
    )
    assert len(head.split(";")) == 31
    assert columns.split(";")[:2] == ["Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen"]
    assert rows == [
        '107,12;"S";"EUR";;;"";1400;8400;"40";0104;"7";"010526";;"One, Inc. 2026-03 Energy"',
        '8,57;"S";"EUR";;;"";1400;1770;"";0104;"7";"010526";;"One, Inc. 2026-03 Tax"',
        '7,12;"H";"EUR";;;"";1400;8400;"40";0104;"9";"010526";;"One, Inc. 2026-03 Energy"',
        '0,57;"H";"EUR";;;"";1400;1770;"";0104;"9";"010526";;"One, Inc. 2026-03 Tax"',
        "",
    ]
    assert {len(row.split(";")) for row in (columns, *rows[:-1])} == {14}


def test_a_customer_has_an_account_and_a_text_no_more_than_there_is_room() -> None:
    own = replace(DATEV, receivables=replace(DATEV.receivables, debtors={"Customer1": "10001"}))
    long = lines(own, customer_name='Łódź "A"; GmbH ' + "x" * 80)
    row = datev_csv(long, own, AT, BERLIN).decode("cp1252").split("\r\n")[2]
    (cells,) = csv.reader([row], delimiter=";")
    assert (cells[6], cells[7]) == ("10001", "8400")
    assert cells[13].startswith('?ód? "A"; GmbH xxx')
    assert len(cells[13]) == 60


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "USD"}, "DATEV: bill 7 is in USD: expected EUR"),
        ({"invoice": "2026.17"}, "the number 2026.17 is none of a Belegfeld"),
        ({"amount": Decimal("0.005")}, "bill 7: expected cents below"),
        ({"account": "Sales"}, "account 'Sales': expected at most 9 digits"),
        ({"account": ""}, "line 1 of bill 7 (kind: energy, tariff: standard) has no account"),
    ],
)
def test_what_datev_does_not_take_is_one_line(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as caught:
        datev_csv(lines(DATEV, **changes), DATEV, AT, BERLIN)
    assert said in str(caught.value)


def test_bills_of_two_business_years_are_two_files() -> None:
    both = lines(DATEV)
    both[-1] = replace(both[-1], invoice_date=both[0].invoice_date.replace(year=2025, month=12))
    with pytest.raises(InputError, match="business years that begin on 2025-01-01, 2026-01-01"):
        datev_csv(both, DATEV, AT, BERLIN)
    assert DATEV.datev
    autumn = replace(DATEV, datev=replace(DATEV.datev, year_begins=(10, 1)))
    assert b";20251001;" in datev_csv(both, autumn, AT, BERLIN)


def test_without_datev_or_bills_nothing_is_written() -> None:
    with pytest.raises(InputError, match="expected datev with consultant and client"):
        datev_csv(lines(DATEV), replace(DATEV, datev=None), AT, BERLIN)
    with pytest.raises(InputError, match="there is nothing to book"):
        datev_csv([], DATEV, AT, BERLIN)


def test_a_journal_is_written_as_the_template_says(tmp_path: Path) -> None:
    accounts = template(
        tmp_path,
        "form: journal\nreceivable: '1200'\n"
        "items: [{kind: tax, account: '2200'}, {account: '4000'}]\n"
        "delimiter: ';'\ndecimal: ','\ndate_format: '%d.%m.%Y'\n",
    )
    rows = list(
        csv.reader(io.StringIO(journal_csv(lines(accounts), accounts).decode()), delimiter=";")
    )
    assert rows[0] == [
        *("invoice", "invoice_date", "due_date", "account", "side", "amount", "debit", "credit"),
        *("currency", "tax_code", "customer", "customer_name", "corrects", "text"),
    ]
    assert rows[1][:8] == [
        *("7", "01.04.2026", "01.05.2026", "1200", "debit", "115,69", "115,69", "0,00"),
    ]
    assert len(rows) == 7
    assert accounts.form == "journal"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("form: xml", "form: expected one of csv jsonl journal datev"),
        ("receivable: 1200", "receivable: expected a text, numbers in quotes"),
        ("datev: {consultant: 1, client: 1}", "datev.consultant: expected"),
        ("datev: {client: 1}", "datev.consultant: "),
        ("datev: {consultant: 1001, client: 1, year_begins: '31-01'}", "expected month and day"),
        ("items: [{rate: x}]", "items.0.rate: expected"),
    ],
)
def test_mistakes_of_a_template_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        template(tmp_path, text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("quickbooks", ("*InvoiceNo", "*Customer", "*InvoiceDate", "*DueDate", "*ItemAmount")),
        ("xero", ("*ContactName", "*InvoiceNumber", "*Description", "*UnitAmount", "*AccountCode")),
    ],
)
def test_shipped_templates_have_the_columns_that_importers_require(
    name: str, required: tuple[str, ...]
) -> None:
    shipped = read_template(CONFIG / f"accounting-{name}.yaml")
    rows = list(csv.DictReader(io.StringIO(accounting_csv(lines(shipped), shipped).decode())))
    assert set(required) <= set(rows[0])
    assert all(row[column] for row in rows for column in required)
