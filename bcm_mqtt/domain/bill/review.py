"""Review: why a bill is held before it is issued, and who released it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.quality import Finding, Flag

_PERCENT_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class BillRelease:
    """Somebody reviewed a held bill and stands for it; never changed or deleted.

    Attributes:
        month: Of the bill.
        customer: Its customer's id.
        author: Who says so.
        reason: Why the bill is right as it is.
        made: When it was entered, UTC.
    """

    month: Month
    customer: str
    author: str
    reason: str
    made: datetime


def holds(bill: Bill, limit: Decimal) -> Iterator[str]:
    """The reasons.

    Args:
        bill: A draft, with its findings: those of flags that hold are reasons, until they are
            accepted and thereby no findings.
        limit: Greatest share, 0 to 1, that needs no review: of the energy that is estimated,
            and of the circuit hours that are missing, or estimated or missing.
    """
    percent = f"more than {(limit * 100).normalize():f} %"
    coverage = bill.coverage
    hours = coverage.hours or Decimal(1)
    missing = coverage.missing_hours / hours
    not_measured = missing + coverage.estimated_hours / hours
    if bill.estimated_share > limit:
        yield f"{_percent(bill.estimated_share)} of the energy is estimated, {percent}"
    if missing > limit:
        yield (
            f"{_percent(missing)} of the circuit hours are missing and could not be estimated, "
            f"{percent}"
        )
    if not_measured > limit >= max(bill.estimated_share, missing):
        yield f"{_percent(not_measured)} of the circuit hours are estimated or missing, {percent}"
    yield from _holding(bill.findings)


def _holding(findings: Iterable[Finding]) -> Iterator[str]:
    """Each circuit's findings of one flag as one reason, with the figures of the first."""
    alike = defaultdict[tuple[Flag, str, tuple[int, ...]], list[Finding]](list)
    for finding in findings:
        if finding.flag.holds:
            alike[finding.flag, finding.panel, finding.poles].append(finding)
    for (flag, panel, poles), found in alike.items():
        where = f"{panel}:{poles_text(poles)}" if poles else panel
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield f"{where}: {flag.meaning.title}: {found[0].detail}{more}"


def is_barred(bill: Bill) -> bool:
    """Whether no release issues the bill: something of it has no price."""
    return any(finding.flag.meaning.bars for finding in bill.findings)


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(_PERCENT_STEP)} %"
