"""Messages as JSON to a program's own address, signed so that it knows who sent them."""

import hashlib
import hmac
import json
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import WorkError
from bcm_mqtt.messaging.receiver import Message

TIME_HEADER: Final = "X-BCM-Time"
SIGNATURE_HEADER: Final = "X-BCM-Signature"
_TIMEOUT_S: Final = 10.0


class _NoRedirects(HTTPRedirectHandler):
    """What is signed for one address is sent to no other."""

    def redirect_request(self, *_: object) -> None:
        """Has the answer count as it is."""


def signature(secret: str, at: str, body: bytes) -> str:
    """Of a body at a time: HMAC-SHA256 over `<time>.<body>`, in hexadecimal.

    The receiver calculates the same, compares in constant time, and refuses times that are
    not of the last minutes, so that nobody sends an old message again.
    """
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


class Webhook:
    """A program that takes messages by HTTP."""

    def __init__(self, url: str, secret: str, timeout_s: float = _TIMEOUT_S) -> None:
        """Takes where to, what to sign with, and how long each answer may take."""
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s
        self._opener = build_opener(_NoRedirects)

    def send(self, message: Message) -> None:
        """Posts a message.

        Raises:
            WorkError: it was not answered with success in time.
        """
        at = to_text(message.at)
        body = json.dumps(
            {
                "time": at,
                "title": message.title,
                "lines": message.lines,
                "urgency": message.urgency,
                "rule": message.rule,
                **({} if message.data is None else {"bill": message.data}),
            }
        ).encode()
        headers = {
            "Content-Type": "application/json",
            TIME_HEADER: at,
            SIGNATURE_HEADER: f"sha256={signature(self._secret, at, body)}",
        }
        request = Request(self._url, body, headers, method="POST")  # noqa: S310 - config allows http(s)
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return
        except HTTPError as error:
            error.close()
            reason = f"the webhook answered {error.code}"
            raise WorkError(reason) from None
        except (HTTPException, OSError, ValueError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            detail = (
                cause.strerror if isinstance(cause, OSError) and cause.strerror else "no answer"
            )
            reason = f"the webhook was not reached: {detail}"
            raise WorkError(reason) from None
