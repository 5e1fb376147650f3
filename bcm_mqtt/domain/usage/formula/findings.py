"""What is found of a formula: intervals below 0, and all that is found of its members."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bcm_mqtt.domain.usage.customer_load import kw_of, kwh_of
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.acceptance import is_accepted
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding, Flag


def formula_findings(
    part: CircuitUsage, accepting: Mapping[str, Sequence[IntervalEdit]]
) -> Iterator[Finding]:
    """What no entry accepts.

    Args:
        part: Of a formula.
        accepting: Entries that accept findings, by panel.
    """
    for _, member in part.members:
        yield from findings(member, accepting.get(member.owner.panel, ()))
    entries = accepting.get(part.owner.panel, ())
    for finding in negative_findings(part):
        if not is_accepted(finding, "", entries):
            yield finding


def negative_findings(part: CircuitUsage) -> Iterator[Finding]:
    """One for all intervals in which less than nothing is left, of the panel of the formula.

    It holds the bill but where each of them is within what the members' meters may err, and all
    of them together with the rest are not below 0.
    """
    load = part.load
    billed = np.logical_or.reduce([cut.touched for cut in part.cuts])
    slots = np.flatnonzero(billed & (load.microwatt_hours < 0))
    if not slots.size:
        return
    energy = load.microwatt_hours[slots]
    lowest = int(energy.argmin())
    count = f"{slots.size} interval" if slots.size == 1 else f"{slots.size} intervals"
    detail = (
        f"{part.owner.circuit.formula}: {count} below 0, together {kwh_of(int(energy.sum()))} "
        f"kWh, the lowest {kw_of(int(energy[lowest]))} kW at "
        f"{load.slots.at(int(slots[lowest])):%F %H:%M} UTC"
    )
    start, end = load.slots.at(int(slots[0])), load.slots.at(int(slots[-1]) + 1)
    billed_kwh = sum(row.kwh for row in part.rows)
    may_err = part.tolerance is not None and bool(np.all(-energy <= part.tolerance[slots]))
    within = may_err and billed_kwh >= 0
    flag = Flag.FORMULA_NEAR_ZERO if within else Flag.FORMULA_NEGATIVE
    yield Finding(flag, part.owner.panel, (), start, end, detail, part.owner.circuit.formula)
