"""The rows of a home: its circuits and its bills as texts, and where each leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from bcm_mqtt.billing.pages.words import money, number
from bcm_mqtt.billing.tenant.figures import HomeFigure
from bcm_mqtt.billing.tenant.home import DueBill, Home
from bcm_mqtt.domain.bill.running.circuit_cost import CircuitCost
from bcm_mqtt.languages import _, day, percent
from bcm_mqtt.languages import month as month_text

_TENTH = Decimal("0.1")
_VISIBLE = Decimal("0.005")
"""Share that is 1 % when it is rounded."""


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """A circuit; `width` is its bar against the dearest, in whole percent of a track."""

    panel: str
    pole: str
    name: str
    own_name: str
    description: str
    place: str
    kwh: str
    cost: str
    change: str
    more: bool
    width: int
    href: str


@dataclass(frozen=True, slots=True)
class BillRow:
    """An issued bill."""

    number: str
    month: str
    title: str
    amount: str
    due: str
    replaces: str
    query: str


def explain_link(customer: str, figure: HomeFigure, **more: str) -> str:
    """The way from the home to how a figure came about."""
    return f"home/explain?{urlencode({'customer': customer, 'figure': figure.value, **more})}"


def called(home: Home, one: CircuitCost) -> str:
    """What a circuit is called for its customer: by its own name, else as the operator does."""
    return home.called(one) or one.circuit.description or f"{one.panel}:{one.id}"


def circuit_rows(home: Home) -> Iterator[CircuitRow]:
    """The circuits of a home, the dearest first."""
    currency = home.bill.currency if home.bill else ""
    most = max((_weight(one) for one in home.circuits), default=Decimal(0))
    for one in home.circuits:
        change = one.change
        yield CircuitRow(
            panel=one.panel,
            pole=str(one.id),
            name=called(home, one),
            own_name=home.called(one),
            description=one.circuit.description,
            place=f"{one.panel}:{one.circuit.place}",
            kwh=number(one.kwh.quantize(_TENTH)),
            cost=money(one.cost, currency) if one.cost is not None else "",
            change=_percent(change),
            more=change is not None and change >= _VISIBLE,
            width=int(100 * max(_weight(one), Decimal(0)) / most) if most > 0 else 0,
            href=explain_link(home.customer, HomeFigure.CIRCUIT, panel=one.panel, pole=str(one.id)),
        )


def _weight(one: CircuitCost) -> Decimal:
    return one.kwh if one.cost is None else one.cost


def _percent(change: Decimal | None) -> str:
    if change is None:
        return ""
    value = (100 * change).quantize(Decimal(1))
    return f"+{percent(value, 0)}" if value > 0 else percent(value or abs(value), 0)


def bill_row(customer: str, one: DueBill) -> BillRow:
    """An issued bill as a row."""
    head = one.head
    return BillRow(
        number=head.text,
        month=str(head.month),
        title=month_text(head.month.first_day),
        amount=money(head.amount, head.currency)
        if head.amount is not None
        else f"{number(head.kwh)} kWh",
        due=day(one.due),
        replaces=_("replaces bill %(number)s", number=head.replaces) if head.replaces else "",
        query=urlencode({"customer": customer}),
    )
