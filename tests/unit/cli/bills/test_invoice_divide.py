"""`invoice divide`: the month by hand of the documentation, and what it refuses."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from unit.billing.rehearsing.two_months import two_months
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site

PAGE = Path(__file__).parents[4] / "docs/how-to/divide-an-invoice.md"
INVOICE = """\
invoices:
  - supplier: Grid Co
    number: "0051"
    first_day: 2026-02-01
    last_day: 2026-02-28
    kwh: 2016
    kw: 4
    tax: 69.41
    components: {energy: 504.00, demand: 100.00, cleaning: 100.00, metering: 0.10, credit: -10.00}
"""


def documented() -> str:
    """The file of rules of the page."""
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return next(block for block in blocks if block.startswith("allocation:"))


def by_hand() -> dict[tuple[str, str], Decimal]:
    """Amounts of the page's table by component and customer."""
    cell = r" *([^|]*?) *\|"
    table = re.findall(
        rf"^\| (energy|demand|cleaning|metering|credit|all) \|{cell}{cell}{cell}{cell}{cell}$",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    return {
        (row[0], who): Decimal(amount)
        for row in table
        if re.fullmatch(r"-?[0-9.]+", row[1])
        for who, amount in zip(("Customer1", "Customer2", "(landlord)"), row[3:], strict=True)
    }


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written = write_site(tmp_path / "site", circuits=None)
    two_months(Path(database_url(written.parent).removeprefix("sqlite:///"))).close()
    for module in ("billed", "bills.dividing"):
        monkeypatch.setattr(
            f"bcm_mqtt.cli.{module}.now", lambda: datetime(2026, 4, 1, 13, tzinfo=UTC)
        )
    return written


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "allocation.yaml").write_text(documented())
    return tmp_path / "allocation.yaml"


def enter(run: Run, site: Path, text: str = INVOICE) -> None:
    file = site.parent / "invoice.yaml"
    file.write_text(text)
    ran = run("invoice", "import", file, "--by", "A", "-c", site)
    assert ran.status == 0, ran.err


def amounts(run: Run, site: Path, rules: Path, *more: str) -> dict[tuple[str, str], Decimal]:
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site, "--format", "json", *more)
    assert ran.status == 0, ran.err
    rows = json.loads(ran.out, parse_float=Decimal)
    return {(row["component"], row["customer"]): row["amount"] for row in rows}


def test_the_month_by_hand_of_the_page(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    expected = by_hand()
    assert len(expected) == 18
    assert amounts(run, site, rules) == expected
    assert sum(part for (name, _), part in expected.items() if name == "all") == Decimal("694.10")


def test_a_tax_that_is_a_cost_is_divided_too(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    rules.write_text(documented().replace("input_tax: deducted", "input_tax: cost"))
    found = amounts(run, site, rules)
    tax = [part for (name, _), part in found.items() if name == "input tax"]
    assert sum(tax) == Decimal("69.41")
    whole = [part for (name, _), part in found.items() if name == "all"]
    assert sum(whole) == Decimal("763.51")


def test_own_use_is_the_landlords(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    rules.write_text("allocation: {landlord: [Customer2], other: energy}")
    found = amounts(run, site, rules)
    assert found["energy", "(landlord)"] == Decimal("100.80")
    assert ("energy", "Customer2") not in found


def test_the_table_is_for_people(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    ran = run(
        "invoice", "divide", "0051", "--rules", rules, "-c", site, "--peak", "2026-02-03T09:00"
    )
    rows = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "Customer1 demand 100.00 60.0000 % 60.00 USD" in rows
    assert "(landlord) all 694.10 13.4303 % 93.22 USD" in rows


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "last_day: 2026-02-28",
            "last_day: 2026-02-27",
            (
                "invoice 0051 is of 2026-02-01 to 2026-02-27: expected whole calendar months, "
                "as what is measured is billed by them"
            ),
        ),
        (
            "last_day: 2026-02-28",
            "last_day: 2026-04-30",
            "invoice 0051 is of a period that is not over",
        ),
        (
            "    kw: 4\n",
            "",
            (
                "component 'demand': what no customer has was not measured: expected the quantity "
                "on the invoice, or a rule by which customers share that, too"
            ),
        ),
    ],
)
def test_an_invoice_that_cannot_be_divided_is_one_line(
    run: Run, site: Path, rules: Path, old: str, new: str, message: str
) -> None:
    enter(run, site, INVOICE.replace(old, new))
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site)
    assert (ran.status, ran.err.removeprefix(f"{rules}: ")) == (2, f"{message}\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "allocation: {other: {by: kwh}}",
            ":1: allocation.other: expected a rule by one of energy, demand, area, shares, mix",
        ),
        (
            "allocation:\n  other: {by: shares, shares: {a: 101}}",
            ":2: allocation.other.shares.a: expected a number from 0 to 100, not 101",
        ),
        (
            "allocation:\n  other: {by: mix, parts: [{by: energy}]}",
            ":2: allocation.other.parts.0.weight: is required",
        ),
        (
            "allocation: {input_tax: maybe, other: energy}",
            ":1: allocation.input_tax: expected deducted or cost, not 'maybe'",
        ),
        (
            "allocation:\n  other: {by: energy, common: ours}",
            ":2: allocation.other.common: expected landlord or shared, not 'ours'",
        ),
    ],
)
def test_bad_rules_are_one_line(run: Run, site: Path, rules: Path, text: str, line: str) -> None:
    enter(run, site)
    rules.write_text(text)
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site)
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith(f"{rules}{line}"), ran.err


