"""What the page of a month's findings shows: those that are chosen, and what may be chosen."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.review import StoredEntry
from bcm_mqtt.billing.wording.findings import title
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import _
from bcm_mqtt.web.billing.findings.rows import UNALLOCATED, CircuitFindings, Found, circuits
from bcm_mqtt.web.billing.month_head import MonthHead

_PAGE: Final = 30
"""Circuits: 400 findings at once are 80 screens of a phone."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page is to show; "" is all, and of that a page of so many circuits."""

    panel: str = ""
    customer: str = ""
    flag: str = ""
    page: int = 1

    @property
    def query(self) -> str:
        """Of a link to what is chosen."""
        values = {"panel": self.panel, "customer": self.customer, "flag": self.flag}
        return urlencode({key: value for key, value in values.items() if value})

    def has(self, finding: Finding, customers: Iterable[str]) -> bool:
        """Whether a finding is chosen."""
        return (
            self.panel in {"", finding.panel}
            and self.flag in {"", finding.flag.value}
            and (not self.customer or self.customer in customers)
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a list to choose from."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FindingsView(MonthHead):
    """The page.

    Attributes:
        holding: Circuits with findings that hold bills, and those alone.
        others: The same of findings that hold none.
        count: Findings that are chosen.
        of: Findings that there are.
        query: Which are chosen, for a link.
        page: Of those that are chosen, from 1.
        pages: How many.
        panels: Which may be chosen.
        customers: Which may be chosen.
        flags: Which may be chosen.
    """

    holding: tuple[CircuitFindings, ...] = ()
    others: tuple[CircuitFindings, ...] = ()
    count: int = 0
    of: int = 0
    query: str = ""
    page: int = 1
    pages: int = 1
    panels: tuple[Option, ...] = ()
    customers: tuple[Option, ...] = ()
    flags: tuple[Option, ...] = ()


def findings_view(
    view: FindingsView, work: MonthWork, entries: Iterable[StoredEntry], choice: Choice
) -> FindingsView:
    """The page of a month that was computed.

    Args:
        view: Its head.
        work: As it was computed.
        entries: All of them.
        choice: What the page is to show.
    """
    known = Found.of(work, entries)
    listed = list(known.customers)
    chosen = [one for one in listed if choice.has(one, known.customers[one])]
    holding, others = (
        list(circuits(chosen, known, work.zone, holds=holds)) for holds in (True, False)
    )
    pages = max(1, -(-(len(holding) + len(others)) // _PAGE))
    page = min(choice.page, pages)
    first = (page - 1) * _PAGE
    after = max(0, first - len(holding))
    here = holding[first : first + _PAGE]
    return replace(
        view,
        holding=tuple(here),
        others=tuple(others[after : after + _PAGE - len(here)]),
        count=len(chosen),
        of=len(listed),
        page=page,
        pages=pages,
        panels=_options(((one.panel, one.panel) for one in listed), choice.panel),
        customers=_options(_customers(known), choice.customer),
        flags=_options(((one.flag.value, title(one.flag)) for one in listed), choice.flag),
    )


def _customers(known: Found) -> Iterator[tuple[str, str]]:
    for of in known.customers.values():
        yield from ((one, _("unallocated") if one == UNALLOCATED else one) for one in of)


def _options(found: Iterable[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    """What may be chosen, each with the number of its findings.

    Args:
        found: Value and text of each finding.
        chosen: The value that is, of which there may be none.
    """
    counts = Counter(found)
    if chosen and chosen not in {value for value, _ in counts}:
        counts[chosen, chosen] = 0
    ordered = sorted(counts.items(), key=lambda item: item[0][1].lower())
    return tuple(
        Option(value, _("%(what)s (%(count)s)", what=text, count=count), value == chosen)
        for (value, text), count in ordered
    )
