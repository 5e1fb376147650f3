"""The journal: debits and credits of bills, equal to the cent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.booking.accounting import accounting_lines
from bcm_mqtt.domain.bill.booking.accounting_line import AccountingLine, ItemRule
from bcm_mqtt.domain.bill.booking.journal import JournalRow, Receivables, booked, journal
from bcm_mqtt.domain.rating.line_kind import LineKind
from unit.billing.issued_bills import DAYS, FIRST, NOW, REVISED
from unit.builders import NEW_YORK

RULES = (
    ItemRule(kind=LineKind.TAX, rate=Decimal("0.08"), account="2208"),
    ItemRule(kind=LineKind.TAX, account="2200"),
    ItemRule(account="4000", tax_code="S"),
)
OWED = Receivables("1200", {"Customer1": "10001"})


def lines_of(bill: object, rules: Sequence[ItemRule] = RULES) -> list[AccountingLine]:
    return list(accounting_lines(bill, rules, DAYS, NEW_YORK, NOW))  # type: ignore[arg-type]


def figures(rows: Sequence[JournalRow]) -> list[tuple[str, str, str, str, str]]:
    return [(row.invoice, row.account, row.side, f"{row.amount}", row.tax_code) for row in rows]


def test_a_bill_is_owed_by_its_customer_and_is_revenue_and_tax() -> None:
    rows = list(journal(lines_of(FIRST), OWED))
    assert figures(rows) == [
        ("7", "10001", "debit", "115.69", ""),
        ("7", "4000", "credit", "107.12", "S"),
        ("7", "2208", "credit", "8.57", ""),
    ]
    assert [(f"{row.debit}", f"{row.credit}") for row in rows] == [
        ("115.69", "0.00"),
        ("0.00", "107.12"),
        ("0.00", "8.57"),
    ]
    assert (rows[0].invoice_date, rows[0].due_date) == (date(2026, 4, 1), date(2026, 5, 1))
    assert (rows[0].text, rows[1].text) == ("Customer1 2026-03", "Energy")


def test_a_revision_that_gives_back_changes_the_sides() -> None:
    """7.12 of energy and 0.57 of tax less: together both bills are the new one."""
    rows = list(journal(lines_of(REVISED), Receivables("1200")))
    assert figures(rows) == [
        ("9", "1200", "credit", "7.69", ""),
        ("9", "4000", "debit", "7.12", "S"),
        ("9", "2208", "debit", "0.57", ""),
    ]
    assert rows[0].corrects == "7"


def test_what_has_no_account_is_named() -> None:
    with pytest.raises(ValueError, match="customer Customer1 has no account: expected receivable"):
        list(journal(lines_of(FIRST), Receivables()))
    with pytest.raises(
        ValueError, match=r"line 2 of bill 7 \(kind: tax, tariff: standard\) has no"
    ):
        list(
            journal(lines_of(FIRST, RULES[2:] and (ItemRule(LineKind.ENERGY, account="1"),)), OWED)
        )


@given(st.lists(st.tuples(st.sampled_from("78"), st.integers(-999, 999)), max_size=12))
def test_debits_equal_credits_whatever_the_lines_are(parts: list[tuple[str, int]]) -> None:
    (first, *_) = lines_of(FIRST)
    lines = [
        replace(first, invoice=invoice, account=str(4000 + at % 3), amount=Decimal(cents) / 100)
        for at, (invoice, cents) in enumerate(sorted(parts, key=lambda part: part[0]))
    ]
    rows = list(journal(lines, OWED))
    for invoice in "78":
        own = [row for row in rows if row.invoice == invoice]
        assert sum(row.debit for row in own) == sum(row.credit for row in own)
        owed = sum(row.debit - row.credit for row in own if row.account == "10001")
        assert owed == sum(line.amount for line in lines if line.invoice == invoice)
    assert all(row.amount > 0 for row in rows)
    assert sum(one.amount for one in booked(lines, OWED)) == sum(line.amount for line in lines)
