"""customers.yaml with versions: each states what is other than before it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config.checking import group_problems
from bcm_mqtt.domain.site.customer import TermsVersion
from bcm_mqtt.domain.site.customer_item import InvoicedTax, ItemKind
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from unit.config.site_files import TARIFFS, complaints, loaded

DATED = """\
customers:
  Customer1:
    name: One
    address: [1 Main Street]
    tariff: standard
    email: [a@b.example]
    contract_start: 2026-01-15
    versions:
      - {valid_from: 2026-03-01, committed_kw: 30, address: [2 Side Street]}
      - {valid_from: 2026-06-01, tax_exempt: true, contract_end: 2026-09-30}
      - {valid_from: 2027-02-01, language: fr, contract_start: 2027-02-01}
  Customer2: {name: Two}
"""


def test_each_version_states_what_is_other_than_before(tmp_path: Path) -> None:
    terms = loaded(tmp_path, {"customers.yaml": DATED}).terms
    assert terms.dated.keys() == {"Customer1"}
    first, second, third, last = terms.dated["Customer1"]
    assert (first.valid_from, second.valid_from) == (None, date(2026, 3, 1))
    assert first.customer.address == ("1 Main Street",)
    assert second.customer.address == third.customer.address == ("2 Side Street",)
    assert [one.customer.committed_kw for one in (first, second, last)] == [None, 30, Decimal(30)]
    assert [one.customer.tax_exempt for one in (first, second, third)] == [False, False, True]
    assert {one.customer.email for one in terms.dated["Customer1"]} == {("a@b.example",)}
    assert third.contract_start == date(2026, 1, 15)
    assert third.contract_end == date(2026, 9, 30)
    assert (last.contract_start, last.contract_end) == (date(2027, 2, 1), None)
    assert terms.customers["Customer1"] == last.customer
    assert last.customer.language == "fr"


def test_a_contract_alone_is_a_dated_term(tmp_path: Path) -> None:
    files = {"customers.yaml": "customers: {Customer1: {contract_end: 2026-03-10}}\n"}
    (only,) = loaded(tmp_path, files).terms.dated["Customer1"]
    assert only == TermsVersion(None, only.customer, None, date(2026, 3, 10))


@pytest.mark.parametrize(
    ("versions", "complaint"),
    [
        (
            "{valid_from: 2026-03-01, tariff: none}",
            "4: customers.Customer1.versions.0.tariff: unknown tariff 'none'",
        ),
        (
            "{valid_from: 2026-03-01}, {valid_from: 2026-03-01}",
            "customers.Customer1.versions.1: valid_from 2026-03-01 is not after 2026-03-01",
        ),
        ("{tariff: standard}", "customers.Customer1.versions.0.valid_from: "),
        (
            "{valid_from: 2026-03-01, contract_start: 2026-03-05, contract_end: 2026-03-04}",
            "customers.Customer1.versions.0: contract_end 2026-03-04 is before 2026-03-05",
        ),
        (
            "{valid_from: 2026-03-01, email: [a@b.example]}",
            "customers.Customer1.versions.0.email: unknown key",
        ),
        (
            "{valid_from: 2026-03-01, tariff: euro}",
            "customers.Customer1.versions: expected tariffs of one currency, not EUR and USD",
        ),
    ],
)
def test_what_is_wrong_of_a_version_is_named(tmp_path: Path, versions: str, complaint: str) -> None:
    customers = f"customers:\n  Customer1:\n    tariff: standard\n    versions: [{versions}]\n"
    euro = (
        "  euro: {currency: EUR, time_zone: UTC, versions: [{valid_from: 2026-01-01, energy: 1}]}\n"
    )
    files = {"customers.yaml": customers, "tariffs.yaml": TARIFFS.rstrip() + "\n" + euro}
    found = complaints(tmp_path, files)
    assert any(complaint in line for line in found), found


ITEM = "{name: Rack, amount: 200, from: 2026-01-01, by: A. Smith}"


def test_items_are_read_with_who_answers_for_them(tmp_path: Path) -> None:
    credit = (
        "{name: Credit, amount: -20.5, on: 2026-03-20, taxed: false, by: B, entered: 2026-03-21}"
    )
    text = f"customers: {{Customer1: {{tariff: standard, items: [{ITEM}, {credit}]}}}}\n"
    rack, one = loaded(tmp_path, {"customers.yaml": text}).terms.items["Customer1"]
    assert (rack.monthly, rack.prorate, rack.taxed, rack.last, rack.by) == (
        *(True, True, True),
        *(None, "A. Smith"),
    )
    assert (one.monthly, one.taxed, one.first, one.last) == (
        *(False, False),
        *(date(2026, 3, 20), date(2026, 3, 20)),
    )
    assert (one.amount, one.entered) == (Decimal("-20.5"), date(2026, 3, 21))


def test_deposits_and_advances_are_read_with_their_taxes(tmp_path: Path) -> None:
    deposit = "{name: Cage, kind: deposit, amount: 500, on: 2026-03-02, by: A}"
    advance = (
        "{name: Spring, kind: advance, amount: 150, on: 2026-03-31, by: A, reference: A-12, "
        "taxes: [{name: VAT, percent: 8}]}"
    )
    text = f"customers: {{Customer1: {{tariff: standard, items: [{deposit}, {advance}]}}}}\n"
    one, other = loaded(tmp_path, {"customers.yaml": text}).terms.items["Customer1"]
    assert (one.kind, one.taxed, one.monthly) == (ItemKind.DEPOSIT, False, False)
    assert (other.kind, other.reference) == (ItemKind.ADVANCE, "A-12")
    assert other.taxes == (InvoicedTax("VAT", Decimal(8)),)


@pytest.mark.parametrize(
    ("items", "complaint"),
    [
        ("{name: R, amount: 1, by: A}", "items.0: expected on, or from with or without until"),
        (
            "{name: R, amount: 1, by: A, on: 2026-01-01, until: 2026-02-01}",
            "items.0: expected on, or from with or without until",
        ),
        ("{name: R, amount: 1, on: 2026-01-01}", "items.0.by: "),
        (f"{ITEM}, {ITEM}", "items.1: is the second item with the name 'Rack' on 2026-01-01"),
        ("{name: R, amount: a, by: A, on: 2026-01-01}", "items.0.amount: expected a number"),
        ("{name: D, kind: loan, amount: 1, by: A, on: 2026-01-01}", "charge, deposit or advance"),
        (
            "{name: D, kind: deposit, amount: 1, by: A, from: 2026-01-01}",
            "items.0: expected on: deposits come once",
        ),
        (
            "{name: D, kind: deposit, amount: 1, by: A, on: 2026-01-01, taxed: true}",
            "items.0: expected no taxed: the tariff's taxes are on no deposit",
        ),
        (
            "{name: D, amount: 1, by: A, on: 2026-01-01, taxes: [{name: V, percent: 1}]}",
            "items.0: taxes are of an advance payment",
        ),
        (
            "{name: D, kind: advance, amount: -1, by: A, on: 2026-01-01, reference: I}",
            "above 0: it is taken off",
        ),
        (
            "{name: D, kind: advance, amount: 1, by: A, on: 2026-01-01}",
            "items.0: expected reference",
        ),
    ],
)
def test_what_is_wrong_of_an_item_is_named(tmp_path: Path, items: str, complaint: str) -> None:
    text = f"customers: {{Customer1: {{tariff: standard, items: [{items}]}}}}\n"
    found = complaints(tmp_path, {"customers.yaml": text})
    assert any(complaint in line for line in found), found


GROUPS = """\
customers:
  Customer1:
    tariffs:
      Cooling: {tariff: cooling, panels: [rpp-1a], description: CRAC, committed_kw: 3}
      Machines: {tariff: standard, circuits: [rpp-1a:1, rpp-1a:f-rest]}
    versions:
      - {valid_from: 2026-06-01, tariffs: {}}
