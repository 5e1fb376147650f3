"""Plans in tariffs.yaml by which suppliers' invoices are charged, and what is wrong with them."""

from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.table import TariffTable, tariff_table
from bcm_mqtt.domain.allocation.allocating import InputTax
from bcm_mqtt.domain.allocation.rules import ByEnergy, ByFixedShare
from bcm_mqtt.domain.rating.line_kind import LineKind
from unit.builders import NEW_YORK

SITE = SiteSettings("dc1", "dc1", NEW_YORK, "USD")
GOOD = """\
allocations:
  grid:
    supplier: Grid Co
    landlord: [House]
    components: {metering: {by: shares, shares: {Customer1: 25}}}
    other: {by: energy, common: shared}
    cap: flat
tariffs:
  flat: {versions: [{valid_from: 2026-01-01, energy: 0.1}]}
  tenants:
    versions:
      - valid_from: 2026-01-01
        allocation: grid
        taxes: [{name: VAT, percent: 10}]
"""


def table(folder: Path, text: str) -> TariffTable:
    (folder / "tariffs.yaml").write_text(text)
    return tariff_table(folder / "tariffs.yaml", SITE)


def test_a_rate_names_a_plan_in_place_of_an_energy_price(tmp_path: Path) -> None:
    found = table(tmp_path, GOOD)
    assert found.problems == []
    (rate,) = found.tariffs["tenants"].versions
    plan = rate.allocation
    assert plan
    assert (plan.id, plan.supplier, plan.landlord, plan.cap) == (
        "grid",
        "Grid Co",
        frozenset({"House"}),
        "flat",
    )
    assert plan.rules.components == {"metering": ByFixedShare({"Customer1": Decimal("0.25")})}
    assert plan.rules.other == ByEnergy(common=True)
    assert plan.rules.input_tax is InputTax.DEDUCTED
    assert list(rate.terms("USD")) == [
        ("Invoices of Grid Co", "a part of each component"),
        ("Invoices of Grid Co: at most", "as by tariff flat"),
        ("VAT", "10 %"),
    ]
    assert found.tariffs["tenants"].charges_invoices
    assert not found.tariffs["flat"].charges_invoices


def test_periods_need_no_price(tmp_path: Path) -> None:
    scheduled = GOOD.replace(
        "        allocation: grid\n",
        "        allocation: grid\n"
        "        schedule: [{period: day, hours: 08:00-20:00}]\n"
        "        otherwise: night\n",
    )
    found = table(tmp_path, scheduled)
    assert found.problems == []
    assert found.tariffs["tenants"].versions[0].periods == ("day", "night")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "        allocation: grid\n",
            "        allocation: gird\n",
            (
                "13: tariffs.tenants.versions.0.allocation: unknown allocation 'gird': "
                "expected one of grid"
            ),
        ),
        (
            "        allocation: grid\n",
            "        allocation: grid\n        energy: 0.1\n",
            (
                "13: tariffs.tenants.versions.0.allocation: is in place of energy: expected one of "
                "them, for no kWh costs twice"
            ),
        ),
        (
            "        allocation: grid\n",
            "",
            (
                "12: tariffs.tenants.versions.0.energy: is required: a price, or allocation in "
                "place of it"
            ),
        ),
        (
            "    cap: flat\n",
            "    cap: flt\n",
            "7: allocations.grid.cap: unknown tariff 'flt': expected one of flat, tenants",
        ),
        (
            "    cap: flat\n",
            "    cap: tenants\n",
            (
                "7: allocations.grid.cap: tariff tenants charges invoices itself: expected one "
                "with prices"
            ),
        ),
        (
            "    landlord: [House]\n",
            "    input_tax: cost\n",
            (
                "14: tariffs.tenants.versions.0.taxes.0: would be on the input tax that grid has "
                "as cost: state what it is on, without allocation"
            ),
        ),
        (
            "    landlord: [House]\n",
            "    charge: average\n",
            (
                "2: allocations.grid: expected no components and no other: its average cost is "
                "charged"
            ),
        ),
        (
            (
                "    components: {metering: {by: shares, shares: {Customer1: 25}}}\n"
                "    other: {by: energy, common: shared}\n"
            ),
            "",
            "2: allocations.grid: expected components, or other for all of them",
        ),
        (
            "    supplier: Grid Co\n",
            "",
            "2: allocations.grid.supplier: is required",
        ),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    assert old in GOOD
    found = table(tmp_path, GOOD.replace(old, new))
    assert [f"{one.line}: {one.key}: {one.message}" for one in found.problems] == [line]


def test_taxes_may_be_on_other_lines_than_a_cost(tmp_path: Path) -> None:
    text = GOOD.replace("    landlord: [House]\n", "    input_tax: cost\n")
    found = table(tmp_path, text.replace("percent: 10}", "percent: 10, on: fee}"))
    assert found.problems == []
    assert LineKind.ALLOCATION not in found.tariffs["tenants"].versions[0].taxes[0].on
