"""A bill as a draft, issued, and revised, for the tests of what is done with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import DeltaLine, IssueRecord
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.time import Month
from unit.builders import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
NOW = datetime(2026, 4, 2, 3, tzinfo=UTC)  # the evening of the 1st in New York
ISSUED = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAYS = timedelta(days=30)
ENERGY = BillLine(
    "Energy", Decimal("903.945"), "kWh", Decimal("0.1185"), Decimal("107.12"), determinant="energy"
)
TAX = BillLine("Tax", Decimal("107.12"), "USD", Decimal("0.08"), Decimal("8.57"), kind=LineKind.TAX)
DRAFT = Bill(
    Customer("Customer1", "One, Inc.", tax_id="12-345"),
    MARCH,
    START,
    END,
    "USD",
    "standard",
    (ENERGY, TAX),
    (),
)
FIRST = replace(
    DRAFT,
    status=BillStatus.SUPERSEDED,
    issue=IssueRecord(7, 0, ISSUED, None, "00"),
)
DELTAS = (
    DeltaLine("Energy", Decimal("107.12"), Decimal("100.00")),
    DeltaLine("Tax", Decimal("8.57"), Decimal("8.00")),
    DeltaLine("Fee", Decimal("5.00"), Decimal("5.00")),
)
REVISED = replace(DRAFT, status=BillStatus.ISSUED, issue=IssueRecord(9, 1, ISSUED, 7, "00", DELTAS))
