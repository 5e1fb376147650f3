"""Units of lines as UN/ECE Recommendation 20 codes them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine

ONE: Final = "C62"
"""The code of "one": of what is charged as a whole."""
_COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {"months": "MON", "days": "DAY", "circuits": ONE, "items": ONE, "A": "AMP"}
)
_POWER: Final[Mapping[str, str]] = MappingProxyType({"kW": "KWT", "kVA": "KVA", "kvar": "KVR"})
_BY_KIND: Final[Mapping[LineKind, Mapping[str, str]]] = MappingProxyType(
    {
        LineKind.ENERGY: {"kWh": "KWH"},
        LineKind.ALLOCATION: {"kWh": "KWH", "items": ONE},
        LineKind.RIDER: {"kWh": "KWH"},
        LineKind.DEMAND: _POWER,
        LineKind.COMMITTED: _POWER,
        LineKind.REACTIVE: {"kvarh": "K3", **_POWER},
        LineKind.FEE: _COUNTED,
        LineKind.SURCHARGE: _COUNTED,
        LineKind.MINIMUM: _COUNTED,
        LineKind.MAXIMUM: _COUNTED,
        LineKind.ITEM: _COUNTED,
        LineKind.UNTAXED_ITEM: _COUNTED,
        LineKind.TAX: {},
    }
)
"""K3 is the kilovolt ampere reactive hour; days, months, circuits and amperes are of fees."""


def unit_code(line: BillLine) -> str:
    """The code of a line's unit; of a share of other lines that of one.

    Raises:
        ValueError: it has none.
    """
    if line.is_share:
        return ONE
    known = _BY_KIND.get(line.kind, {})
    if line.unit not in known:
        expected = ", ".join(known) or "a share of other lines"
        raise ValueError(f"unit {line.unit!r} has no code of UN/ECE Rec 20: expected {expected}")
    return known[line.unit]