def test_a_peak_outside_the_period_is_refused(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site, "--peak", "2026-03-03")
    assert (ran.status, ran.err) == (
        2,
        "the peak of 2026-03-03 05:00 UTC is not in the invoice's period\n",
    )


def test_a_customer_that_is_none_is_refused(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    part = "{weight: 100, by: shares, shares: {Custmer1: 9}}"
    rules.write_text(f"allocation: {{other: {{by: mix, parts: [{part}]}}}}")
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site)
    assert (ran.status, ran.err) == (
        2,
        f"{rules}: unknown customer 'Custmer1': expected one of Customer1, Customer2\n",
    )


def test_a_rule_of_no_component_is_said(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    rules.write_text("allocation: {other: energy, components: {enrgy: energy}}")
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site)
    assert (ran.status, ran.err) == (
        0,
        "there is no component 'enrgy' on invoice 0051: its rule divides nothing\n",
    )


TARIFFS = """\
tariffs:
  standard:
    currency: USD
    versions:
      - valid_from: 2026-01-01
        energy: 0.25
        taxes: [{name: VAT, percent: 10}]
  late: {currency: USD, versions: [{valid_from: 2026-03-01, energy: 0.25}]}
  other: {currency: EUR, versions: [{valid_from: 2026-01-01, energy: 0.25}]}
"""


def test_no_part_is_more_than_the_cap(run: Run, site: Path, rules: Path) -> None:
    """As the page works it by hand: 1612.8 and 322.56 kWh at 0.25, without tax."""
    enter(run, site)
    (site.parent / "tariffs.yaml").write_text(TARIFFS)
    found = amounts(run, site, rules, "--cap", "standard")
    assert {who: part for (name, who), part in found.items() if name == "cap"} == {
        "Customer1": Decimal("-94.36"),
        "Customer2": Decimal("-22.68"),
        "(landlord)": Decimal("117.04"),
    }
    assert {who: part for (name, who), part in found.items() if name == "all"} == {
        "Customer1": Decimal("403.20"),
        "Customer2": Decimal("80.64"),
        "(landlord)": Decimal("210.26"),
    }


def test_where_the_tax_is_a_cost_the_cap_has_the_tariffs(run: Run, site: Path, rules: Path) -> None:
    enter(run, site)
    (site.parent / "tariffs.yaml").write_text(TARIFFS)
    rules.write_text(documented().replace("input_tax: deducted", "input_tax: cost"))
    found = amounts(run, site, rules, "--cap", "standard")
    assert found["all", "Customer1"] == Decimal("443.52")
    whole = [part for (name, _), part in found.items() if name == "all"]
    assert sum(whole) == Decimal("763.51")


@pytest.mark.parametrize(
    ("cap", "message"),
    [
        ("none", "there is no tariff 'none': expected one of late, other, standard"),
        ("other", "--cap: tariff other is in EUR: expected USD, as the invoice is"),
        ("late", "--cap: tariff late prices nothing of Customer1 in 2026-02: "),
    ],
)
def test_a_cap_that_says_nothing_is_one_line(
    run: Run, site: Path, rules: Path, cap: str, message: str
) -> None:
    enter(run, site)
    (site.parent / "tariffs.yaml").write_text(TARIFFS)
    ran = run("invoice", "divide", "0051", "--rules", rules, "-c", site, "--cap", cap)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert ran.err.startswith(message)
