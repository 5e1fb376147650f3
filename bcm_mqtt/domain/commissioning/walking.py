"""Somebody who walks a panel: the walk, the clamp meter at hand, and what was found last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.commissioning.clamp import Clamp, compared
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.commissioning.walk import Walk
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.panel_load import PanelMeters
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.usage.uncertainty.accuracy import Classes, classes_of

_INSTANT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Walking:
    """The state after an event; never changed, each event makes the next.

    Attributes:
        walk: Through the panel.
        clamp: The clamp meter.
        who: Does it.
        newest: The last poll, corrected by meters.csv.
        done: Results of the breaker that was found last.
        found: What the last event found, to be stored.
    """

    walk: Walk
    clamp: Clamp
    who: str
    newest: Snapshot | None = None
    done: tuple[Result, ...] = ()
    found: tuple[Result, ...] = ()

    @property
    def measured(self) -> tuple[Result, ...]:
        """Those of the last breaker beside which a clamp meter can be read."""
        return tuple(one for one in self.done if one.answered)

    def take(self, snapshot: Snapshot) -> "Walking":
        """After a poll."""
        corrected = PanelCorrection.at(self.walk.directory, snapshot.time).corrected(snapshot)
        return replace(self._at(self.walk.take(snapshot)), newest=corrected)

    def nothing(self, at: datetime) -> "Walking":
        """After the load was on and nothing answered."""
        return self._at(self.walk.nothing(at))

    def passed_over(self) -> "Walking":
        """After a breaker was left out."""
        return self._at(self.walk.passed_over())

    def clamp_read(self, amps: Sequence[float], at: datetime) -> "Walking":
        """After the clamp meter was read beside the last breaker.

        Args:
            amps: Of each pole that answered.
            at: When, UTC.

        Raises:
            ValueError: there is nothing to compare with, and why.
        """
        if len(amps) != len(self.measured):
            raise ValueError(f"expected the amps of {len(self.measured)} poles")
        step, results = self.walk.directory.panel.current_step, []
        for one, clamp in zip(self.measured, amps, strict=True):
            pole = one.answered or 0
            ours = self._amps(pole)
            classes = self._classes((pole,), at)
            dated = replace(one, at=at, who=self.who)
            results.append(compared(dated, ours, clamp, classes, step, self.clamp))
        return replace(self, done=tuple(results), found=tuple(results))

    def main_read(self, amps: Sequence[float], at: datetime) -> "Walking":
        """After the clamp meter was read on the main.

        Args:
            amps: Of each phase.
            at: When, UTC.

        Raises:
            ValueError: there is nothing to compare with, and why.
        """
        panel = self.walk.directory.panel
        letters = panel.phase_letters
        if len(amps) != len(letters) or self.newest is None:
            raise ValueError(f"expected the amps of phases {', '.join(letters)}")
        load = PanelMeters.at(self.walk.directory, at).main.load(self.newest.current, ())
        classes = self._classes(range(1, panel.pole_count + 1), at)
        results = []
        for letter, clamp in zip(letters, amps, strict=True):
            ours = load.phases[letter]
            if ours is None:
                raise ValueError(f"a pole of phase {letter} has no reading now: try again")
            place = Result(panel.id, at, f"main {letter}", self.who, Verdict.COMPARED)
            results.append(compared(place, ours, clamp, classes, panel.current_step, self.clamp))
        return replace(self, found=tuple(results))

    def _at(self, walk: Walk) -> "Walking":
        new = (one for one in walk.results if one not in self.walk.results)
        found = tuple(replace(one, who=self.who) for one in new)
        return replace(self, walk=walk, done=found or self.done, found=found)

    def _amps(self, pole: int) -> float:
        current = self.newest.current if self.newest else ()
        milliamps = current[pole - 1] if pole <= len(current) else None
        if milliamps is None:
            raise ValueError(f"pole {pole} has no reading now: try again")
        return milliamps / PER_UNIT

    def _classes(self, poles: Sequence[int], at: datetime) -> Classes:
        return classes_of(self.walk.directory.instruments, poles, at, at + _INSTANT)
