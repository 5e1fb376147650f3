"""How figures of a bill over several sites came about: those of each site, and what is joint."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bcm_mqtt.billing.explaining.bill_steps import line_step
from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Section, Step
from bcm_mqtt.domain.bill.bill import Bill, BilledSite
from bcm_mqtt.domain.bill.joint import lines_of, parts_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import _

Explainer = Callable[[Bill, FigureQuery], Sequence[Section]]
"""Explains what a bill has of a site."""


def joint_sections(
    bill: Bill, query: FigureQuery, explainers: Mapping[str, Explainer]
) -> Iterator[Section]:
    """The sections of each site that a query is about, with its name, and those of the bill.

    Args:
        bill: Over several sites.
        query: Which figures; a circuit's panel may have the id of its site before it.
        explainers: By site id.

    Raises:
        InputError: there is no such line, circuit or time on the bill.
    """
    if query.line is not None and not 1 <= query.line <= len(bill.lines):
        message = f"line {query.line}: expected a line from 1 to {len(bill.lines)}"
        raise InputError.of(message)
    for site, part in zip(bill.sites, parts_of(bill), strict=True):
        if (own := _own(bill, site, query)) is not None:
            # By what it was issued with, such as prices of the site's series.
            for section in explainers[site.id](replace(part, issue=bill.issue), own):
                yield replace(section, title=f"{site.name} ({site.id}): {section.title}")
    line = bill.lines[query.line - 1] if query.line else None
    if line is not None and line.is_tax_on_all:
        yield Section(_("line"), (line_step(query.line or 0, line, bill.currency),))
    elif query == FigureQuery():
        numbered = enumerate(bill.lines, 1)
        steps = tuple(line_step(index, one, bill.currency) for index, one in numbered)
        yield Section(_("lines"), (*steps, Step(_("total"), bill.amount, bill.currency, SUM)))


def _own(bill: Bill, site: BilledSite, query: FigureQuery) -> FigureQuery | None:
    """What of a query is about a site, in its names; None where nothing is."""
    if query.circuit:
        at, _slash, panel = query.circuit[0].rpartition("/")
        if at not in {"", site.id}:
            return None
        query = replace(query, circuit=(panel, query.circuit[1]))
        names = {row.panel for row in bill.usage}
        return query if f"{site.id}/{panel}" in names else None
    if query.line is None:
        return query
    lines = lines_of(bill, site)
    line = bill.lines[query.line - 1]
    return replace(query, line=lines.index(line) + 1) if line in lines else None
