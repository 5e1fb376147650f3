"""Uncertainty as a table: each cause, what it was taken from, and what is not included."""

from collections.abc import Iterator

from bcm_mqtt.billing.explaining.steps import Section, Step
from bcm_mqtt.billing.wording.uncertainty import basis
from bcm_mqtt.domain.usage.uncertainty.budget import Budget
from bcm_mqtt.languages import _, translated


def uncertainty_section(title: str, budget: Budget | None) -> Iterator[Section]:
    """A budget's table, expanded (k = 2); nothing where there is none.

    What circuits have in common adds up linearly, all else in quadrature: so the figures of
    a bill are less than the sum of its circuits'.
    """
    if budget is None:
        return
    steps = [
        Step(
            translated(line.cause.value),
            line.expanded_kwh,
            "kWh",
            note="; ".join(
                (
                    *map(basis, line.bases),
                    *(_("not included: %(what)s", what=basis(one)) for one in line.omitted),
                )
            ),
        )
        for line in budget.lines
    ]
    yield Section(
        _("%(title)s (k = 2)", title=title),
        (
            *steps,
            Step(_("what the readings show"), budget.statistical_kwh, "kWh"),
            Step(_("bounds that time does not average out"), budget.bounds_kwh, "kWh"),
            Step(_("all of it, in quadrature"), budget.expanded_kwh, "kWh"),
        ),
    )
