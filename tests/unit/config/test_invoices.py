"""Files of suppliers' invoices: what is taken, and the line for what is not."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config.invoices import read_invoices
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.errors import InputError

YAML = """\
invoices:
  - supplier: Grid Co
    number: "0047"
    first_day: 2026-03-01
    last_day: 2026-03-31
    kwh: 10000
    kw: 40
    tax: 323.00
    components:
      energy: {amount: 1500.10, kwh: 9000}
      demand: 250
      credit: -50.10
"""
CSV = """\
supplier,number,first_day,last_day,invoice_kwh,invoice_kw,tax,component,amount,kwh
Grid Co,0047,2026-03-01,2026-03-31,10000,40,323.00,energy,1500.10,9000
Grid Co,0047,2026-03-01,2026-03-31,10000,40,323.00,demand,250,
Grid Co,0047,2026-03-01,2026-03-31,10000,40,323.00,credit,-50.10,
"""
SAID = Invoice(
    supplier="Grid Co",
    number="0047",
    start=date(2026, 3, 1),
    end=date(2026, 4, 1),
    currency="EUR",
    components=(
        InvoiceComponent("energy", Decimal("1500.10"), kwh=Decimal(9000)),
        InvoiceComponent("demand", Decimal(250)),
        InvoiceComponent("credit", Decimal("-50.10")),
    ),
    tax=Decimal(323),
    kwh=Decimal(10000),
    kw=Decimal(40),
)


def lines(folder: Path, name: str, text: str) -> list[str]:
    file = folder / name
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        read_invoices(file, "EUR")
    return [line.removeprefix(str(file)) for line in raised.value.lines()]


@pytest.mark.parametrize(("name", "text"), [("march.yaml", YAML), ("march.csv", CSV)])
def test_both_forms_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_invoices(tmp_path / name, "EUR") == [SAID]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            '"0047"',
            "47",
            (
                ':3: invoices.0.number: expected a text in quotes, such as "47": '
                "a number loses zeros before it, not 47"
            ),
        ),
        ("supplier: Grid Co", "note: x", ":2: invoices.0.supplier: is required"),
        (
            "323.00",
            "323.001",
            ":2: invoices.0: tax: expected an amount in steps of 0.01 EUR, not 323.001",
        ),
        (
            "2026-03-31",
            "2026-02-28",
            ":2: invoices.0: expected a period that ends after 2026-03-01, not on 2026-03-01",
        ),
        ("kw: 40", "kw: -1", ":7: invoices.0.kw: expected a number from 0, not -1"),
        ("kwh: 10000", "kWh: 10000", ":6: invoices.0.kWh: unknown key: did you mean kwh?"),
        (
            "demand: 250",
            'demand: "1,5"',
            (
                ":11: invoices.0.components.demand: expected a number, "
                "with a decimal point and no comma, not '1,5'"
            ),
        ),
        ("tax: 323.00", "currency: euro", ":8: invoices.0.currency: expected a currency code"),
    ],
)
def test_bad_yaml_is_one_clear_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    found = lines(tmp_path, "march.yaml", YAML.replace(old, new))
    assert any(one.startswith(line) for one in found), found
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("demand,250", "demand,x", ":3: amount: expected a number, not 'x'"),
        (
            "2026-03-31,10000,40,323.00,credit",
            "2026-03-31,9999,40,323.00,credit",
            ":4: invoice_kwh: expected the same in all rows of invoice 0047",
        ),
        ("demand", "energy", ":2: component 'energy' is there twice: expected a name each"),
        ("supplier,number", "who,number", ":1: supplier: column is required"),
    ],
)
def test_bad_csv_is_one_clear_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    found = lines(tmp_path, "march.csv", CSV.replace(old, new))
    assert any(one.startswith(line) for one in found), found


def test_an_invoice_stands_once_in_a_file(tmp_path: Path) -> None:
    twice = YAML + YAML.removeprefix("invoices:\n")
    assert lines(tmp_path, "march.yaml", twice) == [
        ":13: number: invoice 0047 is there twice (see line 2)"
    ]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    for name in ("march.yaml", "march.csv"):
        with pytest.raises(InputError, match="cannot be read"):
            read_invoices(tmp_path / name, "EUR")