"""
COOLING = (
    "  cooling:\n    versions:\n      - {valid_from: 2026-01-01, energy: 0.09, "
    "committed: {price: 5, overage_price: 9}}\n"
)


def test_groups_of_circuits_have_tariffs_of_their_own(tmp_path: Path) -> None:
    files = {"customers.yaml": GROUPS, "tariffs.yaml": TARIFFS.rstrip() + "\n" + COOLING}
    first, second = loaded(tmp_path, files).terms.dated["Customer1"]
    cooling, machines = first.customer.groups
    assert cooling == TariffGroup("Cooling", "cooling", ("rpp-1a",), "CRAC", (), Decimal(3))
    assert (machines.name, machines.circuits) == ("Machines", ("rpp-1a:1", "rpp-1a:f-rest"))
    assert second.customer.groups == ()


@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        ("A: {tariff: standard}", "4: customers.Customer1.tariffs.A: expected panels"),
        ("A: {tariff: none, panels: [rpp-1a]}", "tariffs.A.tariff: unknown tariff 'none'"),
        ("A: {panels: [rpp-1a]}", "tariffs.A.tariff: "),
        ("A: {tariff: standard, circuits: [1]}", "such as rpp-1a:3"),
        ("A: {tariff: standard, description: '('}", "'(' is no regular expression"),
        ('"A: B": {tariff: standard, panels: [rpp-1a]}', "without : and @"),
        ("A: {tariff: cooling, panels: [rpp-1a]}", "tariffs.A: tariff cooling prices committed"),
        (
            "A: {tariff: euro, panels: [rpp-1a]}",
            "tariffs: expected tariffs of one currency, not EUR and USD",
        ),
    ],
)
def test_what_is_wrong_of_a_group_is_named(tmp_path: Path, groups: str, complaint: str) -> None:
    customers = f"customers:\n  Customer1:\n    tariff: standard\n    tariffs: {{{groups}}}\n"
    euro = (
        "  euro: {currency: EUR, time_zone: UTC, versions: [{valid_from: 2026-01-01, energy: 1}]}\n"
    )
    tariffs = TARIFFS.rstrip() + "\n" + COOLING + euro
    found = complaints(tmp_path, {"customers.yaml": customers, "tariffs.yaml": tariffs})
    assert any(complaint in line for line in found), found


@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        (
            "A: {tariff: standard, description: CRAC}",
            "tariffs.A.description: no description of a circuit of Customer1 has 'CRAC'",
        ),
        (
            "A: {tariff: standard, panels: [rpp-1a]}, B: {tariff: standard, description: A-1}",
            "tariffs.B: rpp-1a:1 Customer1-A-1 is in A, too: expected each circuit in one group",
        ),
        (
            "A: {tariff: standard, circuits: [rpp-1a:4]}",
            "tariffs.A.circuits: rpp-1a:4 is no circuit of Customer1",
        ),
        (
            "A: {tariff: standard, panels: [rpp-1b, rpp-9]}",
            "tariffs.A.panels: Customer1 has no circuit on rpp-1b",
        ),
        (
            "A: {tariff: standard, panels: [rpp-9]}",
            "tariffs.A.panels: there is no panel rpp-9",
        ),
        ("A: {tariff: standard, circuits: [rpp-1a:1]}", ""),
    ],
)
def test_check_holds_groups_against_the_circuits(
    tmp_path: Path, groups: str, complaint: str
) -> None:
    customers = f"customers:\n  Customer1:\n    tariff: standard\n    tariffs: {{{groups}}}\n"
    settings = loaded(tmp_path, {"customers.yaml": customers})
    found = [str(one) for one in group_problems(settings)]
    assert any(complaint in line for line in found) if complaint else found == []
