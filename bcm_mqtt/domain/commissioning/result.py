"""What was found at one place of a panel, as it is stored and printed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.panel import Panel


class Verdict(StrEnum):
    """Which transformer answered when the load of a pole was switched."""

    RIGHT = "right"
    ELSEWHERE = "elsewhere"
    """The transformer of another pole did."""
    NONE = "none"
    """No transformer did."""
    UNCLEAR = "unclear"
    """Others changed as often as the load was switched."""
    COMPARED = "compared"
    """It was not switched: the clamp meter was read beside it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was found at a pole, or at a phase of the main.

    Attributes:
        panel: Its id.
        at: When, UTC, whole milliseconds.
        place: Number of a pole, or `main A`.
        who: Did it; "" before it is known.
        verdict: Which transformer answered.
        answered: Its pole; None where none or several did.
        step_ma: Change of its current, mA.
        step_mw: Change of its power, mW; None where its polarity was not judged.
        fault: What its power says is wrong, or "".
        correction: What meters.csv would have, such as `sign=-1,multiplier=2`, or "".
        our_ma: What the meter read beside the clamp meter, mA; None where none was read.
        clamp_ma: What the clamp meter read, mA.
        limit_ma: Up to which difference both are within their classes, mA.
        clamp: Which clamp meter that was.
    """

    panel: str
    at: datetime
    place: str
    who: str
    verdict: Verdict
    answered: int | None = None
    step_ma: int | None = None
    step_mw: int | None = None
    fault: str = ""
    correction: str = ""
    our_ma: int | None = None
    clamp_ma: int | None = None
    limit_ma: int | None = None
    clamp: str = ""

    @property
    def pole(self) -> int | None:
        """Of its place; None of the main."""
        return int(self.place) if self.place.isdigit() else None

    @property
    def corrections(self) -> dict[str, str]:
        """What meters.csv would have, by column."""
        return dict(part.split("=", 1) for part in self.correction.split(",") if part)

    @property
    def difference_ma(self) -> int | None:
        """What the meter read above the clamp meter; None where that was not read."""
        if self.our_ma is None or self.clamp_ma is None:
            return None
        return self.our_ma - self.clamp_ma

    @property
    def within(self) -> bool | None:
        """Whether both readings agree within the classes; None where there was no comparison."""
        difference = self.difference_ma
        if difference is None or self.limit_ma is None:
            return None
        return abs(difference) <= self.limit_ma

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong with what was checked."""
        found = self.verdict in {Verdict.RIGHT, Verdict.COMPARED}
        return found and not self.fault and self.within is not False


def correction_text(values: Mapping[str, str]) -> str:
    """As a result has it."""
    return ",".join(f"{name}={text}" for name, text in values.items())


_WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.RIGHT: "right",
    Verdict.ELSEWHERE: "the transformer of pole {answered} is on this breaker",
    Verdict.NONE: "no transformer answered",
    Verdict.UNCLEAR: "unclear: other loads switched at the same time",
    Verdict.COMPARED: "not switched",
}


def verdict_words(result: Result) -> str:
    """What was found by switching, in words."""
    return _WORDS[result.verdict].format(answered=result.answered)


def comparison_words(result: Result) -> str:
    """Such as `8.3 A, clamp meter 8.4 A: within ±0.3 A`; "" without a clamp meter."""
    if result.our_ma is None or result.clamp_ma is None or result.limit_ma is None:
        return ""
    verdict = "within" if result.within else "NOT within"
    ours, clamp, limit = (
        f"{one / PER_UNIT:.1f}" for one in (result.our_ma, result.clamp_ma, result.limit_ma)
    )
    return f"{ours} A, clamp meter {clamp} A: {verdict} ±{limit} A"


def sentence(result: Result) -> str:
    """All that was found, in one line."""
    where = f"Pole {result.place}" if result.pole else result.place[0].upper() + result.place[1:]
    rose = f" ({result.step_ma / PER_UNIT:+.1f} A)" if result.step_ma is not None else ""
    parts = [f"{verdict_words(result)}{rose}", result.fault, comparison_words(result)]
    if result.correction:
        listed = result.correction.replace("=", " ").replace(",", ", ")
        parts.append(f"meters.csv would have {listed}")
    return f"{where}: {'; '.join(filter(None, parts))}"


def newest(results: Iterable[Result]) -> dict[str, Result]:
    """The one that holds for each place: a later one replaces it whole."""
    return {one.place: one for one in sorted(results, key=lambda one: one.at)}


def mix_ups(results: Iterable[Result], panel: Panel) -> list[str]:
    """The transformers that are not where they belong, a sentence for each cause.

    Args:
        results: One for each place.
        panel: Of them all.
    """
    found = {
        one.pole: one.answered
        for one in results
        if one.verdict is Verdict.ELSEWHERE and one.pole and one.answered
    }
    sentences = []
    for pole, other in sorted(found.items()):
        if found.get(other) == pole:
            if pole < other:
                phases = {panel.phase(pole), panel.phase(other)}
                turned = "" if len(phases) == 1 else ", which are of different phases"
                sentences.append(
                    f"The transformers of poles {pole} and {other} are swapped{turned}: "
                    "exchange their leads"
                )
        else:
            sentences.append(
                f"The transformer of pole {other} is on the breaker of pole {pole}: "
                f"find that of pole {pole}"
            )
    return sentences
