"""Notifications: what people are sent about alarms, as the rules say, and issued bills.

Owns: when the rules are judged, and what becomes of messages that are not taken.
Does not own: which messages there are (`domain.alarms`), sending one (`messaging`).
Invariants: a receiver that is slow or refuses delays no other, nor the page; a message that is
not taken is tried again for a while and then named in the log; nothing waits without a bound.
"""

from bcm_mqtt.notifications.service import Notifications, receiver_of
from bcm_mqtt.notifications.wording import trial

__all__ = ["Notifications", "receiver_of", "trial"]
