"""Panels: their service, the geometry of their poles, and how circuits connect to them.

The service is the nominal voltages, which ANSI C84.1 writes line-neutral/line-line.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bcm_mqtt.domain.site.companion import Companion

_PAIR = re.compile(r"([0-9]+)/([0-9]+)")
_SINGLE = re.compile(r"([0-9]+)")


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


class Connection(StrEnum):
    """A circuit's connection; the value is what files, topics and pages show."""

    LINE_NEUTRAL = "1P"
    LINE_LINE = "2P"
    TWO_LINE_NEUTRAL = "2P-N"
    WYE = "3P"
    DELTA = "3P-D"
    NONE = "none"
    """The breaker is gone: from this version on its poles are free."""

    @property
    def pole_count(self) -> int:
        """Number of poles the breaker takes; 0 for a breaker that is gone."""
        return {"1": 1, "2": 2, "3": 3}.get(self.value[0], 0)

    @property
    def needs_neutral(self) -> bool:
        """Whether its load returns through the neutral."""
        return self in {Connection.LINE_NEUTRAL, Connection.TWO_LINE_NEUTRAL}

    @classmethod
    def usual(cls, pole_count: int) -> "Connection":
        """The connection of a breaker of which nothing but its poles is known."""
        return {1: cls.LINE_NEUTRAL, 2: cls.LINE_LINE, 3: cls.WYE}.get(pole_count, cls.NONE)


def why_not(connection: Connection, service: Service) -> str | None:
    """Why this service cannot feed this connection, or None when it can."""
    if connection.needs_neutral and service.v_ln is None:
        return f"connection {connection} needs a neutral, which delta service {service.name} lacks"
    if connection.pole_count == 3 and service.system is System.SPLIT:
        return f"connection {connection} needs three phases, split-phase {service.name} has two"
    return None


@dataclass(frozen=True, slots=True)
class Panel:
    """A panelboard, RPP or PDU panel.

    Attributes:
        id: `[a-z0-9_-]+`, as in topics.
        name: What people call it.
        service: Its nominal voltages.
        pole_count: Pole positions, 1 to `pole_count`; odd left, even right.
        main_rating: Amps of the main breaker, None where unknown.
        power_factor: Of circuits that state none, 0 < pf <= 1.
        feed: `A` or `B` of a redundant pair, or "".
        redundant_with: Id of the other panel of the pair, or "".
        unmonitored: Poles without a current transformer.
        voltage_from: Where its voltages are measured; None for its nominal ones.
        power_factor_from: Where the power factors of circuits that state none are measured.
        states_unity: Whether a power factor of 1 is stated by it; else 1 is an assumption.
        current_step: In which its meters give current, in A; None where it is not known.
        power_step: In which they give power, in W; None where it is not known, or they do not.
        valid_from: From when it is a panel of this site, UTC, on a quarter hour; None is always.
        valid_to: Until when, UTC, on a quarter hour; None is for good.
    """

    id: str
    name: str
    service: Service
    pole_count: int
    main_rating: int | None = None
    power_factor: Decimal = Decimal(1)
    feed: str = ""
    redundant_with: str = ""
    unmonitored: frozenset[int] = frozenset()
    voltage_from: Companion | None = None
    power_factor_from: Companion | None = None
    states_unity: bool = False
    current_step: Decimal | None = None
    power_step: Decimal | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def is_there(self, time: datetime) -> bool:
        """Whether it is a panel of this site at an instant."""
        begun = self.valid_from is None or self.valid_from <= time
        return begun and not self.has_gone(time)

    def has_gone(self, time: datetime) -> bool:
        """Whether it was a panel of this site and is no longer."""
        return self.valid_to is not None and self.valid_to <= time

    def within(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """What of a time it is a panel of this site; the end is not after the start where none."""
        begins, ends = max(start, self.valid_from or start), min(end, self.valid_to or end)
        return begins, max(begins, ends)

    @property
    def states_power_factor(self) -> bool:
        """Whether it states the power factor of circuits that state none."""
        return self.states_unity or self.power_factor != 1

    @property
    def phase_letters(self) -> str:
        """The phases of its service: `ABC`, or `AB` of split phase."""
        return "AB" if self.service.system is System.SPLIT else "ABC"

    def phase(self, pole: int) -> str:
        """Phase letter of a pole: rows go A, B, C down the panel (split phase: A, B)."""
        letters = self.phase_letters
        return letters[((pole - 1) // 2) % len(letters)]

    def monitored(self, poles: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the poles that have a current transformer."""
        return tuple(pole for pole in poles if pole not in self.unmonitored)


def breaker_poles(first: int, count: int) -> tuple[int, ...]:
    """Poles of a breaker: n, n+2, n+4, down one side of the panel."""
    return tuple(range(first, first + 2 * count, 2))
