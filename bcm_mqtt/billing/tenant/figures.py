"""How the figures of a customer's home came about, which no bill has: forecast, costs, budget."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Section, Step
from bcm_mqtt.billing.tenant.home import Home
from bcm_mqtt.billing.wording.lines import label
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.running.circuit_cost import CircuitCost, energy_cost_of
from bcm_mqtt.domain.bill.running.forecast import FEWEST, LOOKS_BACK, KindOfDay
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import _, number, percent, translated

_SHARE: Final = Decimal("0.1")


class HomeFigure(StrEnum):
    """A figure of the home."""

    MONTH = "month"
    """What the month so far is made of, as a bill is."""
    FORECAST = "forecast"
    CIRCUIT = "circuit"
    BUDGET = "budget"


def figure_sections(home: Home, figure: HomeFigure, query: FigureQuery) -> Iterator[Section]:
    """What is to be said of a figure besides what an explanation of the month says.

    Raises:
        InputError: the home has no such figure.
    """
    if figure is HomeFigure.FORECAST:
        yield from _forecast(home)
    elif figure is HomeFigure.BUDGET:
        yield from _budget(home)
    elif figure is HomeFigure.CIRCUIT:
        yield _circuit(home, query.circuit)


def as_text(sections: Iterable[Section]) -> str:
    """An explanation as lines of text, for a mail."""
    lines = list[str]()
    for section in sections:
        lines += ["", section.title]
        for step in section.steps:
            formula = translated(step.formula) if step.formula == SUM else step.formula
            value = f"{step.value} {step.unit}".strip()
            made = " = ".join(filter(None, (formula, value)))
            note = f" ({step.note})" if step.note else ""
            lines.append(f"  {step.what}{': ' if made else ''}{made}{note}")
    return "\n".join(lines).strip()


def _forecast(home: Home) -> Iterator[Section]:
    if home.outlook is None:
        few = _(
            "there is no forecast before %(fewest)s whole days are measured", fewest=number(FEWEST)
        )
        raise InputError.of(few)
    found, outlook = home.outlook.forecast, home.outlook
    rest = found.kwh - found.so_far_kwh
    steps = [
        Step(_("so far, in the quarter hours that are over"), found.so_far_kwh, "kWh"),
        *(step for kind in found.kinds for step in _kind(kind)),
        Step(
            _("expected of the rest of the month"),
            rest,
            "kWh",
            note=_("each quarter hour is the mean of that quarter hour on these days"),
        ),
        Step(
            _("expected for the month"),
            found.kwh,
            "kWh",
            f"{number(found.so_far_kwh)} kWh + {number(rest)} kWh",
        ),
        Step(_("at least"), found.low_kwh, "kWh"),
        Step(
            _("at most"),
            found.high_kwh,
            "kWh",
            note=_(
                "in 19 of 20 months whose days vary as these do, the month is between the two;"
                " Student's t for so few days"
            ),
        ),
        Step(_("A change of use that none of these days has is not in it.")),
    ]
    yield Section(_("What the month may come to"), tuple(steps))
    if outlook.bill and outlook.cost is not None and outlook.low_cost is not None:
        yield _cost(outlook.bill, outlook.low_cost, outlook.high_cost)


def _kind(kind: KindOfDay) -> Iterator[Step]:
    names = {
        False: _("a weekday"),
        True: _("a day of the weekend"),
        None: _("a day, of which there are too few of a kind"),
    }
    yield Step(
        names[kind.weekend],
        kind.mean_kwh,
        "kWh",
        note=_(
            "mean of the %(days)s whole measured ones of the last %(back)s days; they differ by"
            " %(deviation)s kWh (one standard deviation); %(left)s days are left",
            days=number(kind.days),
            back=number(LOOKS_BACK),
            deviation=number(kind.deviation_kwh),
            left=number(kind.left),
        ),
    )


def _cost(bill: Bill, low: Decimal, high: Decimal | None) -> Section:
    steps = [Step(label(line.label), line.amount, bill.currency) for line in bill.lines]
    return Section(
        _("What the tariff makes of that"),
        (
            *steps,
            Step(_("expected for the month"), bill.amount, bill.currency, SUM),
            Step(_("at least"), low, bill.currency, note=_("of the least energy")),
            Step(_("at most"), high, bill.currency, note=_("of the greatest energy")),
        ),
    )


def _budget(home: Home) -> Iterator[Section]:
    if home.so_far is None:
        raise InputError.of(_("nothing of this month is known yet"))
    used = (
        (home.budget.kwh, home.so_far.kwh, "kWh"),
        (home.budget.money, home.so_far.cost, home.so_far.currency),
    )
    for limit, amount, unit in used:
        if limit is None or amount is None:
            continue
        share = (100 * amount / limit).quantize(_SHARE)
        formula = f"100 x {number(amount)} {unit} / {number(limit)} {unit}"
        yield Section(
            _("Budget in %(unit)s", unit=unit),
            (
                Step(_("so far"), amount, unit, see=FigureQuery()),
                Step(_("budget of the month"), limit, unit),
                Step(_("used"), share, "%", formula),
                Step(
                    _(
                        "A mail is sent at %(warning)s and at %(all)s, each once in a month.",
                        warning=percent(80, 0),
                        all=percent(100, 0),
                    )
                ),
            ),
        )


def circuit_of(home: Home, circuit: tuple[str, CircuitId] | None) -> CircuitCost:
    """The circuit that is meant, by any of its poles.

    Raises:
        InputError: it is none of the customer's this month.
    """
    for one in home.circuits:
        if circuit and one.panel == circuit[0] and circuit[1] in {one.id, *one.circuit.poles}:
            return one
    named = f"{circuit[0]}:{circuit[1]}" if circuit else "none"
    known = ", ".join(sorted(f"{one.panel}:{one.id}" for one in home.circuits)) or "none"
    raise InputError.of(f"circuit {named}: expected one of {known}")


def _circuit(home: Home, circuit: tuple[str, CircuitId] | None) -> Section:
    one, bill = circuit_of(home, circuit), home.bill
    steps = list[Step]()
    if bill and one.cost is not None:
        steps += [
            Step(_("energy lines of the month so far"), energy_cost_of(bill), bill.currency),
            Step(
                _("share of the circuit"),
                one.cost,
                bill.currency,
                note=_(
                    "each energy line is divided by the kWh of its circuits; fees, demand and"
                    " taxes are no circuit's"
                ),
            ),
        ]
    steps.append(Step(_("so far"), one.kwh, "kWh"))
    if one.kwh_a_day is not None:
        steps.append(Step(_("a day, of the time that has passed"), one.kwh_a_day, "kWh"))
    if one.before_a_day is not None:
        change = one.change
        note = percent(round(100 * change, 1), 1) if change is not None else ""
        note = _("change: %(share)s", share=f"+{note}" if change and change > 0 else note)
        steps.append(
            Step(
                _("a day of the month before"),
                one.before_a_day,
                "kWh",
                note=note if change is not None else "",
            )
        )
    return Section(_("What the circuit costs"), tuple(steps))


def figure_title(home: Home | None, figure: HomeFigure, query: FigureQuery, bill: Bill) -> str:
    """A figure in one line, with its value, as a question names it."""
    amount = f", {number(bill.amount)} {bill.currency}" if bill.priced else ""
    if figure is HomeFigure.FORECAST and home and home.outlook:
        found, cost = home.outlook.forecast, home.outlook.cost
        amount = f", {number(cost)} {bill.currency}" if cost is not None else ""
        return _("Forecast: %(kwh)s kWh%(cost)s", kwh=number(found.kwh), cost=amount)
    if figure is HomeFigure.BUDGET and home and home.so_far:
        return _("Budget: %(kwh)s kWh%(cost)s so far", kwh=number(bill.kwh), cost=amount)
    if query.line is not None and 1 <= query.line <= len(bill.lines):
        line = bill.lines[query.line - 1]
        return f"{label(line.label)}: {number(line.amount)} {bill.currency}"
    if query.circuit:
        panel, pole = query.circuit
        kwh = sum(_rows(bill, query.circuit), Decimal(0))
        return _("Circuit %(circuit)s: %(kwh)s kWh", circuit=f"{panel}:{pole}", kwh=number(kwh))
    return _("Month: %(kwh)s kWh%(cost)s", kwh=number(bill.kwh), cost=amount)


def _rows(bill: Bill, circuit: tuple[str, CircuitId]) -> Sequence[Decimal]:
    return [
        row.kwh
        for row in bill.usage
        if row.panel == circuit[0] and circuit[1] in {row.circuit.id, *row.circuit.poles}
    ]
