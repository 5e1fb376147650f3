"""Findings about panels, and the customers whose bills they concern.

A pole on two circuits concerns the customers of both. A panel whose circuits differ from what
feeds it, or whose bridge had a wrong clock, concerns every customer with a circuit on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from bcm_mqtt.billing.formulas.month import FormulaMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.reading.bridge_clock import ClockFault
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts
from bcm_mqtt.domain.usage.clock_findings import clock_findings
from bcm_mqtt.domain.usage.main_findings import main_findings
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.acceptance import is_accepted, panel_mark, row_of
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding, Flag


@dataclass(frozen=True, slots=True)
class Concern:
    """A finding and the customers (ids) whose bills have it."""

    finding: Finding
    customers: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoredAboutPanel:
    """What is stored of a panel's month apart from readings.

    Attributes:
        accepting: Entries that accept findings.
        clock_faults: Of its bridge's clock.
    """

    accepting: Sequence[IntervalEdit]
    clock_faults: Sequence[ClockFault]


def panel_concerns(
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    usage: Iterable[Usage],
    time: BilledTime,
    until: datetime,
    stored: Mapping[str, StoredAboutPanel],
    formulas: FormulaMonth | None = None,
) -> Iterator[Concern]:
    """What is found of panels in a month, and no entry accepts.

    Args:
        directories: By panel.
        terms: Who feeds what, and whose a circuit is.
        usage: Rows of the whole site.
        time: The month.
        until: Its end, or the present if that is earlier.
        stored: What else is known of a panel, by panel.
        formulas: Of the month; None of a site without.
    """
    rows = list(usage)
    customers = defaultdict[str, set[str]](set)
    for row in rows:
        for panel, _ in row.measured_circuits:
            customers[panel].add(row.customer)
    for panel, directory in directories.items():
        yield from _poles_twice(directory, terms, time, stored[panel].accepting)
    clocks = (clock_findings(about.clock_faults, time.start, time.end) for about in stored.values())
    remainders = formulas.remainders if formulas else {}
    mains = main_findings(rows, terms.feeders, time.start, until, remainders)
    for finding, whose in formulas.misbilled() if formulas else ():
        if not is_accepted(finding, "", stored[finding.panel].accepting):
            yield Concern(finding, whose)
    for finding in chain(mains, *clocks):
        panel = finding.panel
        mark = panel_mark(directories[panel].at(time.start).values())
        if not is_accepted(finding, mark, stored[panel].accepting):
            yield Concern(finding, frozenset(customers[panel]))


def _poles_twice(
    directory: Directory, terms: BillingTerms, time: BilledTime, accepting: Sequence[IntervalEdit]
) -> Iterator[Concern]:
    for one, other, reason in pole_conflicts(directory.versions):
        start = max(time.start, one.valid_from, other.valid_from)
        if start >= time.end:
            continue
        finding = Finding(Flag.POLE_TWICE, directory.panel.id, other.poles, start, time.end, reason)
        if not is_accepted(finding, row_of(other), accepting):
            customers = frozenset(terms.rule.customer_of(version) for version in (one, other))
            yield Concern(finding, customers)
