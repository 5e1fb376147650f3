"""What of a panel's instruments needs attention, such as an approval that has ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Exchange, Instrument, exchanges, in_force


@dataclass(frozen=True, slots=True)
class InstrumentFinding:
    """Something that needs attention.

    Attributes:
        panel: Its id.
        poles: Of which.
        serial: Of the meter, "" where unknown.
        message: What it is, and what to do.
    """

    panel: str
    poles: tuple[int, ...]
    serial: str
    message: str


def instrument_findings(
    directory: Directory, at: datetime, zone: ZoneInfo, *, counts_energy: bool
) -> list[InstrumentFinding]:
    """What needs attention on a panel that has instruments; none on one that has not.

    Args:
        directory: With the rows.
        at: The present.
        zone: In which an approval ends with its day.
        counts_energy: Whether its meters have energy registers.
    """
    if not directory.instruments:
        return []
    findings = [*_of_rows(directory, at, zone)]
    if counts_energy:
        findings += _of_exchanges(directory)
    return findings


def _of_rows(directory: Directory, at: datetime, zone: ZoneInfo) -> Iterator[InstrumentFinding]:
    panel, today = directory.panel, at.astimezone(zone).date()
    poles = panel.monitored(tuple(range(1, panel.pole_count + 1)))
    held = [(in_force(directory.instruments, pole, at), pole) for pole in poles]
    by_row = groupby(sorted(held, key=_place), key=_place)
    for _, of_row in by_row:
        listed = list(of_row)
        row, own = listed[0][0], tuple(pole for _, pole in listed)
        if row is None:
            message = "no row says which meter it is: add one"
            yield InstrumentFinding(panel.id, own, "", message)
        elif row.approval_until and row.approval_until < today:
            message = f"the approval ended on {row.approval_until}: have it renewed or exchanged"
            yield InstrumentFinding(panel.id, own, row.serial, message)


def _place(held: tuple[Instrument | None, int]) -> tuple[bool, tuple[int, ...], int]:
    row, _ = held
    return row is None, row.poles if row else (), id(row)


def _of_exchanges(directory: Directory) -> Iterator[InstrumentFinding]:
    rows = directory.instruments
    poles = sorted({pole for row in rows for pole in row.poles})
    unresolved = [
        (one.time, pole, one)
        for pole in poles
        for one in exchanges(rows, pole)
        if not one.resolved and one.before is not None
    ]
    for time, of_time in groupby(
        sorted(unresolved, key=lambda item: item[:2]), lambda item: item[0]
    ):
        listed = list(of_time)
        missing = sorted({text for _, _, one in listed for text in _missing(one)})
        message = (
            f"the exchange of {time:%F %H:%M}Z has no {' and no '.join(missing)}: give it with "
            "bcm-mqtt meters exchange --at the same time"
        )
        own = tuple(pole for _, pole, _ in listed)
        yield InstrumentFinding(directory.panel.id, own, listed[0][2].after.serial, message)


def _missing(exchange: Exchange) -> Sequence[str]:
    readings = {
        "last reading of the old meter": exchange.last_reading_kwh,
        "first reading of the new meter": exchange.first_reading_kwh,
    }
    return [text for text, kwh in readings.items() if kwh is None]
