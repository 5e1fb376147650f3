"""How long a request may be begun: from when it was made until its deadline.

A deadline is worth nothing where the clocks of those who ask and do differ: one an hour behind
would have every request refused, one an hour ahead would have a forgotten one done. So a
request also says when it was made. What comes from the future shows that the clocks differ, and
is refused; whoever asked, and still waits, learns the time here and asks again by it. Whatever
was forgotten on the way has nobody left to ask again, and is never done.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CLOCKS_MAY_DIFFER = timedelta(seconds=2)
"""For so long a request may come before it was made."""
LONGEST = timedelta(days=1)
"""From now to the deadline: so long it is remembered what was done."""


class Refusal(StrEnum):
    """Why a request is not begun."""

    EXPIRED = "expired"
    CLOCK = "clock"
    TOO_LONG = "deadline"


@dataclass(frozen=True, slots=True)
class Validity:
    """When a request may be begun.

    Attributes:
        valid_from: When it was made; None: when it is received.
        deadline: After which it is not begun; None: it is done whenever it comes.
    """

    valid_from: datetime | None = None
    deadline: datetime | None = None

    @classmethod
    def of(cls, made: datetime, within: timedelta) -> "Validity":
        """That of a request made at a time, to be begun within a while."""
        return cls(made, made + within)

    def refusal(self, now: datetime) -> Refusal | None:
        """Why a request that comes now is not begun; None when it is."""
        if self.valid_from is not None and self.valid_from > now + CLOCKS_MAY_DIFFER:
            return Refusal.CLOCK
        if self.deadline is None:
            return None
        if self.deadline > now + CLOCKS_MAY_DIFFER + LONGEST:
            return Refusal.TOO_LONG
        return Refusal.EXPIRED if now > self.deadline else None

    def sentence(self, refusal: Refusal, now: datetime) -> str:
        """A refusal in words."""
        here = f"here it is {_second(now)}"
        match refusal:
            case Refusal.EXPIRED:
                deadline = _second(self.deadline or now)
                return f"not done: its deadline was {deadline}, and {here}: send it again"
            case Refusal.CLOCK:
                made = _second(self.valid_from or now)
                return f"not done: it was made at {made}, and {here}: check both clocks"
            case Refusal.TOO_LONG:
                return "not done: deadline: expected a time within a day from now"


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


ALWAYS_VALID = Validity()
"""Of a request that says nothing: it is valid when it is received."""
