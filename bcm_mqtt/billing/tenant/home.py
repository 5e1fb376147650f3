"""A customer's home: its month so far, what that may come to, its circuits and its bills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bcm_mqtt.billing.tenant.running import Outlook, RunningMonth
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.month_to_date import MonthToDate, month_to_date
from bcm_mqtt.domain.bill.running.budget import Budget, BudgetAlarm, budget_alarms
from bcm_mqtt.domain.bill.running.circuit_cost import CircuitCost, circuit_costs
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillHead, BillHeads, Tenants

MOST_BILLS: Final = 12
"""That are shown; the others are in the list of all."""


@dataclass(frozen=True, slots=True)
class DueBill:
    """An issued bill, and the last day on which it is to be paid."""

    head: BillHead
    due: date


@dataclass(frozen=True, slots=True)
class Home:
    """What a customer is shown.

    Attributes:
        customer: Its id.
        name: For people.
        month: Of the bill that runs; with a reading day it may have begun last month.
        as_of: The present of the figures.
        bill: The month so far as a bill; None where no circuit is the customer's.
        so_far: Its figures.
        last: The bill of the month before; None where there was none.
        outlook: What the month may come to; None before it can be said.
        circuits: The dearest first.
        names: What the customer calls its circuits, by panel and the text of the circuit's id.
        budget: Of a month.
        alarms: Of the budget.
        bills: Issued ones, the last month first.
        bill_count: How many there are.
    """

    customer: str
    name: str
    month: Month
    as_of: datetime
    bill: Bill | None
    so_far: MonthToDate | None
    last: Bill | None
    outlook: Outlook | None
    circuits: tuple[CircuitCost, ...]
    names: Mapping[tuple[str, str], str]
    budget: Budget
    alarms: tuple[BudgetAlarm, ...]
    bills: tuple[DueBill, ...]
    bill_count: int

    @property
    def is_measured(self) -> bool:
        """Whether anything of the month is known; else its 0 kWh say nothing."""
        return self.bill is not None and self.bill.known

    @property
    def is_own_use(self) -> bool:
        """Whether it is the site itself, which gets no bill."""
        return self.bill is not None and self.bill.status is BillStatus.OWN_USE

    @property
    def is_joint(self) -> bool:
        """Whether its bill is one over several sites, and not among these."""
        return self.bill is not None and self.bill.status is BillStatus.JOINT

    def called(self, one: CircuitCost) -> str:
        """The customer's own name of a circuit, or ""."""
        return self.names.get((one.panel, str(one.id)), "")


class Homes:
    """The homes of a site's customers; every call may take seconds.

    Raises InputError where a file is wrong, WorkError where the database failed.
    """

    def __init__(
        self,
        running: RunningMonth,
        tenants: Tenants,
        heads: BillHeads,
        issuer: Callable[[], Issuer],
    ) -> None:
        """Reads nothing yet.

        Args:
            running: The running month.
            tenants: What customers entered.
            heads: Of issued bills.
            issuer: Who issues bills, and when they are due.
        """
        self._running = running
        self._tenants = tenants
        self._heads = heads
        self._issuer = issuer

    def of(self, customer: str, *, own: bool) -> Home:
        """The home of a customer.

        Args:
            customer: Its id.
            own: Whether a user of the customer looks: to others its names are not shown.
        """
        running = self._running()
        bill, last = running.bills.get(customer), running.last.get(customer)
        issuer, as_of = self._issuer(), running.as_of
        heads, count = self._heads.newest(customer, MOST_BILLS)
        so_far = month_to_date(bill, as_of, last) if bill else None
        budget = self._tenants.budgets.of(customer)
        return Home(
            customer=customer,
            name=(bill.customer if bill else running.terms.customer(customer)).name,
            month=bill.month if bill else running.month,
            as_of=as_of,
            bill=bill,
            so_far=so_far,
            last=last if last and (last.known or last.issue) else None,
            outlook=running.outlook(bill) if bill and bill.known else None,
            circuits=circuit_costs(bill, as_of, last.usage if last else ()) if bill else (),
            names=self._tenants.names.of(customer) if own else {},
            budget=budget,
            alarms=tuple(budget_alarms(budget, so_far.kwh, so_far.cost)) if so_far else (),
            bills=tuple(
                DueBill(head, head.issued.astimezone(issuer.zone).date() + issuer.payment)
                for head in heads
            ),
            bill_count=count,
        )

    def running_bill(self, month: Month, customer: str) -> Bill | None:
        """The bill of a customer that runs; None where that is of another month."""
        bill = self._running().bills.get(customer)
        return bill if bill and bill.month == month else None

    def running(self) -> Mapping[str, Bill]:
        """The bills that run, of which anything is known, by customer."""
        return {customer: bill for customer, bill in self._running().bills.items() if bill.known}
