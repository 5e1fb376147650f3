"""Numbers as people write them: ASCII digits with a point, no underscores, no other scripts.

Owns: reading them. Does not own: what range a number may have.
Invariant: what Python alone would read, such as `1_0` or Arabic digits, is refused.
"""

import re
from decimal import Decimal

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")
_LONGEST = 100


def whole_of(text: str) -> int:
    """The whole number of a text; raises ValueError."""
    if len(text) > _LONGEST or not _WHOLE.fullmatch(text):
        message = f"expected a whole number, not {text[:_LONGEST]!r}"
        raise ValueError(message)
    return int(text)


def point(text: str) -> str:
    """What to add to a complaint about a number that was written with a comma."""
    return ", with a decimal point and no comma" if "," in text else ""


def decimal_of(text: str) -> Decimal:
    """The finite number of a text, exactly; raises ValueError."""
    if len(text) > _LONGEST or not _DECIMAL.fullmatch(text):
        message = f"expected a number{point(text)}, not {text[:_LONGEST]!r}"
        raise ValueError(message)
    return Decimal(text)
