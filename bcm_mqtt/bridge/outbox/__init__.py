"""The outbox: snapshots on disk until those who must store them have stored them.

Owns: what waits for whom (contents, recorders), when it is sent again (replay), its file, room
and losses, and snapshots in a few bytes each (codec, sealing).
Does not own: polls, the broker's connection, the event loop (bridge.delivery).
Invariants: a snapshot leaves only when it is stored by all who are expected to, or is named as
lost with the cause; nothing here reads a wall clock to decide what goes; only `sync` may be
called by a second thread.
"""

from bcm_mqtt.bridge.outbox.coming import Key
from bcm_mqtt.bridge.outbox.outbox import Outbox
from bcm_mqtt.bridge.outbox.turn import Due, Figures, Put, Work

__all__ = ["Due", "Figures", "Key", "Outbox", "Put", "Work"]
