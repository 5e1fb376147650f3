"""Circuits whose power factor nobody stated and nothing measured, for the summary of a site."""

from collections.abc import Iterable, Iterator

from bcm_mqtt.billing.pages.statements import Statement
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.languages import _, ngettext

_MOST_NAMES = 40


def assumed_power_factors(usage: Iterable[Usage]) -> dict[tuple[str, CircuitId], str]:
    """Their descriptions by panel and first pole or formula; poles that no circuit claims are none.

    Args:
        usage: Rows of a month; the last row of a circuit gives its description.
    """
    rows = sorted(usage, key=lambda row: (row.panel, row.circuit.order, row.start))
    return {
        (row.panel, row.circuit.id): row.circuit.description
        for row in rows
        if row.assumed_power_factor and row.kwh and (row.customer or row.circuit.description)
    }


def assumed_statements(usage: Iterable[Usage]) -> Iterator[Statement]:
    """What is to be said of them; nothing where there are none."""
    assumed = assumed_power_factors(usage)
    if not assumed:
        return
    names = [f"{panel}:{pole} {name}".rstrip() for (panel, pole), name in assumed.items()]
    listed = "; ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        listed = _("%(names)s and %(num)s more", names=listed, num=len(names) - _MOST_NAMES)
    text = ngettext(
        "The power factor of one circuit is neither stated nor measured and is taken for 1, at "
        "which current carries the most energy; loads commonly have 0.6 to 1. State it in "
        "circuits.csv or for the panel, or name a meter in power_factor_from: %(names)s.",
        "The power factor of %(num)s circuits is neither stated nor measured and is taken for 1, "
        "at which current carries the most energy; loads commonly have 0.6 to 1. State it in "
        "circuits.csv or for the panel, or name a meter in power_factor_from: %(names)s.",
        len(names),
        names=listed,
    )
    yield Statement(_("Power factor"), text)
