"""Messages through Apprise: mail, ntfy, Slack, Teams, PagerDuty and a hundred others.

Apprise waits 4 s for a connection and 4 s for each answer, catches what its plug-ins raise, and
says only whether a service took the message; its log names addresses with parts of their
tokens, and so is silenced.
"""

import logging
from typing import Final

from bcm_mqtt.errors import WorkError
from bcm_mqtt.messaging.receiver import Message

_LONGEST_S: Final = 30.0
logging.getLogger("apprise").disabled = True


def apprise_problem(url: str) -> str:
    """Why Apprise cannot send to a URL, or "", also where it is not installed; nothing is sent."""
    try:
        from apprise import Apprise  # noqa: PLC0415 - an extra, which a bridge has no use for
    except ImportError:
        return ""
    if Apprise.instantiate(url, suppress_exceptions=True) is None:
        return "expected a URL of Apprise such as ntfys://ntfy.sh/topic"
    return ""


class AppriseReceiver:
    """One service that Apprise knows."""

    def __init__(self, url: str) -> None:
        """Takes its URL, which is a secret and was checked."""
        self._url = url

    def send(self, message: Message) -> None:
        """Hands over a message.

        Raises:
            WorkError: the service did not take it.
        """
        try:
            from apprise import Apprise  # noqa: PLC0415 - see above
        except ImportError:
            reason = "Apprise is not installed: pip install 'bcm-mqtt[notifications]'"
            raise WorkError(reason) from None
        try:
            service = Apprise()
            service.add(self._url)
            taken = service.notify(
                title=message.title,
                body="\n".join(message.lines),
                body_format="text",  # names of panels and circuits are no HTML
                notify_type=message.urgency.value,
                timeout=_LONGEST_S,
            )
        except Exception as error:  # noqa: BLE001 - a plug-in's; what it says may name the URL
            reason = f"the service failed ({type(error).__name__})"
            raise WorkError(reason) from None
        if not taken:
            reason = "the service did not take the message: check its address and token"
            raise WorkError(reason)
