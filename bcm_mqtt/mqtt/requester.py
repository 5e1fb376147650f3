"""Requests over MQTT, on the side of who asks: each has a deadline and one definite end."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex

from bcm_mqtt.domain.time import Clock
from bcm_mqtt.domain.validity import ALWAYS_VALID, Refusal, Validity
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import Response

_BEGUN_WITHIN_S = 10
_END_KNOWN_WITHIN_S = 5.0
"""From the deadline on."""
_OF_CLOCKS = {Refusal.EXPIRED, Refusal.CLOCK}


class Requester:
    """Requests that wait for their responses; used by the event loop's thread."""

    def __init__(self, client: MqttClient, clock: Clock) -> None:
        """Publishes on the client; the clock may differ from that of who is asked."""
        self._client = client
        self._clock = clock
        self._ahead: dict[str, timedelta] = {}
        self._pending: dict[str, asyncio.Future[Response]] = {}

    async def request(
        self, topic: str, whom: str, encode: Callable[[str, Validity], bytes], *, deadline: bool
    ) -> None:
        """Publishes a request and waits until it is done.

        Args:
            topic: Of the request.
            whom: Is to do it, such as `bridge dc1`.
            encode: Gives the payload for a transaction, and when it may be begun.
            deadline: Whether who is asked knows deadlines; earlier releases do not.

        Raises:
            InputError: the response says why not, and nothing was done.
            WorkError: there is no response.
        """
        response, in_time = await self._asked(topic, whom, encode, deadline=deadline)
        if response.time is not None:
            self._ahead[whom] = response.time - self._clock()
        if in_time and response.refusal in _OF_CLOCKS:
            # By the clock here it came in time, so that the clocks differ: what was refused is
            # never done, and is asked again by the clock there.
            response, _ = await self._asked(topic, whom, encode, deadline=deadline)
        if response.refusal or response.done is None:
            raise WorkError(response.error)
        if response.error:
            raise InputError.of(response.error)

    def answered(self, response: Response) -> None:
        """Ends the wait for a response; that to somebody else is passed over."""
        pending = self._pending.get(response.transaction)
        if pending and not pending.done():
            pending.set_result(response)

    async def _asked(
        self, topic: str, whom: str, encode: Callable[[str, Validity], bytes], *, deadline: bool
    ) -> tuple[Response, bool]:
        """The response, and whether it came while the request was valid by the clock here."""
        if not self._client.connected:
            raise WorkError("not done: the broker is not connected: try again when it is")
        transaction, validity = token_hex(8), ALWAYS_VALID
        if deadline:
            now = self._clock() + self._ahead.get(whom, timedelta())
            validity = Validity.of(now, timedelta(seconds=_BEGUN_WITHIN_S))
        payload = encode(transaction, validity)
        if not self._client.fits(topic, payload):
            size = f"the request has {len(payload):,} bytes"
            raise InputError.of(f"not done: {size}: more than the broker takes")
        pending = self._pending[transaction] = asyncio.get_running_loop().create_future()
        try:
            self._publish(topic, payload)
            await asyncio.wait([pending], timeout=_BEGUN_WITHIN_S)
            in_time = pending.done()
            if deadline and not in_time:
                # It cannot be begun any more: whoever is asked says what became of it.
                self._publish(topic, payload)
            async with asyncio.timeout(_END_KNOWN_WITHIN_S):
                return await pending, in_time
        except TimeoutError:
            message = f"{whom} does not answer: check whether it was done"
            raise WorkError(message) from None
        finally:
            del self._pending[transaction]

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._client.connected:
            self._client.publish(topic, payload, qos=1, retain=False, expires_s=_BEGUN_WITHIN_S)
