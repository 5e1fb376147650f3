"""What the bridge's clock can have stamped a reading with."""

from chaos.meters import Reply
from chaos.world import World

_LONGEST_POLL_S = 20.0
_MOVED_UP_MS = 1_100
"""A clock that is set back by up to a second stamps on after its last stamp."""


def moved_up_ms(world: World) -> int:
    """By how much later a snapshot may be stamped than the clock ever showed."""
    return _MOVED_UP_MS if world.machines["bridge"].was_set else 0


def stamps(world: World, reply: Reply) -> list[tuple[int, int]]:
    """What the poll of a reply can be stamped with, ms: the latest first.

    Where the clock was not set, that may be what it would have shown once it is.
    """
    from bcm_mqtt.domain.reading.clock import WAITS_S  # noqa: PLC0415

    bridge, since_s = world.machines["bridge"], reply.at - _LONGEST_POLL_S
    shown = bridge.showed(since_s, reply.at)
    if is_unset(world, reply):
        last_s = reply.at + WAITS_S + 2 * world.scale.grain_s
        shown = bridge.shows_later(since_s, reply.at, last_s) + shown
    return [
        (int(first.timestamp() * 1000), int(last.timestamp() * 1000))
        for first, last in reversed(shown)
    ]


def is_unset(world: World, reply: Reply) -> bool:
    """Whether the clock showed a time of which the bridge knows that nobody has set it."""
    from bcm_mqtt.domain.reading.clock import NOT_BEFORE  # noqa: PLC0415

    shown = world.machines["bridge"].showed(reply.at - _LONGEST_POLL_S, reply.at)
    return any(first < NOT_BEFORE for first, _ in shown)
