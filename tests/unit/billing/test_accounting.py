"""Accounting lines: the bill's rows as an accounting system imports them."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.billing.delivery.accounting_file import accounting_csv, accounting_json_lines
from bcm_mqtt.config import AccountingTemplate, read_template
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.booking.accounting import accounting_lines
from bcm_mqtt.domain.bill.booking.accounting_line import FIELDS, AccountingLine, ItemRule
from bcm_mqtt.domain.bill.joint import SiteDraft, joint_bill
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.errors import InputError
from unit.billing.issued_bills import DAYS, DELTAS, DRAFT, ENERGY, FIRST, NOW, REVISED, TAX
from unit.builders import NEW_YORK, UNHURRIED

RULES = (
    ItemRule(LineKind.TAX, account="2200"),
    ItemRule(LineKind.ENERGY, "other", account="9999"),
    ItemRule(tariff="standard", item="KWH", account="4000", tax_code="STD"),
)


def lines(bill: Bill, rules: tuple[ItemRule, ...] = RULES) -> list[AccountingLine]:
    return list(accounting_lines(bill, rules, DAYS, NEW_YORK, NOW))


def rows(bill: Bill, template: AccountingTemplate | None = None) -> list[dict[str, str]]:
    chosen = template or AccountingTemplate()
    text = accounting_csv(lines(bill, chosen.items), chosen).decode(chosen.encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=chosen.delimiter))


def written(folder: Path, text: str) -> AccountingTemplate:
    file = folder / "template.yaml"
    file.write_text(text, encoding="utf-8")
    return read_template(file, {})


def test_a_row_for_each_line_of_the_bill_with_the_first_item_that_fits() -> None:
    energy, tax = lines(FIRST)
    assert (energy.invoice, energy.line, energy.kind) == ("7", 1, "energy")
    assert (energy.item, energy.account, energy.tax_code) == ("KWH", "4000", "STD")
    assert (energy.quantity, energy.unit, energy.unit_price) == (
        *(Decimal("903.945"), "kWh", Decimal("0.1185")),
    )
    assert (energy.amount, energy.tax, energy.net) == (ENERGY.amount, Decimal(0), ENERGY.amount)
    assert (tax.line, tax.item, tax.account, tax.tax_code) == (2, "tax", "2200", "")
    assert (tax.amount, tax.tax, tax.net) == (TAX.amount, TAX.amount, Decimal(0))
    assert (energy.period_start, energy.period_end) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (energy.invoice_date, energy.due_date) == (date(2026, 4, 1), date(2026, 5, 1))
    assert energy.memo == "Customer1 2026-03"


def test_a_draft_is_marked_and_has_the_local_date_of_today() -> None:
    line, _ = lines(DRAFT)
    assert (line.invoice, line.status) == ("DRAFT-2026-03-Customer1", "draft")
    assert line.memo == "DRAFT Customer1 2026-03"
    assert line.invoice_date == date(2026, 4, 1)


def test_a_revision_is_booked_by_its_differences() -> None:
    energy, tax = lines(REVISED)
    assert (energy.amount, tax.amount, tax.tax) == (
        *(Decimal("-7.12"), Decimal("-0.57"), Decimal("-0.57")),
    )
    assert (energy.quantity, energy.unit_price, energy.account) == (
        *(Decimal(1), energy.amount, "4000"),
    )
    assert (energy.corrects, energy.memo) == ("7", "Customer1 2026-03, correction of 7")
    booked = sum(line.amount for line in lines(FIRST) + lines(REVISED))
    assert booked == sum(delta.after for delta in DELTAS[:2])


@UNHURRIED
@given(
    st.lists(
        st.tuples(
            st.decimals(-10_000, 10_000, places=2, allow_nan=False), st.sampled_from(LineKind)
        ),
        max_size=8,
    )
)
def test_the_rows_add_up_to_the_bill_and_its_tax(made: list[tuple[Decimal, LineKind]]) -> None:
    priced = tuple(
        BillLine(str(number), Decimal(1), "", amount, amount, kind=kind)
        for number, (amount, kind) in enumerate(made)
    )
    found = rows(replace(DRAFT, lines=priced))
    assert sum(Decimal(row["amount"]) for row in found) == sum(amount for amount, _ in made)
    assert sum(Decimal(row["tax"]) for row in found) == sum(
        amount for amount, kind in made if kind is LineKind.TAX
    )
    assert all(Decimal(row["net"]) + Decimal(row["tax"]) == Decimal(row["amount"]) for row in found)
    assert all("-0.00" not in {row["tax"], row["net"]} for row in found if row["amount"][0] != "-")


def test_without_a_template_every_field_is_a_column() -> None:
    found = rows(FIRST)
    assert tuple(found[0]) == FIELDS
    assert found[0]["amount"] == "107.12"
    assert found[0]["due_date"] == "2026-05-01"


def test_the_template_chooses_columns_names_and_signs(tmp_path: Path) -> None:
    template = written(
        tmp_path,
        """\
