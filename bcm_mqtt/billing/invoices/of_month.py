"""The invoices that a month's bills charge: entered, divided, and each customer's part."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bcm_mqtt.billing.invoices.measured import MeasuredMonth, measured_of
from bcm_mqtt.domain.allocation.allocating import (
    Allocation,
    InputTax,
    allocated,
    at_average_cost,
    capped,
)
from bcm_mqtt.domain.allocation.divided_invoice import DividedInvoice
from bcm_mqtt.domain.allocation.entered import EnteredInvoice
from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.allocation.invoice_part import PartsKnown, invoice_parts
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.allocation.rules import Measured
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.review import is_barred
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.billing_period import BillingPeriod
from bcm_mqtt.domain.time import Month, local_days

Under = Callable[[str, Month], Sequence[Bill]]
"""The bills of a month under another tariff, by its id."""


@dataclass(frozen=True, slots=True)
class MonthInvoices:
    """What is known of the invoices of a month.

    Attributes:
        parts: By customer, by the plan's id.
        divided: The invoices.
    """

    parts: Mapping[str, Mapping[str, PartsKnown]] = field(default_factory=dict)
    divided: tuple[DividedInvoice, ...] = ()


def month_invoices(
    entered: Sequence[EnteredInvoice],
    terms: BillingTerms,
    period: BillingPeriod,
    measured: MeasuredMonth,
    under: Under,
) -> MonthInvoices:
    """Divides the invoices by which any customer's tariff charges a month.

    Args:
        entered: The last revision of each.
        terms: What the site bills by.
        period: Of the bills, a calendar month.
        measured: In it.
        under: For caps.
    """
    charged, grouped = _charged(terms, period, measured.usage)
    if not charged:
        return MonthInvoices()
    parts = dict[str, dict[str, PartsKnown]]()
    divided = list[DividedInvoice]()
    for plan, customers in charged.values():
        try:
            found = _Plan(plan, terms, period.month, measured, under).divided(entered)
        except _MissingError as error:
            known = {who: PartsKnown(missing=str(error)) for who in customers}
        else:
            divided += [DividedInvoice(plan.id, one.revision, made) for one, made, _ in found]
            each = [invoice_parts(plan, one, made, customers, caps) for one, made, caps in found]
            known = {who: PartsKnown(tuple(by[who] for by in each)) for who in customers}
        for who, one in known.items():
            parts.setdefault(who, {})[plan.id] = _of_groups(who) if who in grouped else one
    return MonthInvoices(parts, tuple(divided))


def without_invoices(
    terms: BillingTerms, period: BillingPeriod, customers: Iterable[str]
) -> MonthInvoices:
    """Of bills of another time than a calendar month, in which all customers are measured."""
    first, last = local_days(*period.bounds, terms.zone)
    missing = PartsKnown(
        missing=f"invoices are charged by calendar months, the bill is for {first} to {last}"
    )
    charged, _ = _charged(terms, period, customers)
    parts = dict[str, dict[str, PartsKnown]]()
    for plan, whose in charged.values():
        for who in whose:
            parts.setdefault(who, {})[plan.id] = missing
    return MonthInvoices(parts)


def _of_groups(customer: str) -> PartsKnown:
    """What is measured of a group of circuits alone is not what an invoice is divided by."""
    return PartsKnown(missing=f"{customer} has groups of circuits: expected one tariff for all")


def _charged(
    terms: BillingTerms, period: BillingPeriod, customers: Iterable[str]
) -> tuple[dict[str, tuple[AllocationPlan, list[str]]], set[str]]:
    """The plans of the month, each with the customers whose tariff names it, by the plan's id.

    Also customers with several tariffs by group.
    """
    bounds = period.bounds
    found, grouped = dict[str, tuple[AllocationPlan, list[str]]](), set[str]()
    for customer in sorted(customers):
        tariff = terms.tariff_of(terms.customer_of(customer, *bounds), *bounds)
        tariffs = tariff.by_group if tariff else ()
        rates = [one.rate for each in tariffs for one in each.periods(*bounds)]
        plans = {one.allocation.id: one.allocation for one in rates if one.allocation}
        for key, plan in plans.items():
            found.setdefault(key, (plan, []))[1].append(customer)
        if len(tariffs) > 1:
            grouped.add(customer)
    return found, grouped


_Found = tuple[EnteredInvoice, Allocation, Mapping[str, Decimal]]
"""An invoice, it divided, and what parts of it are limited to."""


class _MissingError(ValueError):
    """Why the invoices of a month cannot be charged; the message is for the bill."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A plan in a month."""

    plan: AllocationPlan
    terms: BillingTerms
    month: Month
    measured: MeasuredMonth
    under: Under

    def divided(self, entered: Sequence[EnteredInvoice]) -> list[_Found]:
        """The invoices of the month, divided, each with what parts of it are limited to."""
        landlord = self.plan.landlord | self.terms.own_use
        by = measured_of([self.measured], landlord, None, formulas=bool(self.terms.formulas))
        found, caps = list[_Found](), None
        for one in self._of_month(entered):
            if self.plan.cap and caps is None:
                caps = self._caps(one.invoice.currency)
            made = self._allocated(one.invoice, by)
            if caps is None:
                found.append((one, made, {}))
                continue
            limited = capped(made, caps)
            found.append((one, limited, caps))
            # A cap is of all invoices together: what one leaves of it is that of the next.
            caps = {who: cap - limited.of(who) for who, cap in caps.items()}
        return found

    def _of_month(self, entered: Sequence[EnteredInvoice]) -> Iterator[EnteredInvoice]:
        start, end = self.month.first_day, self.month.shifted(1).first_day
        period = f"{start} to {end - timedelta(days=1)}"
        own = [
            one
            for one in entered
            if one.invoice.supplier == self.plan.supplier
            and one.invoice.start < end
            and start < one.invoice.end
        ]
        if not own:
            message = f"no invoice of {self.plan.supplier} is entered for {period}"
            raise _MissingError(message)
        for one in own:
            invoice = one.invoice
            if (invoice.start, invoice.end) != (start, end):
                of = f"invoice {invoice.number} of {invoice.supplier} is for {invoice.start} to"
                raise _MissingError(f"{of} {invoice.last_day}, the bill for {period}")
            yield one

    def _allocated(self, invoice: Invoice, by: Measured) -> Allocation:
        plan = self.plan
        try:
            if plan.average:
                return at_average_cost(invoice, plan.rules.input_tax, by.kwh[""])
            return allocated(invoice, plan.rules, by)
        except ValueError as error:
            named = f"invoice {invoice.number} of {invoice.supplier}"
            raise _MissingError(f"{named} cannot be divided: {error}") from None

    def _caps(self, currency: str) -> dict[str, Decimal]:
        """What each customer's usage costs under the tariff of the cap."""
        net, name, caps = self.plan.rules.input_tax is InputTax.DEDUCTED, self.plan.cap, {}
        if name not in self.terms.tariffs or self.terms.tariffs[name].charges_invoices:
            raise _MissingError(f"the cap is not known: tariff {name} has no prices of its own")
        for bill in self.under(name, self.month):
            if not bill.priced or is_barred(bill):
                why = f"tariff {name} has no price for all of {bill.customer.id} in {self.month}"
                raise _MissingError(f"the cap is not known: {why}")
            if bill.currency != currency:
                why = f"tariff {name} is in {bill.currency}, the invoice in {currency}"
                raise _MissingError(f"the cap is not known: {why}")
            caps[bill.customer.id] = bill.amount - bill.taxes if net else bill.amount
        return caps
