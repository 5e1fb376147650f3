"""Formula circuits as they are now: the power of their members, added and taken away."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members, members_text
from bcm_mqtt.domain.site.formula.spans import FormulaSpan, formula_spans
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.live.site import LiveSite

_LOG = logging.getLogger(__name__)
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LiveFormula:
    """A formula circuit now.

    Attributes:
        id: `f-` and a name.
        description: Of it.
        customer: Whose; "" where it is unallocated.
        members: Measured circuits with their signs, as in formulas.csv.
        watts: None where the power of any member is not known, or is not of now.
    """

    id: str
    description: str
    customer: str
    members: str
    watts: float | None


async def site_formulas(billing: SiteBilling | None) -> tuple[FormulaVersion, ...]:
    """The formulas as the files of the site have them; none while these are wrong.

    Args:
        billing: Of the site; None of a page without bills.
    """
    return await asyncio.to_thread(known_formulas, billing)


def known_formulas(billing: SiteBilling | None) -> tuple[FormulaVersion, ...]:
    """As `site_formulas`, in a thread that may wait for files."""
    if billing is None:
        return ()
    try:
        return billing.terms().formulas
    except InputError as error:
        _LOG.warning("formulas are not shown: %s", error)
        return ()


def formulas_of(
    live: LiveSite, formulas: tuple[FormulaVersion, ...], panel: str, at: datetime
) -> Iterator[LiveFormula]:
    """Those that are listed with a panel, by id.

    Args:
        live: With the readings of all panels.
        formulas: Of the site.
        panel: Its id.
        at: The present.
    """
    for span in formulas_now(formulas, at):
        version = span.version
        if version.panel == panel:
            yield LiveFormula(
                version.id,
                version.description,
                live.customer_of(version.circuit),
                members_text(span.terms),
                _watts(live, span.terms),
            )


def coming_formulas(
    formulas: tuple[FormulaVersion, ...], panel: str, at: datetime
) -> list[FormulaVersion]:
    """The first version of each that is listed with a panel and is to begin, by id."""
    here = {span.version.id for span in formulas_now(formulas, at) if span.version.panel == panel}
    coming = dict[str, FormulaVersion]()
    for one in sorted(formulas, key=attrgetter("valid_from")):
        if one.panel == panel and one.id not in here and one.members and one.valid_from > at:
            coming.setdefault(one.id, one)
    return [coming[key] for key in sorted(coming)]


def formulas_now(formulas: tuple[FormulaVersion, ...], at: datetime) -> Iterator[FormulaSpan]:
    """Those in force at an instant."""
    return formula_spans(formulas, at, at + _MOMENT)


def _watts(live: LiveSite, terms: Members) -> float | None:
    total = 0.0
    for term in terms:
        panel = live.panel(term.panel)
        if panel is None or panel.stale or not isinstance(term.circuit, int):
            return None
        watts = panel.reading(term.circuit).watts
        if watts is None:
            return None
        total += term.sign * watts
    return total
