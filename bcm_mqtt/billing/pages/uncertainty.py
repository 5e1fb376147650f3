"""A bill's uncertainty in one sentence, which names what it contains and what it does not."""

from collections.abc import Iterable
from decimal import Decimal

from bcm_mqtt.billing.pages.words import number
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, BudgetLine

_IN_STEP = "a load that runs in step with the polls"


def uncertainty_text(bill: Bill) -> str:
    """The sentence; "" where there is nothing to be uncertain of.

    Of a bill that was issued before there was a budget it is what was printed then.
    """
    uncertainty = bill.uncertainty_kwh
    relative = f", {_percent(uncertainty / bill.kwh)}" if bill.kwh else ""
    if budget := bill.budget:
        return _of_budget(budget, relative)
    if not uncertainty:
        return ""
    return (
        f"{_plus_minus(uncertainty)} (95 %{relative} of the energy), if the "
        "load does not run in step with the polls. The accuracy of current transformers and "
        "meters, and nominal instead of measured voltage, come on top."
    )


def _of_budget(budget: Budget, relative: str) -> str:
    seen = [line for line in budget.lines if line.kwh and line.cause.statistical]
    bounds = [line for line in budget.lines if line.kwh and not line.cause.statistical]
    relative = f"{relative} of the energy" if relative else ""
    text = f"{_plus_minus(budget.expanded_kwh)} (k = 2, about 95 %{relative})"
    parts = []
    if seen:
        parts.append(f"{_plus_minus(budget.statistical_kwh)} by {_names(seen)}")
    if bounds:
        parts.append(
            f"{_plus_minus(budget.bounds_kwh)} by bounds that time does not average out, "
            f"{_names(bounds)}"
        )
    if parts:
        text += f": {'; and '.join(parts)}"
    omitted = [f"{line.cause.value} {what}" for line in budget.lines for what in line.omitted]
    return f"{text}. Not in it: {', '.join((*omitted, _IN_STEP))}."


def _names(lines: Iterable[BudgetLine]) -> str:
    names = list(map(_name, lines))
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _name(line: BudgetLine) -> str:
    return f"{line.cause.value} ({'; '.join(line.bases)})" if line.bases else line.cause.value


def _plus_minus(kwh: Decimal) -> str:
    return f"\N{PLUS-MINUS SIGN}{number(kwh)} kWh"


def _percent(part: Decimal) -> str:
    """Of a small share, with its first two digits."""
    return f"{float(100 * part):.2g} %"
