"""Two devices that publish on one topic, by their ids or by counters that jump back and forth."""

from typing import Final

_SHORTEST_S: Final = 600.0
_TIMES: Final = 3
"""As often the two would have shown themselves again while what one said still stood."""
_RETURNS: Final = 2


class TwoDevices:
    """What was seen on one topic.

    One device that replaces another is none: its id comes once, its counters start once. Nor is a
    meter that once reads nonsense: its counter falls and returns once.
    """

    def __init__(self, max_age_s: float) -> None:
        """Nothing was heard; what devices say stands for `max_age_s`."""
        self._stands_s = max(_SHORTEST_S, _TIMES * max_age_s)
        self._ids = list[str]()  # of the last two senders
        self._by_id_s = float("-inf")
        self._counters: dict[object, _Counter] = {}

    def sent_by(self, name: str, now_s: float) -> None:
        """A message names its sender."""
        if self._ids and self._ids[-1] == name:
            return
        if name in self._ids:
            self._by_id_s = now_s
        self._ids = [*self._ids[-1:], name]

    def counts(self, counter: object, value: int, now_s: float) -> None:
        """A counter stands at a value."""
        self._counters.setdefault(counter, _Counter(self._stands_s)).take(value, now_s)

    def sign(self, now_s: float) -> str:
        """By what two devices show, or ""."""
        if now_s - self._by_id_s < self._stands_s:
            return f"messages of {' and '.join(sorted(self._ids))} take turns"
        for counter in self._counters.values():
            if counter.returns >= _RETURNS and now_s - counter.left_s < self._stands_s:
                low, high = sorted(counter.levels)
                return f"a counter jumps between {low / 1000:g} and {high / 1000:g} kWh"
        return ""


class _Counter:
    """One that may be two: each level is where one of them was last."""

    def __init__(self, stands_s: float) -> None:
        self._stands_s = stands_s
        self.levels = list[int]()  # the last first
        self.returns = 0
        self.left_s = float("-inf")  # when it last went from one level to the other

    def take(self, value: int, now_s: float) -> None:
        if now_s - self.left_s >= self._stands_s:
            self.returns, self.levels = 0, self.levels[:1]
        if not self.levels:
            self.levels = [value]
            return
        last, *other = self.levels
        if other and value != last and self._is_others(value, last, other[0]):
            self.levels = [value, last]
            self.returns += 1
            self.left_s = now_s
        elif value >= last:
            self.levels[0] = value
        else:  # it falls to where none was
            self.levels = [value, last]
            self.returns = 0
            self.left_s = now_s

    @staticmethod
    def _is_others(value: int, last: int, other: int) -> bool:
        """Whether a value goes on from the other level, and not from the last one."""
        if other > last:
            return value >= other
        return other <= value < last
