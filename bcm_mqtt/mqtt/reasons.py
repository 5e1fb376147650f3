"""What the broker says in an acknowledgement (MQTT 5), or at the end of a connection.

Of MQTT 3.1.1 the reason is always 0.
"""

from typing import Final

NO_SUBSCRIBERS: Final = 0x10
"""The broker has taken a message that nobody gets."""
TAKEN_OVER: Final = 0x8E
"""Of a connection's end: another client with the same id has connected."""
TOO_LARGE: Final = 0x95
"""The packet is larger than the broker takes."""
_FIRST_FAILURE: Final = 0x80


def is_refusal(reason: int) -> bool:
    """Whether the message was not taken."""
    return reason >= _FIRST_FAILURE
