"""A walk through a panel: one breaker after the other is asked for, and what answers is judged.

The load of a breaker is switched on. Where its own poles rise and no others do, that is enough.
Anything else is confirmed by switching the load off and on again: what follows every time is the
load, what does not is some other one that switched by itself. So a load that comes on by chance
is never taken for a mistake of the wiring.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bcm_mqtt.domain.commissioning.polarity import with_polarity
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.commissioning.steps import AFTER, WINDOW, Step, floor_amps, latest_steps
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.directory import Directory

_MOST_SWITCHINGS: Final = 6
"""After so many the walk goes on: something switches as often as the load."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk at one moment; never changed, each event makes the next.

    Attributes:
        directory: Of the panel.
        breakers: Which poles are asked for together, in order.
        results: So far, by pole; a breaker that was passed over has none.
        place: Number of the breaker that is asked for.
        series: Newest snapshots, corrected, since it is.
        candidates: Poles that followed every switching of it, with how they rose.
        switchings: How often it was switched.
    """

    directory: Directory
    breakers: tuple[CircuitVersion, ...]
    results: tuple[Result, ...] = ()
    place: int = 0
    series: tuple[Snapshot, ...] = ()
    candidates: Mapping[int, Step] | None = None
    switchings: int = 0

    @property
    def asked(self) -> CircuitVersion | None:
        """The breaker whose load is to be switched; None at the end."""
        return self.breakers[self.place] if self.place < len(self.breakers) else None

    @property
    def asked_poles(self) -> tuple[int, ...]:
        """Its poles that have a transformer."""
        return self.directory.panel.monitored(self.asked.poles) if self.asked else ()

    @property
    def request(self) -> str:
        """What is to be done now, in a sentence; "" at the end."""
        if self.asked is None:
            return ""
        poles = self.asked.poles
        name = f"{'pole' if len(poles) == 1 else 'poles'} {poles_text(poles)}"
        if self.asked.description:
            name += f" ({self.asked.description})"
        if not self.switchings:
            return f"Switch a load on at {name}."
        seen = ", ".join(map(str, self.candidates or {}))
        act = "off" if self.switchings % 2 else "on again"
        poles_seen = "pole" if len(self.candidates or {}) == 1 else "poles"
        return f"To confirm {poles_seen} {seen}, switch the load {act} at {name}."

    def take(self, snapshot: Snapshot) -> "Walk":
        """The walk after a poll of its panel; one that is not newer changes nothing."""
        if self.asked is None or (self.series and snapshot.time <= self.series[-1].time):
            return self
        correction = PanelCorrection.at(self.directory, snapshot.time)
        series = (*self.series, correction.corrected(snapshot))[-WINDOW:]
        walk = replace(self, series=series)
        steps = latest_steps(series, floor_amps(self.directory.panel.current_step))
        return _after(walk, steps) if steps else walk

    def nothing(self, at: datetime) -> "Walk":
        """After the load was switched and nothing answered."""
        return _next(self, {}, Verdict.NONE, at) if self.asked else self

    def passed_over(self) -> "Walk":
        """After the breaker was left out: it has no result."""
        return _at(self, self.place + 1)

    def with_result(self, result: Result) -> "Walk":
        """With another result of a place."""
        others = tuple(one for one in self.results if one.place != result.place)
        return replace(self, results=(*others, result))


def walk_by_circuit(directory: Directory, at: datetime) -> Walk:
    """A walk that asks for each breaker of the directory, all its legs together."""
    monitored = directory.panel.monitored
    return Walk(
        directory, tuple(one for one in directory.every_pole_at(at) if monitored(one.poles))
    )


def walk_by_pole(directory: Directory, at: datetime) -> Walk:
    """A walk that asks for each pole by itself: a load between it and neutral."""
    versions = [
        replace(one, poles=(pole,))
        for one in directory.every_pole_at(at)
        for pole in directory.panel.monitored(one.poles)
    ]
    return Walk(directory, tuple(sorted(versions, key=lambda one: one.poles)))


def _after(walk: Walk, steps: Sequence[Step]) -> Walk:
    """After poles changed."""
    rose = {one.pole: one for one in steps if one.amps > 0}
    fell = {one.pole: one for one in steps if one.amps < 0}
    turned = fell if walk.switchings % 2 else rose
    held = walk.candidates
    if held is None:
        followed = rose
    else:
        followed = {pole: step for pole, step in held.items() if pole in turned}
    switchings = walk.switchings + 1
    if held is not None and not followed and rose:
        followed, switchings = rose, 1  # what rose before was not the load
    if not followed:
        return walk
    settled = walk.series[-AFTER:]
    walk = replace(walk, candidates=followed, switchings=switchings, series=settled)
    at = settled[-1].time
    right = set(followed) == set(walk.asked_poles)
    if right or (switchings > 1 and len(followed) <= len(walk.asked_poles)):
        return _next(walk, followed, Verdict.RIGHT, at)
    if switchings >= _MOST_SWITCHINGS:
        return _next(walk, {}, Verdict.UNCLEAR, at)
    return walk


def _next(walk: Walk, followed: Mapping[int, Step], verdict: Verdict, at: datetime) -> Walk:
    """At the next breaker, with results for the poles of this one."""
    panel, version = walk.directory.panel, walk.breakers[walk.place]
    answers = _matched(walk.asked_poles, tuple(followed), panel.phase)
    found = []
    for pole in walk.asked_poles:
        answered = answers.get(pole)
        if answered is None:
            missing = Verdict.NONE if verdict is Verdict.RIGHT else verdict
            found.append(Result(panel.id, at, str(pole), "", missing))
            continue
        step = followed[answered]
        found.append(
            Result(
                panel.id,
                at,
                str(pole),
                "",
                Verdict.RIGHT if answered == pole else Verdict.ELSEWHERE,
                answered,
                round(step.amps * PER_UNIT),
            )
        )
    if all(one.verdict is Verdict.RIGHT for one in found):
        found = with_polarity(found, followed, walk.directory, version, at)
    again = {one.place for one in found}
    others = tuple(one for one in walk.results if one.place not in again)
    return _at(replace(walk, results=(*others, *found)), walk.place + 1)


def _at(walk: Walk, place: int) -> Walk:
    return replace(walk, place=place, candidates=None, switchings=0, series=walk.series[-1:])


def _matched(
    asked: Sequence[int], answered: Sequence[int], phase: Callable[[int], str]
) -> dict[int, int]:
    """Which transformer is on which pole: its own where that answered, then one of its phase."""
    matched = {pole: pole for pole in asked if pole in answered}
    left = [pole for pole in answered if pole not in matched]
    for pole in asked:
        if pole not in matched and left:
            same = [one for one in left if phase(one) == phase(pole)]
            matched[pole] = (same or left)[0]
            left.remove(matched[pole])
    return matched
