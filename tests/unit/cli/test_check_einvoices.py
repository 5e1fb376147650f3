"""`check` names what structured invoices lack, by file, key and rule."""

from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from unit.config.test_einvoice_keys import SELLER
from unit.site_files import write_site

VAT = "taxes: [{name: VAT, percent: 19, category: S}]"
GOOD = """\
customers:
  Customer1:
    name: Acme Hosting
    postal: {street: Marktplatz 1, postcode: "20095", city: Hamburg, country: DE}
    buyer_reference: 04011000-12345-03
    electronic_address: "EM:invoices@example.com"
  Customer2: {einvoices: []}
"""


def checked(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    seller: str = SELLER,
    customers: str = GOOD,
    taxes: str = VAT,
) -> tuple[int, list[str]]:
    file = write_site(folder)
    text = file.read_text().replace("standard}", "standard, einvoices: [xrechnung]}")
    file.write_text(f"{text}sellers:\n{seller}")
    (folder / "customers.yaml").write_text(customers)
    (folder / "tariffs.yaml").write_text(
        f"tariffs: {{standard: {{versions: [{{valid_from: 2026-01-01, energy: 1, {taxes}}}]}}}}"
    )
    status = main(["check", "-c", str(file)])
    said = capsys.readouterr()
    lines = (said.out + said.err).replace(f"{folder}/", "").splitlines()
    return status, [line for line in lines if "Customer" in line or "expected" in line]


def test_what_is_all_there_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(tmp_path, capsys) == (0, [])


def test_what_a_customer_lacks_is_named_by_its_key_and_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = checked(
        tmp_path,
        capsys,
        customers="customers: {Customer1: {name: Acme}, Customer2: {einvoices: []}}",
    )
    assert status == 2
    where, of = "customers.yaml: customers.Customer1", "for xrechnung"
    address = "street, postcode, city and country of the customer"
    rule = "(PEPPOL-EN16931-R010)"
    assert lines == [
        f"{where}.buyer_reference: expected the Leitweg-ID or another reference, {of} (BR-DE-15)",
        f"{where}.electronic_address: expected one such as 0204:991-33333-33, {of} {rule}",
        f"{where}.postal: expected {address}, {of} (BR-10)",
    ]


def test_what_the_seller_lacks_is_named_once_for_all_customers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = "\n".join(line for line in SELLER.splitlines() if "account:" not in line)
    both = GOOD.replace("Customer2: {einvoices: []}", "Customer2: {name: Other}")
    status, lines = checked(tmp_path, capsys, seller=without, customers=both)
    assert status == 2
    assert [line for line in lines if "sellers" in line] == [
        "bcm.yaml: sellers.acme.account: expected the iban to pay to, for xrechnung (BR-DE-1)"
    ]


def test_a_tariff_without_a_category_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = checked(tmp_path, capsys, taxes="taxes: [{name: VAT, percent: 19}]")
    assert status == 2
    (line,) = lines
    assert line == (
        "bcm.yaml: tariffs.standard.taxes: expected a tax with a category such as S, as structured "
        "invoices are made by it"
    )
