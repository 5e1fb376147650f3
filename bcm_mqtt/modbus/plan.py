"""The read plan of a panel: one request per contiguous block of registers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bcm_mqtt.profiles import Profile, ProfileRow

MAX_REGISTERS = 125
"""Per request: Modbus Application Protocol V1.1b3, section 6.3."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One read of consecutive registers.

    Attributes:
        unit: Unit id.
        function_code: 3 or 4.
        address: Of the first register, as on the wire.
        count: Registers to read.
        poles: The pole whose current each register holds, in order.
    """

    unit: int
    function_code: int
    address: int
    count: int
    poles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """All requests that make one snapshot of a panel.

    Attributes:
        panel: Panel id.
        pole_count: Poles of the panel.
        milliamps_per_count: Of every register.
        requests: In the order of the profile's device ids.
    """

    panel: str
    pole_count: int
    milliamps_per_count: int
    requests: tuple[ReadRequest, ...]


def read_plan(panel: str, profile: Profile, unit_ids: Sequence[int], pole_count: int) -> PanelPlan:
    """The plan that reads each pole of a panel once.

    Args:
        panel: Panel id.
        profile: Register map, with the panel's overrides applied.
        unit_ids: Modbus addresses in the order of the profile's device ids.
        pole_count: Poles of the panel; channels beyond it are not read.
    """
    by_unit = defaultdict[int, list[ProfileRow]](list)
    for row in profile.rows():
        if row.pole <= pole_count:
            by_unit[row.unit_offset].append(row)
    return PanelPlan(
        panel=panel,
        pole_count=pole_count,
        milliamps_per_count=profile.milliamps_per_count,
        requests=tuple(
            ReadRequest(
                unit=unit_ids[offset],
                function_code=profile.function_code,
                address=block[0].address,
                count=len(block),
                poles=tuple(row.pole for row in block),
            )
            for offset, rows in sorted(by_unit.items())
            for block in _blocks(rows)
        ),
    )


def _blocks(rows: list[ProfileRow]) -> list[list[ProfileRow]]:
    """Rows grouped into runs of consecutive addresses, none longer than a request may be."""
    ordered = sorted(rows, key=lambda row: row.address)
    runs = groupby(enumerate(ordered), key=lambda pair: pair[1].address - pair[0])
    blocks = []
    for _, run in runs:
        block = [row for _, row in run]
        blocks += [block[i : i + MAX_REGISTERS] for i in range(0, len(block), MAX_REGISTERS)]
    return blocks
