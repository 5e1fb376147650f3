"""The service: nominal voltages of a panel (ANSI C84.1 names them line-neutral/line-line)."""

import re
from dataclasses import dataclass
from enum import StrEnum

_PAIR = re.compile(r"(\d+)/(\d+)")
_SINGLE = re.compile(r"(\d+)")


class System(StrEnum):
    """How the transformer's secondary is connected."""

    WYE = "wye"
    SPLIT = "split"
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class Service:
    """Nominal voltages of a panel.

    Attributes:
        name: As written in the configuration, such as `120/208`.
        system: Wye, split phase or delta.
        v_ln: Line to neutral in V; None on a delta service, which has no neutral.
        v_ll: Line to line in V.
    """

    name: str
    system: System
    v_ln: int | None
    v_ll: int

    @classmethod
    def parse(cls, name: str) -> "Service":
        """The service of a name: `120/208` is wye, `120/240` split, `480` delta.

        A pair is wye when the second is sqrt(3) times the first within 2 % (nominal
        voltages are rounded: 347/600 is 1.729), split phase when it is exactly twice.

        Raises:
            ValueError: the name is none of these.
        """
        if match := _PAIR.fullmatch(name):
            v_ln, v_ll = int(match[1]), int(match[2])
            if v_ln and v_ll == 2 * v_ln:
                return cls(name, System.SPLIT, v_ln, v_ll)
            if v_ln and abs(v_ll / v_ln / 3**0.5 - 1) <= 0.02:
                return cls(name, System.WYE, v_ln, v_ll)
        elif (match := _SINGLE.fullmatch(name)) and int(match[1]) > 0:
            return cls(name, System.DELTA, None, int(match[1]))
        message = (
            f"unknown service {name!r}: expected line-neutral/line-line such as 120/208 (wye), "
            "120/240 (split phase), or line-line alone such as 480 (delta)"
        )
        raise ValueError(message)
