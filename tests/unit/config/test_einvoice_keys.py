"""Keys of structured invoices: sellers, customers and their dated terms, tariffs, exemptions."""

from pathlib import Path

import pytest

from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.bill.issued import RevisionStyle
from bcm_mqtt.domain.trade.party import (
    Account,
    BuyerIdentity,
    Contact,
    ElectronicAddress,
    PostalAddress,
    SellerIdentity,
)
from bcm_mqtt.domain.trade.vat import Vat, VatCategory
from bcm_mqtt.errors import InputError
from unit.site_files import write_site

SELLER = """\
  acme:
    name: Acme Energy GmbH
    tax_id: DE123456789
    postal: {street: Hafenstr. 12, postcode: "20457", city: Hamburg, country: DE}
    tax_number: 27/123/45678
    registration: HRB 12345
    contact: {name: Jana, phone: "+49 40 123456", email: jana@example.com}
    account: {iban: DE89 3704 0044 0532 0130 00, bic: cobadeffxxx}
    electronic_address: "9930:DE123456789"
"""
CUSTOMERS = """\
customers:
  Customer1:
    name: Acme Hosting
    postal: {street: Marktplatz 1, postcode: "20095", city: Hamburg, country: DE}
    buyer_reference: 04011000-12345-03
    electronic_address: "EM:invoices@example.com"
    einvoices: [xrechnung]
    versions:
      - valid_from: 2026-07-01
        order_number: PO-2
        tax_exempt: true
        exemption: {category: AE, exemption_code: VATEX-EU-AE}
"""


def site(folder: Path, *, main: str = "", customers: str = "", tariffs: str = "") -> Settings:
    file = write_site(folder)
    file.write_text(file.read_text() + main)
    if customers:
        (folder / "customers.yaml").write_text(customers)
    if tariffs:
        (folder / "tariffs.yaml").write_text(tariffs)
    return load(file)


def refused(folder: Path, **files: str) -> str:
    with pytest.raises(InputError) as error:
        site(folder, **files)
    (problem,) = error.value.problems
    return f"{problem.key}: {problem.message}"


def test_a_file_without_them_is_read_as_before(tmp_path: Path) -> None:
    settings = site(tmp_path)
    assert settings.issuer.identity is None
    assert settings.issuer.einvoices == ()
    assert settings.issuer.revisions is RevisionStyle.ONE_NUMBER
    assert settings.terms.customers["Customer1"].identity is None


def test_a_seller_has_all_that_invoices_need(tmp_path: Path) -> None:
    settings = site(tmp_path, main=f"sellers:\n{SELLER}")
    assert settings.issuer.identity == SellerIdentity(
        PostalAddress("Hafenstr. 12", "20457", "Hamburg", "DE"),
        "27/123/45678",
        "HRB 12345",
        Contact("Jana", "+49 40 123456", "jana@example.com"),
        Account("DE89370400440532013000", "COBADEFFXXX"),
        ElectronicAddress("9930", "DE123456789"),
    )


def test_each_version_of_terms_states_what_is_other_than_before(tmp_path: Path) -> None:
    terms = site(tmp_path, customers=CUSTOMERS).terms
    first, second = (one.customer for one in terms.dated["Customer1"])
    postal = PostalAddress("Marktplatz 1", "20095", "Hamburg", "DE")
    reference, electronic = "04011000-12345-03", ElectronicAddress("EM", "invoices@example.com")
    assert first.identity == BuyerIdentity(postal, "", reference, "", electronic)
    assert second.identity == BuyerIdentity(postal, "", reference, "PO-2", electronic)
    assert (first.exemption, first.einvoices) == (None, ("xrechnung",))
    assert second.exemption == Vat(VatCategory.REVERSE_CHARGE, code="VATEX-EU-AE")
    assert second.einvoices == ("xrechnung",)


def test_with_structured_invoices_revisions_are_credited_unless_stated(tmp_path: Path) -> None:
    file = write_site(tmp_path)
    text = file.read_text()
    for billing, style in (
        ("einvoices: [facturx, ubl]", RevisionStyle.CREDITED),
        ("einvoices: [facturx], revisions: corrected", RevisionStyle.CORRECTED),
        ("revisions: credited", RevisionStyle.CREDITED),
        ("einvoices: [ubl], revisions: one-number", RevisionStyle.ONE_NUMBER),
    ):
        file.write_text(
            text.replace("default_tariff: standard", f"default_tariff: standard, {billing}")
        )
        assert load(file).issuer.revisions is style


@pytest.mark.parametrize(
    ("key", "wrong", "said"),
    [
        ("account", "{iban: DE88370400440532013000}", "iban: expected an IBAN such as DE89 3704"),
        ("account", "{iban: DE89370400440532013000, bic: COBA}", "bic: expected a BIC of 8 or 11"),
        ("electronic_address", "'0204'", "expected a scheme and an id such as 0204:991-33333-33"),
        ("postal", "{street: A 1, city: B}", "postal.country: is required"),
        ("postal", "{street: A 1, city: B, country: Germany}", "expected a country code of two"),
    ],
)
def test_what_is_wrong_of_a_seller_is_named(
    tmp_path: Path, key: str, wrong: str, said: str
) -> None:
    assert said in refused(tmp_path, main=f"sellers: {{acme: {{name: Acme, {key}: {wrong}}}}}\n")


@pytest.mark.parametrize(
    ("key", "wrong", "said"),
    [
        ("einvoices", "[pdf]", "expected one of facturx, xrechnung, ubl"),
        ("exemption", "{category: S}", "expected one of Z, E, AE, O"),
        ("exemption", "{category: E}", "category E needs an exemption_reason or an exemption_code"),
    ],
)
def test_what_is_wrong_of_a_customer_is_named(
    tmp_path: Path, key: str, wrong: str, said: str
) -> None:
    assert said in refused(tmp_path, customers=f"customers: {{Customer1: {{{key}: {wrong}}}}}\n")


@pytest.mark.parametrize(
    ("tax", "said"),
    [
        ("percent: 0, category: S", "expected a rate above 0 of category S (BR-S-05)"),
        ("percent: 19, category: K", "expected one of S, Z, E, AE, O"),
        ("percent: 19, exemption_reason: why", "gives a reason of exemption: expected a category"),
    ],
)
def test_what_is_wrong_of_a_tax_is_named(tmp_path: Path, tax: str, said: str) -> None:
    taxes = f"taxes: [{{name: VAT, {tax}}}]"
    tariffs = (
        f"tariffs: {{standard: {{versions: [{{valid_from: 2026-01-01, energy: 1, {taxes}}}]}}}}"
    )
    assert said in refused(tmp_path, tariffs=tariffs)


def test_a_tax_with_a_category_is_a_vat(tmp_path: Path) -> None:
    taxes = "taxes: [{name: VAT, percent: 0, category: E, exemption_reason: small}]"
    tariffs = (
        f"tariffs: {{standard: {{versions: [{{valid_from: 2026-01-01, energy: 1, {taxes}}}]}}}}"
    )
    (tax,) = site(tmp_path, tariffs=tariffs).terms.tariffs["standard"].versions[0].taxes
    assert tax.vat == Vat(VatCategory.EXEMPT, reason="small")
