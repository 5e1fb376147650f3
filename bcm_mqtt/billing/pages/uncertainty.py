"""A bill's uncertainty in one sentence, which names what it contains and what it does not."""

from collections.abc import Iterable
from decimal import Decimal

from bcm_mqtt.billing.pages.words import number, spaced_percent
from bcm_mqtt.billing.wording.uncertainty import basis
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, BudgetLine
from bcm_mqtt.languages import _, translated


def uncertainty_text(bill: Bill) -> str:
    """The sentence; "" where there is nothing to be uncertain of.

    Of a bill that was issued before there was a budget it is what was printed then.
    """
    uncertainty = bill.uncertainty_kwh
    relative = _percent(uncertainty / bill.kwh) if bill.kwh else ""
    if budget := bill.budget:
        return _of_budget(budget, relative)
    if not uncertainty:
        return ""
    stated = _plus_minus(uncertainty)
    stated = (
        _("%(kwh)s (95 %%, %(share)s of the energy)", kwh=stated, share=relative)
        if relative
        else _("%(kwh)s (95 %% of the energy)", kwh=stated)
    )
    return _(
        "%(stated)s, if the load does not run in step with the polls. The accuracy of current "
        "transformers and meters, and nominal instead of measured voltage, come on top.",
        stated=stated,
    )


def _of_budget(budget: Budget, relative: str) -> str:
    seen = [line for line in budget.lines if line.kwh and line.cause.statistical]
    bounds = [line for line in budget.lines if line.kwh and not line.cause.statistical]
    text = _plus_minus(budget.expanded_kwh)
    if relative:
        text = _("%(kwh)s (k = 2, about 95 %%, %(share)s of the energy)", kwh=text, share=relative)
    else:
        text = _("%(kwh)s (k = 2, about 95 %%)", kwh=text)
    by_readings = by_bounds = ""
    if seen:
        kwh = _plus_minus(budget.statistical_kwh)
        by_readings = _("%(kwh)s by %(causes)s", kwh=kwh, causes=_names(seen))
    if bounds:
        by_bounds = _(
            "%(kwh)s by bounds that time does not average out, %(causes)s",
            kwh=_plus_minus(budget.bounds_kwh),
            causes=_names(bounds),
        )
    parts = by_readings or by_bounds
    if by_readings and by_bounds:
        parts = _("%(one)s; and %(other)s", one=by_readings, other=by_bounds)
    if parts:
        text = _("%(text)s: %(parts)s", text=text, parts=parts)
    omitted = [
        f"{translated(line.cause.value)} {basis(what)}"
        for line in budget.lines
        for what in line.omitted
    ]
    in_step = _("a load that runs in step with the polls")
    left_out = _("Not in it: %(omitted)s.", omitted=", ".join((*omitted, in_step)))
    return f"{text}. {left_out}"


def _names(lines: Iterable[BudgetLine]) -> str:
    names = list(map(_name, lines))
    if len(names) == 1:
        return names[0]
    return _("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])


def _name(line: BudgetLine) -> str:
    cause = translated(line.cause.value)
    return f"{cause} ({'; '.join(map(basis, line.bases))})" if line.bases else cause


def _plus_minus(kwh: Decimal) -> str:
    return f"\N{PLUS-MINUS SIGN}{number(kwh)} kWh"


def _percent(part: Decimal) -> str:
    """Of a small share, with its first two digits."""
    return spaced_percent(Decimal(f"{float(100 * part):.2g}"))
