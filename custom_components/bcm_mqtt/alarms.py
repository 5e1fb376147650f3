"""The overload alarms of a bridge's circuits and mains, taken together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from .payloads import Payload, PayloadError, json_object

if TYPE_CHECKING:
    from collections.abc import Iterable

NORMAL: Final = "normal"
BY_URGENCY: Final = (
    *("unacknowledged", "returned_unacknowledged", "acknowledged"),
    *("shelved", "out_of_service", NORMAL),
)
"""The states of ISA-18.2, as the bridge writes them."""


def panel_and_state(payload: Payload) -> tuple[str, str]:
    """The panel of an alarm and its state; a PayloadError where it is none."""
    body = json_object(payload)
    panel, state = body.get("panel"), body.get("state")
    if not isinstance(panel, str) or state not in BY_URGENCY:
        raise PayloadError(f"panel or state of the alarm: {panel!r}, {state!r}")
    return panel, str(state)


def counted(alarms: Iterable[tuple[str, str]], panels: Iterable[str]) -> dict[str, int]:
    """How many alarms of these panels are in each state but normal, the most urgent first."""
    ours = set(panels)
    count = Counter(state for panel, state in alarms if panel in ours)
    return {state: count[state] for state in BY_URGENCY[:-1] if count[state]}
