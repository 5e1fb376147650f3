"""A formula circuit: what it adds and takes away, by row and by interval."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.power.demand_steps import mean_power
from bcm_mqtt.billing.explaining.steps import SUM, Row, Section, Step, local, quality_text
from bcm_mqtt.languages import N_, _, translated


def member_rows(row: Row) -> Iterator[Row]:
    """The rows of what was measured: of a formula one for each member, else the row itself."""
    if not row.part.members:
        yield row
    for _sign, part in row.part.members:
        for usage, cut in zip(part.rows, part.cuts, strict=True):
            if cut is row.cut:
                yield Row(usage, part, cut)


def formula_members(row: Row, title: str) -> Iterator[Section]:
    """What the energy of a formula's row is made of; nothing of another row."""
    if row.part.members:
        known = _all_known(row)
        steps = [
            Step(_place(sign, one), sign * one.microwatt_hours, "uWh", note=_described(one))
            for sign, one in _signed(row)
        ]
        note = "" if known else _("without the intervals of which any member is missing")
        last = Step(_("together"), row.microwatt_hours, "uWh", SUM if known else "", note)
        yield Section(_("%(circuit)s: its members", circuit=title), (*steps, last))


def formula_interval(row: Row, slot: int, zone: ZoneInfo) -> Section:
    """What 15 minutes of a formula's row are made of."""
    load = row.part.load
    steps = [
        Step(
            _place(sign, one),
            sign * int(one.part.load.microwatt_hours[slot]),
            "uWh",
            note=translated(_quality(one, slot)),
        )
        for sign, one in _signed(row)
    ]
    energy, quality = int(load.microwatt_hours[slot]), _quality(row, slot)
    formula = SUM if sum(int(step.amount or 0) for step in steps) == energy else ""
    title = _(
        "%(circuit)s: 15 minutes from %(time)s",
        circuit=row.title(zone),
        time=local(load.slots.at(slot), zone),
    )
    total = Step(_("energy"), energy, "uWh", formula, translated(quality))
    return Section(title, (*steps, total, mean_power(_("mean power"), energy)))


def _signed(row: Row) -> Iterator[tuple[int, Row]]:
    signs = (sign for sign, _part in row.part.members)
    yield from zip(signs, member_rows(row), strict=True)


def _place(sign: int, row: Row) -> str:
    """`- msb-1:5`."""
    usage = row.usage
    return f"{'+' if sign > 0 else '-'} {usage.panel}:{usage.circuit.id}"


def _described(row: Row) -> str:
    return row.usage.circuit.description


def _all_known(row: Row) -> bool:
    """Whether the members add up to the row: nothing of any of them is missing."""
    total = sum(sign * one.microwatt_hours for sign, one in _signed(row))
    return total == row.microwatt_hours


def _quality(row: Row, slot: int) -> str:
    load = row.part.load
    if not load.is_incomplete(slot):
        return N_("wholly measured")
    return quality_text(load, int(load.incomplete.searchsorted(slot)))