columns:
  Belegnr: invoice
  Art: {constant: RE}
  Datum: invoice_date
  Konto: account
  Betrag: amount
  Name: customer_name
items:
  - {kind: tax, account: "0220"}
  - {account: "8400", item: STROM}
delimiter: ";"
decimal: ","
date_format: "%d.%m.%Y"
encoding: cp1252
""",
    )
    bill = replace(FIRST, customer=Customer("Customer1", "Müller & Söhne"))
    assert accounting_csv(lines(bill, template.items), template).decode("cp1252") == (
        "Belegnr;Art;Datum;Konto;Betrag;Name\r\n"
        "7;RE;01.04.2026;8400;107,12;Müller & Söhne\r\n"
        "7;RE;01.04.2026;0220;8,57;Müller & Söhne\r\n"
    )


def test_the_template_of_the_documentation_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "plugs.md").read_text(encoding="utf-8")
    (text,) = [block for block in page.split("```") if block.startswith("yaml\ncolumns:")]
    template = written(tmp_path, text.removeprefix("yaml\n"))
    header, energy, tax = accounting_csv(lines(FIRST, template.items), template).splitlines()
    assert header.startswith(b"Invoice;Type;Date;")
    assert energy.endswith(b";4000;STD;903,945;0,1185;107,12;Customer1 2026-03")
    assert tax.split(b";")[5:7] == [b"2200", b""]


def test_json_lines_have_the_same_fields_with_exact_numbers() -> None:
    text = accounting_json_lines(lines(FIRST), AccountingTemplate()).decode()
    first, _ = (json.loads(line) for line in text.splitlines())
    assert tuple(first) == FIELDS
    assert (first["amount"], first["line"], first["due_date"]) == ("107.12", 1, "2026-05-01")


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", "\t=1"])
def test_no_text_is_a_formula_to_a_spreadsheet(text: str) -> None:
    bill = replace(FIRST, customer=Customer(text, text), lines=(replace(ENERGY, label=text), TAX))
    row, _ = rows(bill)
    assert {row[name] for name in ("customer", "customer_name", "description")} == {f"'{text}"}


def test_a_character_that_the_encoding_has_not_is_named_with_its_row(tmp_path: Path) -> None:
    template = written(tmp_path, "encoding: iso-8859-1\n")
    with pytest.raises(InputError, match="row 2: '株' does not exist in iso-8859-1: choose utf-8"):
        rows(replace(FIRST, customer=Customer("Customer1", "株式会社")), template)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {A: invioce}", ":1: columns.A: expected {constant: …} or one of invoice, "),
        ("columns: {A: {constant: 7}}", ":1: columns.A.constant: expected a text, numbers in quo"),
        ("columns: {A: {text: x}}", ":1: columns.A.text: "),
        ("columns: {}", ":1: columns: expected at least one column"),
        ("\nitems: [{kind: engery}]", ":2: items.0.kind: expected one of energy allocation "),
        ("items: [{account: 400}]", ":1: items.0.account: expected a text, numbers in quotes"),
        ("items: [{acount: x}]", ":1: items.0.acount: unknown key: did you mean account?"),
        ("delimiter: x", ":1: delimiter: expected one of , ; | tab, not 'x'"),
        ("decimal: x", ":1: decimal: expected one of . ,, not 'x'"),
        ("date_format: '%H'", ":1: date_format: expected a date format with %d, %m and %Y"),
        ("encoding: ebcdic", ":1: encoding: expected one of utf-8 "),
        ("header: 1", ":1: header: expected true or false"),
        ("x: 1", ":1: x: unknown key: expected one of columns"),
        ("[", ":1: not YAML"),
    ],
)
def test_a_mistake_in_the_template_is_named_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        written(tmp_path, text)
    assert said in str(caught.value)


def test_a_line_of_a_bill_over_several_sites_is_booked_by_the_tariff_of_its_site() -> None:
    drafts = [
        SiteDraft(site, site, NEW_YORK, "", "", replace(DRAFT, tariff=tariff))
        for site, tariff in (("dc1", "other"), ("dc2", "standard"))
    ]
    booked = lines(joint_bill("acme", drafts))
    assert [(line.description, line.tariff, line.account) for line in booked[:2]] == [
        ("dc1: Energy", "other", "9999"),
        ("dc2: Energy", "standard", "4000"),
    ]
