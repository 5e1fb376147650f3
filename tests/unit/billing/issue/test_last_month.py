"""What a month is compared with: the sums of the bills that were issued for the one before it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.billing.issue.document import Basis, chained, document_of
from bcm_mqtt.billing.issue.last_month import sum_of
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.month_on_month import MonthSum
from bcm_mqtt.store import BillEntry
from unit.billing import example_bill as example


@pytest.mark.parametrize(
    "bill",
    [
        example.bill(),
        replace(example.bill(), tariff="", lines=()),
        replace(example.bill(), usage=(), lines=()),
    ],
    ids=["priced", "without a tariff", "without circuits"],
)
def test_the_sums_of_a_document_are_those_of_the_bill(bill: Bill) -> None:
    document = document_of(example.issued(bill), Basis(None, (), (), (), {}, "0.1.0"))
    entry = BillEntry(1, bill.month, "acme", 0, "", chained("", document), document)
    assert sum_of(entry) == MonthSum.of(bill)


def test_days_are_from_the_first_rows_begin_to_the_last_rows_end() -> None:
    assert MonthSum.of(example.bill()).days == Decimal(743) / 24  # March of New York
