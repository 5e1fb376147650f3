"""The worked revision of docs/billing-examples: issued, corrected, revised, every cent."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from bcm_mqtt.config.tariffs.table import read_tariffs
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.store import Store
from unit.billing.issue.site import END, START, TERMS, issue, put, rolled_up
from unit.billing.worked_page import PAGES, SITE, Row, tables_of, value
from unit.builders import polled

PAGE = (PAGES / "revision.md").read_text(encoding="utf-8")
GIVEN, ISSUED, CORRECTED, DELTAS, SECOND = re.split(r"^## ", PAGE, flags=re.MULTILINE)


def circuits(section: str) -> list[CircuitVersion]:
    return [
        CircuitVersion(
            poles=(int(row["poles"]),),
            description=row["description"],
            connection=Connection(row["connection"]),
            power_factor=Decimal(row["power factor"]),
        )
        for row in next(iter(tables_of(section)))
    ]


def shown(bill: Bill) -> list[tuple[str, Decimal, str, Decimal, Decimal]]:
    return [(one.label, one.quantity, one.unit, one.price, one.amount) for one in bill.lines]


def lines(section: str) -> list[Row]:
    *_, rows = tables_of(section)
    assert rows[-1]["line"] == "Total"
    return rows


def expected(section: str) -> list[tuple[str, Decimal, str, Decimal, Decimal]]:
    return [
        (
            row["line"],
            Decimal(row["quantity"]),
            row["unit"],
            Decimal(row["price"]),
            Decimal(row["amount"]),
        )
        for row in lines(section)[:-1]
    ]


def test_the_worked_revision_is_what_the_program_issues(store: Store, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", GIVEN, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "tariffs.yaml").write_text(block)
    tariffs, _, problems = read_tariffs(tmp_path / "tariffs.yaml", SITE)
    assert not problems
    terms = replace(TERMS, tariffs=tariffs)
    (loads,) = tables_of(GIVEN)
    amps = {int(row["poles"]): int(row["amps"]) * 1000 for row in loads}
    currents = [amps.get(pole) for pole in range(1, 4)]
    store.arrivals.add(polled(START, END, currents, poll_ms=3_600_000))
    rolled_up(store)

    put(store, circuits(ISSUED))
    (first,) = issue(store, terms).issued
    assert shown(first) == expected(ISSUED)

    put(store, circuits(CORRECTED))
    revised, second = issue(store, terms, revise=True).issued
    assert [bill.issue and bill.issue.number for bill in (first, revised, second)] == [1, 2, 3]
    assert shown(revised) == expected(CORRECTED)
    assert shown(second) == expected(SECOND)
    assert revised.issue
    assert revised.issue.supersedes == 1
    found = [(one.label, one.before, one.after, one.difference) for one in revised.issue.deltas]
    assert [*found, ("To be given back", first.amount, revised.amount, revised.issue.due)] == [
        (row["line"], *(Decimal(row[key]) for key in ("as issued", "now", "difference")))
        for row in next(iter(tables_of(DELTAS)))
    ]


def test_the_worked_revision_is_right_by_a_calculator() -> None:
    for section in (ISSUED, CORRECTED, SECOND):
        *rows, total = lines(section)
        for row in rows:
            exact = value(row["quantity"]) * value(row["price"])
            assert exact == value(row["exact"]), row
            assert rounded(exact, Decimal("0.01")) == Decimal(row["amount"]), row
        assert sum(Decimal(row["amount"]) for row in rows) == Decimal(total["amount"])
    for row in next(iter(tables_of(DELTAS))):
        assert Decimal(row["now"]) - Decimal(row["as issued"]) == Decimal(row["difference"])
