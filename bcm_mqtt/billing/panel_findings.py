"""Findings about panels, and the customers whose bills they concern.

A pole on two circuits concerns the customers of both. A panel whose circuits differ from what
feeds it concerns every customer with a circuit on it: which of them is wrong is not known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts
from bcm_mqtt.domain.usage.main_findings import main_findings
from bcm_mqtt.domain.usage.panel_usage import BilledTime
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.acceptance import is_accepted, panel_mark, row_of
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding, Flag


@dataclass(frozen=True, slots=True)
class Concern:
    """A finding and the customers (ids) whose bills have it."""

    finding: Finding
    customers: frozenset[str]


def panel_concerns(
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    usage: Iterable[Usage],
    time: BilledTime,
    until: datetime,
    accepting: Mapping[str, Sequence[IntervalEdit]],
) -> Iterator[Concern]:
    """What is found of panels in a month, and no entry accepts.

    Args:
        directories: By panel.
        terms: Who feeds what, and whose a circuit is.
        usage: Rows of the whole site.
        time: The month.
        until: Its end, or the present if that is earlier.
        accepting: Entries that accept findings, by panel.
    """
    rows = list(usage)
    for panel, directory in directories.items():
        yield from _poles_twice(directory, terms, time, accepting[panel])
    for finding in main_findings(rows, terms.feeders, time.start, until):
        panel = finding.panel
        mark = panel_mark(directories[panel].at(time.start).values())
        if not is_accepted(finding, mark, accepting[panel]):
            concerned = {row.customer for row in rows if row.panel == panel}
            yield Concern(finding, frozenset(concerned))


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
