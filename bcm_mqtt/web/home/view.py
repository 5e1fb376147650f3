"""What the page of a home shows: texts, and where each leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.head import Period
from bcm_mqtt.billing.pages.words import money, number, time
from bcm_mqtt.billing.tenant.budget_notes import budget_sentence
from bcm_mqtt.billing.tenant.figures import HomeFigure
from bcm_mqtt.billing.tenant.home import Home
from bcm_mqtt.domain.alarms.groups import SiteAlarm, Standing
from bcm_mqtt.domain.bill.running.circuit_cost import energy_cost_of
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.languages import _
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.web.home.rows import (
    BillRow,
    CircuitRow,
    bill_row,
    called,
    circuit_rows,
    explain_link,
)
from bcm_mqtt.web.words import word

_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget, as it is entered and as it stands."""

    kwh: str
    money: str
    breakers: bool
    is_set: bool


@dataclass(frozen=True, slots=True)
class HomeView:
    """The page.

    Attributes:
        site: Its name.
        customer: Its id.
        name: For people.
        others: Ids and names of the other customers of the user.
        month: Title of the month.
        as_of: When the figures are of.
        kwh: So far.
        cost: So far; "" without a price.
        note: What the figures lack, or "".
        forecast_kwh: Of the month, or "".
        forecast_range: From and to.
        forecast_cost: Or "".
        forecast_cost_range: From and to.
        no_forecast: Why there is none.
        last: The month before, in a sentence, or "".
        alarms: Sentences, the worst first.
        circuits: The dearest first.
        rest: What no circuit costs, or "".
        bills: Issued ones.
        more_bills: How many others there are.
        no_bills: Why there is none.
        budget: Of a month.
        currency: Of the bills.
        mails: Whether mails can be sent.
        email: Of the user, or "".
        own: Whether a user of the customer looks, who may enter something.
        explain: Links of the figures by their names.
    """

    site: str
    customer: str
    name: str
    others: tuple[tuple[str, str], ...]
    month: str
    as_of: str
    kwh: str
    cost: str
    note: str
    forecast_kwh: str
    forecast_range: str
    forecast_cost: str
    forecast_cost_range: str
    no_forecast: str
    last: str
    alarms: tuple[str, ...]
    circuits: tuple[CircuitRow, ...]
    rest: str
    bills: tuple[BillRow, ...]
    more_bills: int
    no_bills: str
    budget: BudgetView
    currency: str
    mails: bool
    email: str
    own: bool
    explain: dict[str, str]


def home_view(
    site: str,
    home: Home,
    zone: ZoneInfo,
    others: tuple[tuple[str, str], ...],
    standing: tuple[SiteAlarm, ...],
    *,
    own: bool,
    mails: bool,
    email: str,
) -> HomeView:
    """The page of a home."""
    bill, so_far, outlook = home.bill, home.so_far, home.outlook
    known = home.is_measured
    currency = bill.currency if bill else ""
    cost = so_far.cost if so_far and known else None
    found = outlook.forecast if outlook else None
    names = {figure.value: explain_link(home.customer, figure) for figure in HomeFigure}
    return HomeView(
        site=site,
        customer=home.customer,
        name=home.name,
        others=others,
        month=_period(home, zone),
        as_of=time(home.as_of, zone),
        kwh=number(so_far.kwh.quantize(_TENTH)) if so_far and known else "",
        cost=money(cost, currency) if cost is not None else "",
        note=_note(home),
        forecast_kwh=number(found.kwh.quantize(Decimal(1))) if found else "",
        forecast_range=_between(
            *(number(one.quantize(Decimal(1))) for one in (found.low_kwh, found.high_kwh))
        )
        if found
        else "",
        forecast_cost=money(outlook.cost, currency) if outlook and outlook.cost is not None else "",
        forecast_cost_range=_between(
            money(outlook.low_cost, currency), money(outlook.high_cost, currency)
        )
        if outlook and outlook.low_cost is not None and outlook.high_cost is not None
        else "",
        no_forecast=_no_forecast(home),
        last=_last(home),
        alarms=tuple(_alarms(home, standing)),
        circuits=tuple(circuit_rows(home)),
        rest=_rest(home),
        bills=tuple(bill_row(home.customer, one) for one in home.bills),
        more_bills=max(0, home.bill_count - len(home.bills)),
        no_bills=_no_bills(home),
        budget=BudgetView(
            kwh=_typed(home.budget.kwh),
            money=_typed(home.budget.money),
            breakers=home.budget.breakers,
            is_set=home.budget.kwh is not None or home.budget.money is not None,
        ),
        currency=currency,
        mails=mails,
        email=email,
        own=own,
        explain=names,
    )


def _period(home: Home, zone: ZoneInfo) -> str:
    """The month, or the days of a bill that is of another period."""
    bill = home.bill
    if bill is None or (bill.start, bill.end) == home.month.bounds(zone):
        return month_text(home.month.first_day)
    return Period.of(bill, zone, home.as_of).days


def _typed(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s", low=low, high=high)


def _note(home: Home) -> str:
    if home.bill is None:
        return _("No circuit is yours this month.")
    if not home.is_measured:
        return _("Nothing of this month is measured yet.")
    if home.is_own_use:
        return _("These circuits are the site's own: they are measured and not billed.")
    if not home.bill.priced:
        return _("No tariff is set: energy is measured, and costs nothing that is known.")
    if home.so_far and home.so_far.priced_until:
        return _("Some energy has no price yet: the cost is without it.")
    return _("Fees of the whole month are in the cost already.")


def _no_forecast(home: Home) -> str:
    if not home.is_measured:
        return ""
    if home.outlook is None:
        return _("A forecast needs three whole measured days.")
    if home.outlook.cost is None and home.bill and home.bill.priced:
        return _(
            "The cost cannot be forecast: prices of the rest of the month are not known yet, or"
            " groups of circuits have tariffs of their own."
        )
    return ""


def _last(home: Home) -> str:
    if home.last is None:
        return ""
    kwh = number(home.last.kwh.quantize(_TENTH))
    month = month_text(home.last.month.first_day)
    if not home.last.priced:
        return _("%(month)s: %(kwh)s kWh", month=month, kwh=kwh)
    cost = money(home.last.amount, home.last.currency)
    return _("%(month)s: %(kwh)s kWh, %(cost)s", month=month, kwh=kwh, cost=cost)


def _alarms(home: Home, standing: tuple[SiteAlarm, ...]) -> Iterator[str]:
    currency = home.bill.currency if home.bill else ""
    names = {(one.panel, one.circuit.first_pole): called(home, one) for one in home.circuits}
    for alarm in standing:
        is_own = alarm.customer == home.customer and alarm.kind is AlarmKind.OVERLOAD
        if is_own and alarm.standing is Standing.ACTIVE:
            circuit = names.get((alarm.panel, alarm.pole), f"{alarm.panel}:{alarm.pole}")
            yield _("%(circuit)s: %(alarm)s", circuit=circuit, alarm=word(alarm.kind))
    for one in home.alarms:
        yield budget_sentence(one, home.month, currency)


def _rest(home: Home) -> str:
    """What of the cost no circuit has."""
    if home.bill is None or not home.bill.priced or not home.is_measured:
        return ""
    rest = home.bill.amount - energy_cost_of(home.bill)
    return money(rest, home.bill.currency) if rest else ""


def _no_bills(home: Home) -> str:
    if home.is_own_use:
        return _("The site's own circuits get no bill.")
    if home.is_joint:
        return _("Your bill is one over several sites: it is at the page of all sites.")
    return _("No bill has been issued yet.")
