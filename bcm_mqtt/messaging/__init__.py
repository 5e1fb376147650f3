"""Messages to people: through Apprise, and as signed webhooks.

Owns: sending one message to one receiver, within a time, and why it was not taken.
Does not own: which messages there are (`domain.alarms`), and when they are sent again.
Invariants: no address, token or secret of a receiver is in an error or a log; a receiver that
is slow, refuses or breaks off costs its own message and nothing else.
"""

from bcm_mqtt.messaging.apprise_receiver import AppriseReceiver, apprise_problem
from bcm_mqtt.messaging.receiver import Message, Receiver, Urgency
from bcm_mqtt.messaging.webhook import Webhook, signature

__all__ = [
    "AppriseReceiver",
    "Message",
    "Receiver",
    "Urgency",
    "Webhook",
    "apprise_problem",
    "signature",
]
